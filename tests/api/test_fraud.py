"""Photos sent before, mirrored, taken elsewhere or at another time."""

import io
import json
import random
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from api.fingerprint import bands, distance, mirrored, perceptual_hash, to_signed, to_unsigned
from tests.api.conftest import Api
from tests.api.network import photo, picture
from tests.api.world import ENDS, PLACE, STARTS

ORIGINAL = picture(5)


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


ALTERED = {
    "recompressed": jpeg(ORIGINAL, 40),
    "smaller": jpeg(ORIGINAL.resize((200, 150))),
    "brighter": jpeg(ImageEnhance.Brightness(ORIGINAL).enhance(1.15)),
    "mirrored": jpeg(ImageOps.mirror(ORIGINAL), 60),
}


def flags_of(api: Api, check: dict[str, Any]) -> list[dict[str, Any]]:
    flags: list[dict[str, Any]] = api.get("supervisor_a", f"/v1/checks/{check['id']}")["flags"]
    return flags


def test_the_same_photo_asks_a_supervisor(api: Api) -> None:
    first = api.check(data=photo(1))
    assert flags_of(api, first) == []
    second = api.check(data=photo(1))
    assert second["review"] == "open"
    assert second["flags"] == []  # the technician is not told
    assert flags_of(api, second) == [{"kind": "same_photo", "earlier_id": first["id"], "facts": {}}]
    (found,) = api.get("supervisor_a", "/v1/checks", flag="same_photo")["items"]
    assert found["id"] == second["id"]


@pytest.mark.parametrize("how", ALTERED)
def test_a_similar_photo_asks_a_supervisor(api: Api, how: str) -> None:
    first = api.check(data=jpeg(ORIGINAL))
    api.check(data=photo(6))
    second = api.check(data=ALTERED[how])
    (flag,) = flags_of(api, second)
    assert (flag["kind"], flag["earlier_id"]) == ("near_duplicate", first["id"])
    assert flag["facts"]["mirrored"] is (how == "mirrored")
    assert flag["facts"]["distance"] <= 3


def test_before_and_after_of_one_order_may_look_alike(api: Api) -> None:
    api.check(data=jpeg(ORIGINAL), shot="site_before")
    after = api.check(data=ALTERED["recompressed"], shot="site_after")
    assert flags_of(api, after) == []


def test_pictures_without_structure_are_not_compared(api: Api) -> None:
    for grey in (100, 101):
        check = api.check(data=jpeg(Image.new("RGB", (320, 240), (grey, grey, grey))))
        assert flags_of(api, check) == []


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"latitude": PLACE[0] + 0.002, "longitude": PLACE[1]}, None),
        ({"latitude": PLACE[0] + 0.004, "longitude": PLACE[1]}, "other_place"),
        ({"taken_at": (STARTS - timedelta(minutes=29)).isoformat()}, None),
        ({"taken_at": (STARTS - timedelta(minutes=31)).isoformat()}, "other_time"),
        ({"taken_at": (ENDS + timedelta(minutes=31)).isoformat()}, "other_time"),
    ],
)
def test_time_and_place_against_the_order(
    api: Api, record: dict[str, Any], kind: str | None
) -> None:
    check = api.check(capture=json.dumps(record))
    assert [flag["kind"] for flag in flags_of(api, check)] == ([kind] if kind else [])
    assert check["review"] == ("open" if kind else "none")


def test_exif_time_is_read_in_the_services_zone(api: Api) -> None:
    exif = Image.Exif()
    exif[0x0132] = "2026:05:04 09:30:00"  # 01:30 UTC, in the order's time
    assert flags_of(api, api.check(data=photo(1, exif=exif))) == []
    exif[0x0132] = "2026:05:04 01:30:00"
    (flag,) = flags_of(api, api.check(data=photo(2, exif=exif)))
    assert flag["kind"] == "other_time"
    assert flag["facts"]["before_start"] is True


def test_hashes_within_three_bits_share_a_band() -> None:
    rng = random.Random(0)
    for _ in range(2000):
        value = rng.getrandbits(64)
        near = value
        for bit in rng.sample(range(64), 3):
            near ^= 1 << bit
        assert distance(value, near) == 3
        assert set(bands(value)) & set(bands(near))


def test_hashes_survive_the_database() -> None:
    for value in (0, 1, 2**63 - 1, 2**63, 2**64 - 1):
        assert to_unsigned(to_signed(value)) == value
        assert -(2**63) <= to_signed(value) < 2**63


def test_different_pictures_are_far_apart() -> None:
    hashes = [perceptual_hash(np.asarray(picture(seed))) for seed in range(20)]
    known = [value for value in hashes if value is not None]
    assert len(known) == 20
    pairs = [distance(a, b) for i, a in enumerate(known) for b in known[:i]]
    assert min(pairs) > 8
    pixels = np.asarray(picture(0))
    assert perceptual_hash(mirrored(mirrored(pixels))) == known[0]

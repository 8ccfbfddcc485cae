"""Photos sent before, mirrored, taken elsewhere or at another time."""

import io
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from sqlalchemy import func, select

from api.fingerprint import (
    bands,
    distance,
    perceptual_hash,
    perceptual_hashes,
    to_signed,
    to_unsigned,
)
from api.retention import sweep
from api.sketch import Sketch, overlay, shrunk
from api.tables import Check, PhotoSketch, SketchWord
from tests.api.conftest import Api
from tests.api.network import photo, picture
from tests.api.searches import searched
from tests.api.world import ENDS, PLACE, STARTS

ORIGINAL = picture(5)
DEMO = Path(__file__).parents[2] / "demo"


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
    flags: list[dict[str, Any]] = searched(api, check["id"])["flags"]
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


def demo(name: str) -> Image.Image:
    image = Image.open(DEMO / f"{name}.jpg")
    image.thumbnail((640, 640))
    return image


def cropped(image: Image.Image, share: float) -> Image.Image:
    """So much of each side, from right below the middle."""
    width, height = (round(edge * share) for edge in image.size)
    x, y = (image.width - width) * 2 // 3, (image.height - height) // 2
    return image.crop((x, y, x + width, y + height))


def tinted(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    warm = (red.point(lambda v: min(255, v * 1.1 + 5)), green, blue.point(lambda v: v * 0.9))
    return Image.merge("RGB", warm)


CUT: dict[str, Callable[[Image.Image], bytes]] = {
    "cropped to 80 %": lambda image: jpeg(cropped(image, 0.8)),
    "cropped to 70 %": lambda image: jpeg(cropped(image, 0.7)),
    "cropped, tinted, small": lambda i: jpeg(tinted(cropped(i, 0.7)).resize((300, 400)), 60),
    "cropped and mirrored": lambda image: jpeg(ImageOps.mirror(cropped(image, 0.75))),
    "cropped and turned": lambda image: jpeg(cropped(image, 0.75).rotate(90, expand=True)),
    "with a border": lambda image: jpeg(ImageOps.expand(image, 60, "white")),
}


@pytest.mark.parametrize("how", CUT)
def test_a_part_of_an_earlier_photo_asks_a_supervisor(api: Api, how: str) -> None:
    first = api.check(data=jpeg(demo("selfie_ok")))
    api.check(data=jpeg(demo("selfie_full_ok")))
    second = api.check(data=CUT[how](demo("selfie_ok")))
    (flag,) = flags_of(api, second)
    assert (flag["kind"], flag["earlier_id"]) == ("cropped_copy", first["id"])
    assert flag["facts"]["mirrored"] is ("mirrored" in how)
    assert 0.9 <= flag["facts"]["agreement"] <= 1
    assert searched(api, second["id"])["review"] == "open"


def test_other_photos_of_one_place_ask_nobody(api: Api) -> None:
    """The same backdrop, somebody else in it; then different rooms."""
    place = demo("site_clean")
    person = cropped(demo("selfie_ok"), 0.6).resize((200, 260))
    for x in (20, 250):
        posed = place.copy()
        posed.paste(person, (x, 200))
        assert flags_of(api, api.check(data=jpeg(cropped(posed, 0.9 + x / 2500)))) == []
    for name in ("shoes_ok", "selfie_no_helmet", "selfie_grey_clothes"):
        assert flags_of(api, api.check(data=jpeg(demo(name)))) == []


def test_a_part_is_not_looked_for_in_photos_that_are_deleted(api: Api) -> None:
    first = api.check(data=jpeg(demo("selfie_ok")))
    searched(api, first["id"])
    with api.services.database.write() as session:
        session.get_one(Check, first["id"]).created_at -= timedelta(days=400)
    assert sweep(api.services.database, api.services.store, api.services.settings) == 1
    second = api.check(data=CUT["cropped to 80 %"](demo("selfie_ok")))
    assert flags_of(api, second) == []
    with api.services.database.read() as session:
        assert session.scalars(select(PhotoSketch.check_id)).all() == [second["id"]]
        assert session.scalars(select(func.count()).select_from(SketchWord)).one() > 50


def sketch_of(image: Image.Image) -> Sketch:
    return Sketch.both(shrunk(np.asarray(image)))[0]


def test_sketches_survive_the_database() -> None:
    sketch = sketch_of(demo("selfie_ok"))
    back = Sketch.from_bytes(sketch.to_bytes())
    assert np.array_equal(back.descriptors, sketch.descriptors)
    assert np.abs(back.points - sketch.points).max() < 0.02
    assert back.words == sketch.words
    assert all(0 <= word < 2**24 for word in sketch.words)


def test_a_picture_without_structure_has_an_empty_sketch() -> None:
    grey, mirrored = Sketch.both(np.full((200, 300), 90, np.uint8))
    assert (len(grey.points), grey.words) == (len(mirrored.points), mirrored.words) == (0, [])
    assert Sketch.from_bytes(grey.to_bytes()).words == []
    assert overlay(grey, sketch_of(demo("selfie_ok"))) is None


def test_the_sketch_of_the_mirror_image_is_that_of_the_mirrored_picture() -> None:
    image = demo("selfie_ok")
    derived = Sketch.both(shrunk(np.asarray(image)))[1]
    looked_for = sketch_of(ImageOps.mirror(image))
    assert derived.words == looked_for.words
    warp = overlay(derived, looked_for)
    assert warp is not None
    assert np.abs(warp - [[1, 0, 0], [0, 1, 0]]).max() < 0.01


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
    plain, mirrored = perceptual_hashes(pixels)
    assert perceptual_hashes(np.ascontiguousarray(pixels[:, ::-1])) == (mirrored, plain)
    assert plain == known[0] != mirrored

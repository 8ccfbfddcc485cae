"""Pictures as served: faces blurred for everybody but the person themselves, where it is set."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from PIL import Image

from api.tables import Check
from tests.api.conftest import Start
from tests.api.network import photo

BARE = photo(1, helmet=False)  # the tests' network sees a bare head in it


def pixels(api: Any, who: str, check_id: str, kind: str = "photo") -> np.ndarray[Any, Any]:
    answer = api.call(who, "GET", f"/v1/checks/{check_id}/{kind}", params={"side": 320})
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as image:
        return np.asarray(image.convert("L"), np.float32)


def face(check: dict[str, Any]) -> tuple[int, ...]:
    """Where the head is, in pixels of the photo."""
    (head,) = check["report"]["findings"][0]["boxes"]
    assert head["label"] == "head"
    return tuple(round(edge) for edge in head["xyxy"])


def detail(picture: np.ndarray[Any, Any], place: tuple[int, ...]) -> float:
    """Mean step between neighbouring pixels; the tests' photos are noise all over."""
    x1, y1, x2, y2 = place
    return float(np.abs(np.diff(picture[y1:y2, x1:x2], axis=1)).mean())


@pytest.mark.parametrize("blur", [False, True])
def test_faces_are_blurred_where_it_is_set(start_api: Start, blur: bool) -> None:
    with start_api(blur_faces=blur) as api:
        check = api.check(data=BARE)
        for who, hidden in (("supervisor_a", blur), ("admin", blur), ("technician_a", False)):
            picture = pixels(api, who, check["id"])
            assert (detail(picture, face(check)) < 4) is hidden, who
            assert detail(picture, (200, 150, 300, 230)) > 8


def test_photos_from_before_faces_were_written_down_are_blurred_too(start_api: Start) -> None:
    with start_api(blur_faces=True) as api:
        check = api.check(data=BARE)
        with api.services.database.write() as session:
            row = session.get_one(Check, check["id"])
            assert row.faces
            row.faces = None
        assert detail(pixels(api, "supervisor_a", check["id"]), face(check)) < 4


def test_annotated_pictures_are_blurred_too(start_api: Start) -> None:
    with start_api() as plain:
        seen = pixels(plain, "supervisor_a", plain.check(data=BARE)["id"], "annotated")
    with start_api(blur_faces=True) as api:
        check = api.check(data=BARE)
        blurred = pixels(api, "supervisor_a", check["id"], "annotated")
    assert seen.shape == blurred.shape
    place = tuple(int(edge * 560 / 320) for edge in face(check))  # a narrow photo is enlarged
    assert detail(blurred, place) < 0.6 * detail(seen, place)


@pytest.mark.parametrize("blur", [False, True])
def test_exported_corrections_are_blurred_too(start_api: Start, blur: bool) -> None:
    with start_api(blur_faces=blur) as api:
        known, unknown = api.check(data=BARE), api.check(data=photo(2, helmet=False))
        with api.services.database.write() as session:
            session.get_one(Check, unknown["id"]).faces = None
        for check in (known, unknown):
            review = {"version": 1, "decision": "accept"}
            path = f"/v1/checks/{check['id']}/reviews"
            assert api.call("supervisor_a", "POST", path, json=review).status_code == 201
        answer = api.call("supervisor_a", "GET", "/v1/corrections")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        lines = {
            line["check_id"]: line
            for line in map(json.loads, archive.read("corrections.jsonl").splitlines())
        }
        assert (lines[unknown["id"]]["file"] is None) is blur
        assert not lines[unknown["id"]]["faces_blurred"]  # there is no picture, or all of it
        assert lines[known["id"]]["faces_blurred"] is blur
        with Image.open(io.BytesIO(archive.read(lines[known["id"]]["file"]))) as image:
            assert (detail(np.asarray(image.convert("L"), np.float32), face(known)) < 4) is blur


def test_erasure_takes_faces_away(start_api: Start) -> None:
    with start_api() as api:
        check = api.check()
        account = api.world.ids["technician_a"]
        answer = api.call(
            "admin", "POST", f"/v1/accounts/{account}/erasure", json={"login": "SZ100-a"}
        )
        assert answer.status_code == 200, answer.text
        with api.services.database.read() as session:
            assert session.get_one(Check, check["id"]).faces is None

"""Before and after of one order: compared when the second comes, whichever it is."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from api.tables import Check, WorkOrder
from tests.api.conftest import Api

DEMO = Path(__file__).parents[2] / "demo"


def site(thing: bool = False, name: str = "site_clean", quality: int = 90) -> bytes:
    image = Image.open(DEMO / f"{name}.jpg")
    image.thumbnail((640, 640))
    if thing:
        pen = ImageDraw.Draw(image)
        pen.rectangle((200, 440, 290, 520), fill=(30, 60, 190), outline="white", width=6)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def restored(api: Api, check_id: str) -> dict[str, Any] | None:
    check = api.get("supervisor_a", f"/v1/checks/{check_id}")
    found = [f for f in check["report"]["findings"] if f["rule"] == "site.restored"]
    assert [f["verdict"] for f in found] == [
        f["verdict"] for f in check["final"] if f["rule"] == "site.restored"
    ]
    return found[0] if found else None


BEFORE, AFTER = "site_before", "site_after"
PICTURES = [
    (site(), site(quality=60), "PASS", "site_restored", []),
    (site(), site(thing=True), "UNSURE", "things_added", ["new"]),
    (site(thing=True), site(), "FAIL", "things_moved", ["gone"]),
    (site(), site(name="shoes_ok"), "UNSURE", "other_place", []),
]


@pytest.mark.parametrize("order", [(BEFORE, AFTER), (AFTER, BEFORE)], ids=["in order", "late"])
@pytest.mark.parametrize(("before", "after", "verdict", "reason", "labels"), PICTURES)
def test_before_and_after_are_compared(
    api: Api,
    order: tuple[str, str],
    before: bytes,
    after: bytes,
    verdict: str,
    reason: str,
    labels: list[str],
) -> None:
    data = {BEFORE: before, AFTER: after}
    ids = {shot: api.check(shot=shot, data=data[shot])["id"] for shot in order}
    found = restored(api, ids[AFTER])
    assert found is not None
    assert (found["verdict"], found["reason"]) == (verdict, reason)
    assert {box["label"] for box in found["boxes"]} == set(labels)
    assert restored(api, ids[BEFORE]) is None
    check = api.get("supervisor_a", f"/v1/checks/{ids[AFTER]}")
    assert check["verdict"] == check["final_verdict"] == check["report"]["verdict"] == verdict
    assert check["review"] == ("none" if verdict == "PASS" else "open")
    assert check["version"] == (1 if order == (BEFORE, AFTER) else 2)
    picture = api.call("supervisor_a", "GET", f"/v1/checks/{ids[AFTER]}/annotated")
    assert picture.status_code == 200


def test_one_picture_alone_and_other_orders_are_not_compared(api: Api) -> None:
    with api.services.database.write() as session:
        a = session.get_one(WorkOrder, api.world.ids["order_a"])
        facts = {"team_id": a.team_id, "technician_id": a.technician_id, "shots": a.shots}
        session.add(WorkOrder(number="ORDER-A2", **facts))
    api.check(shot=BEFORE, data=site(), order="ORDER-A2")
    check = api.check(shot=AFTER, data=site(thing=True))
    assert restored(api, check["id"]) is None
    assert check["verdict"] == "N/A"


def test_what_a_person_decided_stands(api: Api) -> None:
    after = api.check(shot=AFTER, data=site())
    answer = api.call(
        "supervisor_a",
        "POST",
        f"/v1/checks/{after['id']}/reviews",
        json={"version": 1, "decision": "reject", "comment": "too dark"},
    )
    assert answer.status_code == 201, answer.text
    api.check(shot=BEFORE, data=site())
    found = restored(api, after["id"])
    assert found is not None
    assert found["verdict"] == "PASS"
    check = api.get("supervisor_a", f"/v1/checks/{after['id']}")
    assert (check["final_verdict"], check["review"], check["version"]) == ("FAIL", "done", 3)


def test_a_deleted_picture_is_not_compared(api: Api) -> None:
    before = api.check(shot=BEFORE, data=site())
    api.services.store.drop(before["report"]["sha256"])
    after = api.check(shot=AFTER, data=site(thing=True))
    assert restored(api, after["id"]) is None


def test_a_second_picture_from_before_changes_nothing(api: Api) -> None:
    after = api.check(shot=AFTER, data=site())
    api.check(shot=BEFORE, data=site(quality=70))
    api.check(shot=BEFORE, data=site(thing=True))
    found = restored(api, after["id"])
    assert found is not None
    assert found["verdict"] == "PASS"
    with api.services.database.read() as session:
        assert session.get_one(Check, after["id"]).version == 2

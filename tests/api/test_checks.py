"""Sending photos: what comes back, what is kept, what is refused."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import ExifTags, Image
from sqlalchemy import func, select

from api import custody
from api.tables import Check
from tests.api.conftest import Api, Start, assert_problem
from tests.api.network import photo
from tests.api.searches import answered
from vision import Checker


def test_photo_is_checked_and_kept(api: Api) -> None:
    answer = api.send(data=photo(1))
    check = answer.json()

    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/checks/{check['id']}"
    assert check["verdict"] == check["final_verdict"] == "PASS"
    assert check["review"] == "none"
    assert check["technician"] == "SZ100-a"
    assert check["work_order"] == "ORDER-A"
    worn = check["report"]["findings"][0]
    assert (worn["rule"], worn["verdict"], worn["reason"]) == (
        "helmet.worn",
        "PASS",
        "helmet_on_head",
    )
    assert check["report"]["model"]["version"] == "test-1"
    assert check["report"]["policy"] == {"name": "small", "version": "small-1"}
    assert answered(api.get("technician_a", f"/v1/checks/{check['id']}")) == answered(check)
    found = custody.verify(api.services.database, api.services.store, read=True)
    assert (found.photos, found.is_clean) == (1, True)


def test_bare_head_fails_and_waits_for_review(api: Api) -> None:
    check = api.check(data=photo(2, helmet=False))
    assert check["verdict"] == "FAIL"
    assert check["review"] == "open"
    waiting = api.get("supervisor_a", "/v1/checks", review="open")["items"]
    assert [item["id"] for item in waiting] == [check["id"]]


def test_the_card_is_asked_about_with_the_technicians_number(api: Api) -> None:
    """The tests' network sees no badges, so that the rule is there and leaves it to a person."""
    document = api.get("technician_a", "/v1/policies/in-force")["document"]
    document["version"], document["shots"]["selfie"] = "card-1", {"badge.card": "advisory"}
    body = {"document": document, "reason": "Whose badge is it?"}
    assert api.call("admin", "POST", "/v1/policies", json=body).status_code == 201
    (card,) = api.check(data=photo(1))["report"]["findings"]
    assert (card["rule"], card["verdict"], card["advisory"]) == ("badge.card", "UNSURE", True)


def test_supervisor_sends_for_a_technician(api: Api) -> None:
    assert api.check(who="supervisor_a")["technician"] == "SZ100-a"
    named = api.check(who="admin", data=photo(2), technician="SZ100-a")
    assert named["technician"] == "SZ100-a"


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"data": b""}, 422, "photo.empty"),
        ({"data": b"no picture at all"}, 415, "photo.unsupported_type"),
        ({"data": photo(1)[:5000]}, 422, "photo.truncated"),
        ({"order": "NO-SUCH"}, 404, "request.not_found"),
        ({"order": "ORDER-B"}, 404, "request.not_found"),
        ({"order": "no spaces"}, 422, "request.invalid"),
        ({"shot": "kit"}, 422, "check.shot_not_asked"),
        ({"shot": "portrait"}, 422, "request.invalid"),
        ({"technician": "SZ100-b"}, 404, "request.not_found"),
        ({"capture": "{"}, 422, "request.invalid"),
        ({"capture": '{"latitude": 3}'}, 422, "request.invalid"),
        ({"capture": '{"face": 3}'}, 422, "request.invalid"),
        ({"who": "admin", "technician": "SZ100-b"}, 422, "check.no_technician"),
        ({"who": "admin", "technician": "auditor"}, 422, "check.no_technician"),
        ({"who": "auditor"}, 403, "auth.role"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(
    api: Api, options: dict[str, Any], status: int, code: str
) -> None:
    assert_problem(api.send(**options), status, code)
    assert api.get("admin", "/v1/checks")["items"] == []
    assert list(api.services.store.addresses()) == []


def test_too_large_a_photo_is_refused(start_api: Start) -> None:
    with start_api(max_photo_bytes=10_000) as api:
        assert_problem(api.send(data=bytes(10_001)), 413, "photo.too_many_bytes")
        assert_problem(api.send(data=bytes(200_000)), 413, "request.too_large")
        undeclared = api.call(
            "technician_a",
            "POST",
            "/v1/checks",
            content=(bytes(10_000) for _ in range(20)),
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert_problem(undeclared, 413, "request.too_large")


def test_same_key_and_photo_answer_the_same_check(api: Api) -> None:
    first = api.send(key="k1")
    second = api.send(key="k1")
    assert second.status_code == 201
    assert answered(second.json()) == answered(first.json())
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(api.get("admin", "/v1/checks")["items"]) == 1


def test_same_key_with_another_request_is_refused(api: Api) -> None:
    api.check(key="k1")
    assert_problem(api.send(key="k1", data=photo(2)), 422, "idempotency.key_reused")
    assert_problem(api.send(key="k1", shot="shoes"), 422, "idempotency.key_reused")
    assert api.check(who="technician_b", order="ORDER-B", key="k1", data=photo(3))


def test_a_refused_photo_gives_its_key_back(api: Api) -> None:
    assert_problem(api.send(key="k1", data=photo(1)[:5000]), 422, "photo.truncated")
    assert api.check(key="k1")


def test_key_in_use_is_a_conflict_until_its_holder_is_gone(
    start_api: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = threading.Event(), threading.Event()
    examine = Checker.examine

    def slow(self: Checker, *args: Any, **kwargs: Any) -> Any:
        if not entered.is_set():
            entered.set()
            assert go_on.wait(30)
        return examine(self, *args, **kwargs)

    monkeypatch.setattr(Checker, "examine", slow)
    with start_api(claim_lease_s=1) as api, ThreadPoolExecutor() as threads:
        first = threads.submit(api.send, key="k1")
        assert entered.wait(30)
        conflict = assert_problem_with_retry(api.send(key="k1"))
        assert conflict == 409
        while (second := api.send(key="k1")).status_code == 409:
            continue  # the lease runs out: the first holder counts as dead
        go_on.set()
        assert second.status_code == 201
        assert_problem(first.result(), 409, "idempotency.in_progress")
        assert answered(api.send(key="k1").json()) == answered(second.json())
        assert len(api.get("admin", "/v1/checks")["items"]) == 1


def assert_problem_with_retry(answer: Any) -> int:
    assert int(answer.headers["retry-after"]) >= 1
    assert_problem(answer, answer.status_code, answer.json()["code"])
    return int(answer.status_code)


def test_full_service_refuses_at_once_and_finishes_what_it_took(
    start_api: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = threading.Semaphore(0), threading.Event()
    examine = Checker.examine

    def slow(self: Checker, *args: Any, **kwargs: Any) -> Any:
        entered.release()
        assert go_on.wait(30)
        return examine(self, *args, **kwargs)

    monkeypatch.setattr(Checker, "examine", slow)
    with start_api(workers=1, queue=1) as api, ThreadPoolExecutor() as threads:
        taken = [threads.submit(api.send, data=photo(1))]
        assert entered.acquire(timeout=30)
        taken.append(threads.submit(api.send, data=photo(2)))
        while api.services.pool.in_flight < 2:
            continue
        refused = api.send(data=photo(3))
        assert_problem(refused, 503, "service.busy")
        assert refused.headers["retry-after"] == "1"
        go_on.set()
        assert [answer.result().status_code for answer in taken] == [201, 201]
        assert api.send(data=photo(3)).status_code == 201


def test_many_at_once_are_all_kept_once(start_api: Start) -> None:
    with start_api(queue=64) as api, ThreadPoolExecutor(8) as threads:
        numbers = [n for n in range(12) for _ in range(2)]
        answers = list(
            threads.map(lambda n: api.send(data=photo(n), key=f"key-{n}").status_code, numbers)
        )
        assert set(answers) <= {201, 409}
        with api.services.database.read() as session:
            assert session.scalar(select(func.count()).select_from(Check)) == 12
        assert custody.verify(api.services.database, api.services.store).photos == 12


def test_filters(api: Api) -> None:
    good = api.check(data=photo(1))
    bad = api.check(data=photo(2, helmet=False))
    unsure = api.check(data=photo(3), shot="shoes")
    other = api.check(who="technician_b", order="ORDER-B", data=photo(4))
    team_a = api.world.ids["team_a"]

    def found(**params: Any) -> list[str]:
        return [item["id"] for item in api.get("admin", "/v1/checks", **params)["items"]]

    assert found() == [other["id"], unsure["id"], bad["id"], good["id"]]
    assert found(verdict="FAIL") == [bad["id"]]
    assert found(rule="helmet.worn") == [bad["id"]]
    assert found(rule="helmet.worn", rule_verdict="PASS", team=team_a) == [good["id"]]
    assert found(shot="shoes") == [unsure["id"]]
    assert found(review="open") == [unsure["id"], bad["id"]]
    assert found(technician="SZ100-b") == found(work_order="ORDER-B") == [other["id"]]
    assert found(model_version="test-1", from_day=good["created_at"][:10]) != []
    assert found(model_version="test-2") == found(to_day="2020-01-01") == []


def test_pages(api: Api) -> None:
    sent = [api.check(data=photo(n))["id"] for n in range(5)]
    first = api.get("technician_a", "/v1/checks", limit=2)
    second = api.get("technician_a", "/v1/checks", limit=2, cursor=first["next"])
    third = api.get("technician_a", "/v1/checks", limit=2, cursor=second["next"])
    pages = [[item["id"] for item in page["items"]] for page in (first, second, third)]
    assert pages == [sent[:2:-1], sent[2:0:-1], sent[:1]]
    assert third["next"] is None
    broken = api.call("technician_a", "GET", "/v1/checks", params={"cursor": "abc"})
    assert_problem(broken, 422, "request.invalid")


def test_served_pictures_carry_no_metadata(api: Api) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (31.0, 17.0, 56.0)
    check = api.check(data=photo(1, exif=exif))

    served = api.call("technician_a", "GET", f"/v1/checks/{check['id']}/photo")
    assert served.headers["content-type"] == "image/jpeg"
    assert served.headers["cache-control"] == "private, no-store"
    picture = Image.open(io.BytesIO(served.content))
    assert picture.size == (240, 320)  # upright
    assert not picture.getexif()
    small = api.call("technician_a", "GET", f"/v1/checks/{check['id']}/photo?side=100")
    assert max(Image.open(io.BytesIO(small.content)).size) == 100

    drawn = api.call("supervisor_a", "GET", f"/v1/checks/{check['id']}/annotated")
    assert Image.open(io.BytesIO(drawn.content)).height > 320  # the answers are below
    assert b"Camera" not in served.content + drawn.content

    looks = api.get("auditor", "/v1/audit", subject=f"check:{check['id']}")
    assert [(look["action"], look["actor_id"]) for look in looks] == [
        ("photo.viewed", api.world.ids["technician_a"]),
        ("photo.viewed", api.world.ids["technician_a"]),
        ("annotated.viewed", api.world.ids["supervisor_a"]),
    ]


def test_capture_record_is_kept(api: Api) -> None:
    record = {"taken_at": "2026-05-04T09:30:00+08:00", "latitude": 31.2989, "longitude": 120.5853}
    check = api.check(capture=json.dumps(record))
    assert check["capture"]["latitude"] == 31.2989
    assert api.get("supervisor_a", f"/v1/checks/{check['id']}")["flags"] == []


def test_work_order_shows_what_is_in(api: Api) -> None:
    path = f"/v1/work-orders/{api.world.ids['order_a']}"
    assert api.get("technician_a", path)["state"] == "incomplete"
    bad = api.check(data=photo(1, helmet=False))
    order = api.get("technician_a", path)
    assert order["state"] == "failed"
    assert order["shots"] == [
        {"shot": "selfie", "check_id": bad["id"], "verdict": "FAIL", "omission": None},
        {"shot": "site_after", "check_id": None, "verdict": None, "omission": None},
    ]
    api.check(data=photo(2))  # the retake counts
    assert api.get("technician_a", path)["state"] == "incomplete"
    api.check(data=photo(3), shot="site_after")
    assert api.get("technician_a", path)["state"] == "passed"

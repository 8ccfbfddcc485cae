"""Photos that could not be taken: kept once, answered once, and what becomes of the visit."""

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.tables import Omission
from tests.api.conftest import Api, assert_problem
from tests.api.network import photo

PATH = "/v1/omissions"
BODY = {
    "work_order": "ORDER-A",
    "shot": "site_after",
    "text": "客户不同意拍屋内。",
    "capture": {"taken_at": "2026-05-04T10:40:00+08:00", "latitude": 31.3, "longitude": 120.6},
}


def report(api: Api, key: str | None = "one", who: str = "technician_a", **fields: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.call(who, "POST", PATH, json=BODY | fields, headers=headers)


def answer(api: Api, row: dict[str, Any], decision: str, comment: str = "", **fields: Any) -> Any:
    body = {"version": row["version"], "decision": decision, "comment": comment} | fields
    return api.call("supervisor_a", "POST", f"{PATH}/{row['id']}/decision", json=body)


def order(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get("technician_a", f"/v1/work-orders/{api.world.ids['order_a']}")
    return found


def test_what_was_said_comes_back(api: Api) -> None:
    made = report(api)
    assert made.status_code == 201
    row = made.json()
    assert made.headers["location"] == f"{PATH}/{row['id']}"
    assert "idempotency-replayed" not in made.headers
    assert (row["text"], row["shot"], row["state"]) == (BODY["text"], "site_after", "open")
    assert (row["technician"], row["work_order"]) == ("SZ100-a", "ORDER-A")
    assert row["capture"]["latitude"] == 31.3
    assert api.get("supervisor_a", PATH, state="open")["items"] == [row]
    assert api.get("supervisor_a", f"{PATH}/{row['id']}") == row


def test_repeated_request_is_kept_once(api: Api) -> None:
    first, again = report(api), report(api)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(api.get("admin", PATH)["items"]) == 1
    assert report(api, who="supervisor_a").json()["id"] != first.json()["id"]  # another's key


def test_requests_at_the_same_moment_are_kept_once(api: Api) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: report(api), range(12)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(api.get("admin", PATH)["items"]) == 1


@pytest.mark.parametrize(
    ("key", "fields", "status", "code"),
    [
        ("one", {"text": "Something else."}, 422, "idempotency.key_reused"),
        ("one", {"shot": "selfie"}, 422, "idempotency.key_reused"),
        ("one", {"capture": None}, 422, "idempotency.key_reused"),
        (None, {}, 422, "request.invalid"),
        ("two", {"shot": "kit"}, 422, "check.shot_not_asked"),
        ("two", {"text": ""}, 422, "request.invalid"),
        ("two", {"work_order": "ORDER-B"}, 404, "request.not_found"),
        ("two", {"technician": "SZ100-b"}, 404, "request.not_found"),
    ],
)
def test_what_is_refused(
    api: Api, key: str | None, fields: dict[str, Any], status: int, code: str
) -> None:
    assert report(api).is_success
    assert_problem(report(api, key, **fields), status, code)
    assert len(api.get("admin", PATH)["items"]) == 1


def test_visit_stands_as_its_missing_photos_do(api: Api) -> None:
    assert order(api)["state"] == "incomplete"
    api.check(data=photo(1))
    row = report(api).json()
    assert order(api)["state"] == "unsure"
    shot = next(shot for shot in order(api)["shots"] if shot["shot"] == "site_after")
    assert (shot["check_id"], shot["omission"]["text"]) == (None, BODY["text"])

    row = answer(api, row, "reject", "Take the doorway then.").json()
    assert (row["state"], row["comment"]) == ("rejected", "Take the doorway then.")
    assert order(api)["state"] == "incomplete"
    row = answer(api, row, "reopen").json()
    assert (row["state"], row["comment"], row["decided_at"]) == ("open", "", None)
    assert answer(api, row, "accept").json()["state"] == "accepted"
    assert order(api)["state"] == "passed"
    assert api.get("supervisor_a", PATH, state="open")["items"] == []

    api.check(data=photo(2), shot="site_after")  # taken after all: it counts
    shot = next(shot for shot in order(api)["shots"] if shot["shot"] == "site_after")
    assert shot["check_id"] is not None
    assert order(api)["state"] == ("unsure" if shot["verdict"] == "UNSURE" else "passed")


def test_second_answer_is_told_who_was_first(api: Api) -> None:
    row = report(api).json()
    assert answer(api, row, "accept").is_success
    problem = assert_problem(answer(api, row, "reject", "No."), 409, "review.conflict")
    assert (problem["state"], problem["version"]) == ("accepted", 2)
    assert_problem(answer(api, row, "accept", version=2), 422, "review.impossible")


@pytest.mark.parametrize("decision", ["reject", "reopen"])
def test_answers_that_make_no_sense(api: Api, decision: str) -> None:
    assert_problem(answer(api, report(api).json(), decision), 422, "review.impossible")


def test_audit_log_tells_of_it(api: Api) -> None:
    row = report(api).json()
    report(api)
    answer(api, row, "accept")
    entries = api.get("auditor", "/v1/audit", subject=f"omission:{row['id']}")
    assert [entry["action"] for entry in entries] == ["omission.made", "omission.decided"]
    assert str(BODY["text"]) not in json.dumps(entries, ensure_ascii=False)


def test_words_are_handed_out_and_erased_with_the_person(api: Api) -> None:
    report(api)
    path = f"/v1/accounts/{api.world.ids['technician_a']}"
    archive = zipfile.ZipFile(io.BytesIO(api.call("admin", "GET", f"{path}/data").content))
    (handed_out,) = json.loads(archive.read("data.json"))["omissions"]
    assert handed_out["text"] == BODY["text"]

    assert api.call("admin", "POST", f"{path}/erasure", json={"login": "SZ100-a"}).is_success
    with api.services.database.read() as session:
        (left,) = session.query(Omission)
        assert (left.text, left.capture) == ("erased", None)

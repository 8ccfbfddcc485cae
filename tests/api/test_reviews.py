"""Decisions, appeals, and the figures that follow from them."""

from typing import Any

import pytest

from api import audit
from tests.api.conftest import Api, assert_problem
from tests.api.network import photo
from tests.api.searches import answered


def review(api: Api, check: dict[str, Any], who: str = "supervisor_a", **body: Any) -> Any:
    body = {"version": check["version"], "decision": "accept"} | body
    return api.call(who, "POST", f"/v1/checks/{check['id']}/reviews", json=body)


def test_accepting_lets_the_report_stand(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    decided = review(api, check).json()
    assert (decided["final_verdict"], decided["review"], decided["version"]) == ("FAIL", "done", 2)
    assert not any(final["overruled"] for final in decided["final"])


def test_changing_a_finding_changes_the_verdict_and_not_the_report(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    decided = review(api, check, changes={"helmet.worn": "PASS"}, comment="Orange hood.").json()
    assert (decided["verdict"], decided["final_verdict"]) == ("FAIL", "PASS")
    assert decided["final"][0] == {"rule": "helmet.worn", "verdict": "PASS", "overruled": True}
    assert decided["report"] == check["report"]
    advised = api.check(data=photo(2))
    advised = review(api, advised, changes={"uniform.reflective": "FAIL"}).json()
    assert advised["final_verdict"] == "PASS"  # advisory rules never fail a photo


def test_rejecting_fails_the_photo_as_a_whole(api: Api) -> None:
    check = api.check(data=photo(1))
    assert_problem(review(api, check, decision="reject"), 422, "review.impossible")
    decided = review(api, check, decision="reject", comment="Photo of a screen.").json()
    assert decided["final_verdict"] == "FAIL"


def test_reopening_takes_the_decision_back(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    assert_problem(review(api, check, decision="reopen"), 422, "review.impossible")
    decided = review(api, check, changes={"helmet.worn": "PASS"}).json()
    undone = review(api, decided, decision="reopen").json()
    assert (undone["final_verdict"], undone["review"], undone["version"]) == ("FAIL", "open", 3)
    assert not undone["final"][0]["overruled"]
    history = api.get("technician_a", f"/v1/checks/{check['id']}/reviews")["items"]
    assert [item["decision"] for item in history] == ["reopen", "accept"]


@pytest.mark.parametrize(
    "body",
    [
        {"changes": {"shoes.covers": "PASS"}},
        {"decision": "reject", "comment": "No.", "changes": {"helmet.worn": "FAIL"}},
    ],
)
def test_impossible_decisions(api: Api, body: dict[str, Any]) -> None:
    check = api.check(data=photo(1))
    assert_problem(review(api, check, **body), 422, "review.impossible")
    assert answered(api.get("admin", f"/v1/checks/{check['id']}")) == answered(check)


def test_the_second_reviewer_is_told(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    assert review(api, check, changes={"helmet.worn": "PASS"}).status_code == 201
    problem = assert_problem(review(api, check, who="admin"), 409, "review.conflict")
    assert problem["reviewer_id"] == api.world.ids["supervisor_a"]
    assert (problem["decision"], problem["version"]) == ("accept", 2)
    assert api.get("admin", f"/v1/checks/{check['id']}")["final_verdict"] == "PASS"


def test_appeal_goes_to_the_queue_and_a_review_answers_it(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    decided = review(api, check).json()
    path = f"/v1/checks/{check['id']}/appeals"
    sentence = {"text": "我戴着安全帽。"}
    made = api.call("technician_a", "POST", path, json=sentence)
    assert made.status_code == 201
    assert made.json()["answered_by"] is None
    assert_problem(api.call("technician_a", "POST", path, json=sentence), 409, "appeal.open")
    assert_problem(review(api, decided), 409, "review.conflict")  # read the appeal first

    waiting = api.get("supervisor_a", "/v1/appeals", waiting=True)["items"]
    assert [item["text"] for item in waiting] == [sentence["text"]]
    current = api.get("supervisor_a", f"/v1/checks/{check['id']}")
    assert current["review"] == "open"
    review(api, current, changes={"helmet.worn": "PASS"})
    assert api.get("supervisor_a", "/v1/appeals", waiting=True)["items"] == []
    answered = api.get("technician_a", "/v1/appeals")["items"][0]
    last = api.get("technician_a", f"/v1/checks/{check['id']}/reviews")["items"][0]
    assert answered["answered_by"] == last["id"]


def test_statistics(api: Api) -> None:
    api.check(data=photo(1))
    bad = api.check(data=photo(2, helmet=False))
    api.check(data=photo(3), shot="shoes")  # UNSURE: the network cannot see shoe covers
    review(api, bad, changes={"helmet.worn": "PASS", "uniform.reflective": "FAIL"})

    (team,) = api.get("admin", "/v1/statistics/pass-rate", by="team")
    assert (team["name"], team["total"], team["passed"], team["unsure"]) == ("Team A", 3, 2, 1)
    assert team["pass_rate"] == 1.0
    rules = {r["key"]: r for r in api.get("admin", "/v1/statistics/pass-rate", by="rule")}
    assert rules["helmet.worn"]["passed"] == 2
    assert rules["shoes.covers"]["pass_rate"] is None
    (day,) = api.get("technician_a", "/v1/statistics/pass-rate", by="day")
    assert day["total"] == 3
    (person,) = api.get("supervisor_a", "/v1/statistics/pass-rate", by="technician")
    assert person["name"] == "Technician A"
    assert len(api.get("admin", "/v1/statistics/pass-rate", by="shot")) == 2
    assert api.get("admin", "/v1/statistics/pass-rate", by="day", to_day="2020-01-01") == []

    figures = {f["rule"]: f for f in api.get("admin", "/v1/statistics/overruled")}
    assert figures["helmet.worn"] == {
        "rule": "helmet.worn",
        "reviewed": 1,
        "overruled": 1,
        "share": 1.0,
        "false_alarms": 1,
        "missed": 0,
        "unsure_resolved": 0,
    }
    assert figures["uniform.reflective"]["unsure_resolved"] == 1


def test_policy_changes_concern_later_checks_only(api: Api) -> None:
    before = api.check(data=photo(1))
    document = api.get("technician_a", "/v1/policies/in-force")["document"]
    document["version"] = "small-2"
    document["shots"]["selfie"] = {"shoes.covers": "required"}
    body = {"document": document, "reason": "Shoes matter more."}
    made = api.call("admin", "POST", "/v1/policies", json=body)
    assert made.status_code == 201, made.text
    after = api.check(data=photo(2))
    assert [f["rule"] for f in after["report"]["findings"]] == ["shoes.covers"]
    assert after["policy_id"] == made.json()["id"] != before["policy_id"]
    assert answered(api.get("admin", f"/v1/checks/{before['id']}")) == answered(before)

    newest, oldest = api.get("auditor", "/v1/policies")
    assert (newest["version"], newest["in_force"], oldest["in_force"]) == ("small-2", True, False)
    assert newest["author_id"] == api.world.ids["admin"]
    assert newest["reason"] == "Shoes matter more."
    again = api.call("admin", "POST", "/v1/policies", json=body)
    assert_problem(again, 409, "request.conflict")
    for version in ("", "v" * 101, "v\0"):
        odd = {"document": document | {"version": version}, "reason": "?"}
        assert_problem(api.call("admin", "POST", "/v1/policies", json=odd), 422, "policy.invalid")
    broken = {"document": document | {"rules": {}}, "reason": "?"}
    assert_problem(api.call("admin", "POST", "/v1/policies", json=broken), 422, "policy.invalid")


def test_decisions_are_in_the_audit_log(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    review(api, check, changes={"helmet.worn": "PASS"})
    (entry,) = api.get("auditor", "/v1/audit", action="check.reviewed")
    assert entry["subject"] == f"check:{check['id']}"
    assert entry["facts"] == {
        "decision": "accept",
        "changes": {"helmet.worn": "PASS"},
        "version": 2,
    }
    with api.services.database.read() as session:
        assert audit.verify(session).is_whole

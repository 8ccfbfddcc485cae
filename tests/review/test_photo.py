"""The photo's page: what it shows, deciding, undoing, and two people at once."""

import json
from typing import Any

import pytest
from sqlalchemy import update

from api.retention import sweep
from api.tables import Check
from tests.api.conftest import Api
from tests.api.network import photo
from tests.api.searches import searched
from tests.review.conftest import Browser, Element, SignIn

FAIL = photo(1, helmet=False)


def decide(browser: Browser, check_id: str, status: int = 200, **fields: Any) -> Element:
    """Open a photo and send its form."""
    page = browser.get(f"/review/{check_id}")
    version = page.one("form", id="decide").one("input", name="version")["value"]
    fields = {"decision": "accept", "version": version} | fields
    return browser.post(f"/review/{check_id}/decision", status, **fields)


def reviews(api: Api, check_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("admin", f"/v1/checks/{check_id}/reviews")["items"]
    return items


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Safety helmet", "There is no helmet on the head", "measured 0.9", "limit 0.5")),
        ("zh-CN", ("安全帽", "没有戴安全帽", "测得 0.9", "界限 0.5")),
    ],
)
def test_findings_in_words(
    api: Api, sign_in: SignIn, language: str, words: tuple[str, ...]
) -> None:
    check = api.check(data=FAIL)
    page = sign_in("supervisor-a", language).get(f"/review/{check['id']}")
    finding = page.one("li", data_rule="helmet.worn")
    for word in (*words, "四统一"):
        assert word in finding.text
    box = page.one("g", id="evidence").all("g", data_rule="helmet.worn")[0].one("rect")
    x1, y1, x2, y2 = check["report"]["findings"][0]["boxes"][0]["xyxy"]
    shown = [float(box[name]) for name in ("x", "y", "width", "height")]
    assert shown == pytest.approx([x1, y1, x2 - x1, y2 - y1], abs=0.11)
    stage = page.one("svg", id="stage")
    assert stage["viewbox"] == "0 0 320 240"  # the reader lowers names
    assert browser_can_see(api, page)


def browser_can_see(api: Api, page: Element) -> bool:
    source = page.one("image")["href"]
    return api.call("supervisor_a", "GET", source).headers["content-type"] == "image/jpeg"


def test_accepting_goes_on_to_the_next(api: Api, sign_in: SignIn) -> None:
    first, second = (api.check(data=photo(n, helmet=False))["id"] for n in (1, 2))
    browser = sign_in("supervisor-a")
    decide(browser, second)
    assert browser.answer.url.path == f"/review/{first}"
    assert "Accepted: ORDER-A." in browser.page.one("div", role="status").text
    decide(browser, first)
    assert browser.answer.url.path == "/review"
    assert "Nothing waits here" in browser.page.text
    assert [review["decision"] for review in reviews(api, first)] == ["accept"]


def test_the_filter_stays_while_going_on(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=photo(3), shot="shoes")["id"]
    api.check(data=FAIL)
    browser = sign_in("supervisor-a")
    page = browser.get(f"/review/{check}?group=unsure")
    assert not page.all("a", data_key="j")
    browser.post(page.one("form", id="decide")["action"], decision="accept", version="1")
    assert str(browser.answer.url).endswith("/review?group=unsure")


def test_changing_one_finding(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    fields: dict[str, Any] = {
        "rule:helmet.worn": "PASS",
        "rule:uniform.reflective": "UNSURE",
        "comment": "Hood.",
    }
    decide(sign_in("supervisor-a"), check, **fields)
    (review,) = reviews(api, check)
    assert (review["changes"], review["comment"]) == ({"helmet.worn": "PASS"}, "Hood.")
    assert review["boxes"] is None
    assert api.get("admin", f"/v1/checks/{check}")["final_verdict"] == "PASS"


def test_rejecting_needs_a_reason(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    browser = sign_in("supervisor-a")
    page = decide(browser, check, 422, decision="reject", why=" ")
    assert "give a reason" in page.one("p", role="alert").text
    decide(browser, check, decision="reject", why="A photo of a screen.", comment="not this")
    (review,) = reviews(api, check)
    assert (review["decision"], review["comment"]) == ("reject", "A photo of a screen.")


def test_boxes_go_along(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    drawn = [{"label": "helmet", "xyxy": [10, 20, 60, 70.5]}]
    browser = sign_in("supervisor-a")
    decide(browser, check, boxes=json.dumps(drawn))
    assert reviews(api, check)[0]["boxes"] == [drawn[0] | {"score": None}]
    page = browser.get(f"/review/{check}")
    assert page.one("g", class_="drawn").one("rect")["width"] == "50.0"


@pytest.mark.parametrize("boxes", ["{", '[{"label": "ghost", "xyxy": [0, 0, 9, 9]}]', "[1]"])
def test_boxes_that_are_none(api: Api, sign_in: SignIn, boxes: str) -> None:
    check = api.check(data=FAIL)["id"]
    assert "request.invalid" in decide(sign_in("supervisor-a"), check, 422, boxes=boxes).text
    assert reviews(api, check) == []


def test_undoing_fills_in_what_was_decided(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    browser = sign_in("supervisor-a")
    drawn = [{"label": "helmet", "xyxy": [10, 20, 60, 70]}]
    fields: dict[str, Any] = {
        "rule:helmet.worn": "PASS",
        "comment": "Hood.",
        "boxes": json.dumps(drawn),
    }
    page = decide(browser, check, **fields)
    undo = page.one("div", class_="flash").one("form")
    page = browser.post(undo["action"], version=undo.one("input", name="version")["value"])
    assert browser.answer.url.path == f"/review/{check}"
    current = api.get("admin", f"/v1/checks/{check}")
    assert (current["review"], current["final_verdict"]) == ("open", "FAIL")
    chosen = [i["value"] for i in page.all("input", type="radio") if "checked" in i.attributes]
    assert "PASS" in chosen
    assert page.one("textarea", name="comment").text == "Hood."
    assert json.loads(page.one("input", name="boxes")["value"])[0]["xyxy"] == [10, 20, 60, 70]
    late = browser.post(f"/review/{check}/undo", version="2")
    assert "could not be taken back" in late.one("div", role="status").text


def test_the_second_is_told_who_decided_what(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    second = sign_in("admin")
    second.get(f"/review/{check}")
    api.call(
        "supervisor_a",
        "POST",
        f"/v1/checks/{check}/reviews",
        json={"version": 1, "decision": "accept", "changes": {"helmet.worn": "PASS"}},
    )
    fields = {"decision": "reject", "version": "1", "why": "Not orange."}
    page = second.post(f"/review/{check}/decision", 409, **fields)
    assert "Wang Fang accepted this photo first" in page.one("p", role="alert").text
    assert len(reviews(api, check)) == 1
    assert api.get("admin", f"/v1/checks/{check}")["final_verdict"] == "PASS"


def test_appeal_meanwhile_is_read_first(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    browser = sign_in("supervisor-a")
    browser.get(f"/review/{check}")
    appeal = {"text": "My helmet is red."}
    api.call("technician_a", "POST", f"/v1/checks/{check}/appeals", json=appeal)
    fields = {"decision": "accept", "version": "1", "comment": "Kept."}
    page = browser.post(f"/review/{check}/decision", 409, **fields)
    assert "Technician A has appealed meanwhile" in page.one("p", role="alert").text
    assert "My helmet is red." in page.one("p", class_="appeal").text
    assert page.one("textarea", name="comment").text == "Kept."


def test_before_and_after_and_the_photo_it_resembles(api: Api, sign_in: SignIn) -> None:
    before = api.check(data=photo(40), shot="site_before")["id"]
    after = api.check(data=photo(41), shot="site_after")["id"]
    browser = sign_in("supervisor-a")
    page = browser.get(f"/review/{after}")
    figures = page.one("article", class_="pair").all("img")
    assert [before in figures[0]["src"], after in figures[1]["src"]] == [True, True]
    again = api.check(data=photo(40), shot="selfie")["id"]
    page = browser.get(f"/review/{again}")
    assert "sent before" in page.one("p", class_="question").text
    assert before in page.one("article", class_="pair").all("img")[0]["src"]


def test_photo_of_another_team_it_resembles_is_not_shown(api: Api, sign_in: SignIn) -> None:
    other = api.check(who="technician_b", order="ORDER-B", data=photo(50))["id"]
    check = api.check(data=photo(50))["id"]
    page = sign_in("supervisor-a").get(f"/review/{check}")
    pair = page.one("article", class_="pair")
    assert "a team you do not look after" in pair.text
    assert other not in str([image.attributes for image in page.all("img")])


def test_last_photos_of_the_technician(api: Api, sign_in: SignIn) -> None:
    ids = [api.check(data=photo(60 + n))["id"] for n in range(3)]
    api.check(who="technician_b", order="ORDER-B", data=photo(70))
    page = sign_in("supervisor-a").get(f"/review/{ids[1]}")
    links = page.one("section", class_="last").all("a", class_="open")
    assert [link["href"].rsplit("/", 1)[1] for link in links] == [ids[2], ids[0]]


def test_auditor_looks_and_changes_nothing(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    auditor = sign_in("auditor")
    page = auditor.get(f"/review/{check}")
    assert not page.all("button", value="accept")
    assert sign_in("supervisor-a").get(f"/review/{check}").all("button", value="accept")
    fields = {"version": "1", "decision": "accept"}
    assert "auth.role" in auditor.post(f"/review/{check}/decision", 403, **fields).text


def test_photo_whose_time_is_over(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    settings = api.services.settings.model_copy(update={"keep_days_fail": 0})
    assert sweep(api.services.database, api.services.store, settings) == 1
    browser = sign_in("supervisor-a")
    page = browser.get(f"/review/{check}")
    assert "The photo's time is over" in page.text
    assert not page.all("image")
    assert not browser.get("/review").one("li", class_="item").all("img")


@pytest.mark.parametrize("pending", [True, False])
def test_a_search_that_is_not_over_is_told(api: Api, sign_in: SignIn, pending: bool) -> None:
    check = searched(api, api.check(data=FAIL)["id"])["id"]
    with api.services.database.write() as session:
        session.execute(update(Check).where(Check.id == check).values(search_pending=pending))
    page = sign_in("supervisor-a").get(f"/review/{check}")
    assert ("Still being compared with earlier photos" in page.text) is pending

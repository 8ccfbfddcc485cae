"""The queue: order, groups with counts, filters, and what others have open."""

import pytest

from api.review.queue import PAGE
from tests.api.conftest import Api, Start
from tests.api.network import photo
from tests.review.conftest import Browser, Element, SignIn, give_passwords

FAIL, PASS = photo(1, helmet=False), photo(2)


def shown(page: Element) -> list[str]:
    """Identifiers of the checks listed, in their order."""
    links = page.all("a", class_="open")
    return [link["href"].partition("?")[0].rsplit("/", 1)[1] for link in links]


def fill(api: Api) -> dict[str, str]:
    """One check of each group: name → identifier; the passing one is not drawn for the sample."""
    ids = {
        "unsure": api.check(data=photo(3), shot="shoes")["id"],
        "failed": api.check(data=FAIL)["id"],
        "passed": api.check(data=PASS)["id"],
        "flagged": api.check(data=PASS)["id"],
        "appealed": api.check(data=photo(4))["id"],
        "failed_too": api.check(data=photo(5, helmet=False))["id"],
    }
    path = f"/v1/checks/{ids['appealed']}/appeals"
    assert api.call("technician_a", "POST", path, json={"text": "Why?"}).is_success
    return ids


def test_what_is_pressing_comes_first(api: Api, sign_in: SignIn) -> None:
    ids = fill(api)
    browser = sign_in("supervisor-a")
    page = browser.get("/review")
    order = ["failed_too", "failed", "unsure", "appealed", "flagged"]
    assert shown(page) == [ids[name] for name in order]
    order = ["failed", "failed_too", "unsure", "flagged", "appealed"]
    assert shown(browser.get("/review?order=oldest")) == [ids[name] for name in order]


def test_groups_and_their_counts(api: Api, sign_in: SignIn) -> None:
    ids = fill(api)
    browser = sign_in("supervisor-a")
    tabs = browser.get("/review").one("nav", class_="tabs").all("a")
    assert [tab.text for tab in tabs] == [
        "All 5",
        "Failed 2",
        "Not sure 1",
        "Questions 1",
        "Appeals 1",
        "Sample of passes 0",
        "Without a photo 0",
    ]
    for tab, names in zip(tabs[2:-1], (["unsure"], ["flagged"], ["appealed"], []), strict=True):
        assert shown(browser.get(tab["href"])) == [ids[name] for name in names]


def test_sample_of_passes_is_last(start_api: Start) -> None:
    with start_api(sample_pass=1) as api:
        give_passwords(api.services)
        passed = api.check(data=PASS)["id"]
        failed = api.check(data=FAIL)["id"]
        browser = Browser(api)
        browser.sign_in("supervisor-a")
        assert shown(browser.get("/review")) == [failed, passed]
        assert shown(browser.get("/review?group=sample")) == [passed]
        assert "100 %" in browser.page.text
        browser.client.close()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("shot=shoes", ["unsure"]),
        ("rule=helmet.worn", ["failed_too", "failed"]),
        ("rule=shoes.covers&group=unsure", ["unsure"]),
        ("technician=SZ100-a&group=failed", ["failed_too", "failed"]),
        ("technician=SZ100-b", []),
        ("to_day=2020-01-01", []),
        ("shot=&rule=&from_day=&group=flagged", ["flagged"]),
    ],
)
def test_filters(api: Api, sign_in: SignIn, query: str, names: list[str]) -> None:
    ids = fill(api)
    assert shown(sign_in("supervisor-a").get(f"/review?{query}")) == [ids[name] for name in names]


def test_choices_are_counted_as_if_they_were_not_set(api: Api, sign_in: SignIn) -> None:
    fill(api)
    page = sign_in("supervisor-a").get("/review?shot=shoes")
    options = page.one("select", name="shot").all("option")
    assert [option.text for option in options] == ["any", "Selfie (4)", "Shoes (1)"]
    assert page.one("select", name="rule").all("option")[0].text == "any"
    people = page.one("select", name="technician").all("option")
    assert [option.text for option in people] == ["any", "Technician A (1)"]


@pytest.mark.parametrize("query", ["shot=nothing", "group=x", "technician=a%20b", "after=1"])
def test_filter_that_cannot_be_used(sign_in: SignIn, query: str) -> None:
    assert "request.invalid" in sign_in("supervisor-a").get(f"/review?{query}", 422).text


def test_pages_of_the_queue(api: Api, sign_in: SignIn) -> None:
    ids = [api.check(data=photo(10 + n, helmet=False))["id"] for n in range(PAGE + 2)]
    browser = sign_in("supervisor-a")
    first = browser.get("/review")
    more = first.one("p", class_="more").one("a")["href"]
    second = browser.get(more)
    assert shown(first) + shown(second) == ids[::-1]
    assert not second.all("p", class_="more")


def test_what_somebody_has_open_is_not_shown_to_others(api: Api, sign_in: SignIn) -> None:
    check = api.check(data=FAIL)["id"]
    other = api.check(data=photo(6, helmet=False))["id"]
    mine, admins = sign_in("supervisor-a"), sign_in("admin")
    page = mine.get(f"/review/{check}")
    assert shown(admins.get("/review")) == [other]
    assert set(shown(mine.get("/review"))) == {check, other}
    seen_by_other = admins.get(f"/review/{check}")
    assert "Wang Fang has this photo open" in seen_by_other.one("p", class_="notice").text
    assert not seen_by_other.all("button", value="accept")

    token = page.one("div", id="hold")["data-token"]
    assert mine.submit(f"/review/{check}/hold", token=token).status_code == 204
    mine.submit(f"/review/{check}/release", token=token)
    assert set(shown(admins.get("/review"))) == {check, other}
    assert admins.get(f"/review/{check}").all("button", value="accept")
    lost = mine.submit(f"/review/{check}/hold", token=token)
    assert "Open it again" in lost.text


def test_page_left_late_takes_nothing_from_the_one_opened_after_it(
    api: Api, sign_in: SignIn
) -> None:
    check = api.check(data=FAIL)["id"]
    mine, admins = sign_in("supervisor-a"), sign_in("admin")
    first = mine.get(f"/review/{check}").one("div", id="hold")["data-token"]
    mine.get(f"/review/{check}")
    mine.submit(f"/review/{check}/release", token=first)
    assert shown(admins.get("/review")) == []


def test_hold_ends_by_itself(start_api: Start) -> None:
    with start_api(hold_s=1e-6) as api:
        give_passwords(api.services)
        check = api.check(data=FAIL)["id"]
        for login in ("supervisor-a", "admin"):
            browser = Browser(api)
            browser.sign_in(login)
            assert browser.get(f"/review/{check}").all("button", value="accept")
            browser.client.close()


def test_several_are_decided_only_after_having_been_seen(api: Api, sign_in: SignIn) -> None:
    ids = [api.check(data=photo(20 + n, helmet=False))["id"] for n in range(3)]
    browser = sign_in("supervisor-a")
    for check in ids[:2]:
        browser.get(f"/review/{check}")
    page = browser.get("/review")
    boxes = page.all("input", name="item")
    assert ["disabled" in box.attributes for box in boxes] == [True, False, False]
    page = browser.post(
        "/review/decisions", item=[box["value"] for box in boxes], decision="accept"
    )
    assert "Done: 2" in page.one("div", role="status").text
    assert shown(page) == [ids[2]]
    assert {item["id"] for item in api.get("admin", "/v1/checks", review="done")["items"]} == set(
        ids[:2]
    )


def test_several_tell_who_was_first(api: Api, sign_in: SignIn) -> None:
    checks = [api.check(data=photo(30 + n, helmet=False)) for n in range(2)]
    browser = sign_in("supervisor-a")
    for check in checks:
        browser.get(f"/review/{check['id']}")
    api.call(
        "admin",
        "POST",
        f"/v1/checks/{checks[0]['id']}/reviews",
        json={"version": 1, "decision": "accept", "changes": {"helmet.worn": "PASS"}},
    )
    items = [f"{check['id']}:1" for check in checks]
    page = browser.post("/review/decisions", item=items, decision="reject", why="Not worn.")
    assert "Done: 1. Somebody else decided first: 1." in page.one("div", role="status").text
    assert api.get("admin", f"/v1/checks/{checks[0]['id']}")["final_verdict"] == "PASS"

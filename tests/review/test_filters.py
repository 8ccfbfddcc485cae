"""Filters of the queue that somebody keeps: saved, shown, used and deleted on the queue's page."""

from tests.api.conftest import Api
from tests.api.network import photo
from tests.review.conftest import SignIn


def test_filter_is_kept_and_used(api: Api, sign_in: SignIn) -> None:
    api.check(data=photo(1, helmet=False))
    browser = sign_in("supervisor-a")
    browser.get("/review?shot=selfie&technician=SZ100-a")
    query = browser.page.one("form", action="/filters").one("input", name="query")["value"]
    page = browser.post("/filters", name="张师傅的自拍", query=query)
    assert "张师傅的自拍" in page.one("div", role="status").text
    assert browser.answer.url.path == "/review"
    saved = page.one("details", class_="saved-filters").one("ul").one("a")
    assert saved["aria-current"] == "true"
    browser.get("/review")
    page = browser.get(saved["href"])
    assert page.one("select", name="shot").one("option", selected="")["value"] == "selfie"
    forms = page.one("details", class_="saved-filters").one("ul").all("form")
    browser.post(forms[0]["action"], query=query)
    assert not browser.page.one("details", class_="saved-filters").all("ul")


def test_filters_are_ones_own(api: Api, sign_in: SignIn) -> None:
    body = {"name": "mine", "query": "verdict=FAIL"}
    made = api.call("supervisor_b", "POST", "/v1/saved-filters", json=body).json()
    browser = sign_in("supervisor-a")
    page = browser.get("/review")
    assert "mine" not in page.one("details", class_="saved-filters").text
    browser.post(f"/filters/{made['id']}/delete", 404, query="")
    browser.get("/review")
    browser.post("/filters", 422, name="", query="")
    browser.get("/review")
    browser.post("/filters", 422, name="x", query="<script>")
    assert not sign_in("auditor").get("/review").all("details", class_="saved-filters")

"""The page of photos that could not be taken: seen from the queue, and answered."""

from tests.api.conftest import Api
from tests.review.conftest import SignIn

WORDS = 'The customer <b>does not</b> want "photos".'


def test_supervisor_sees_it_in_the_queue_and_answers(api: Api, sign_in: SignIn) -> None:
    api.omit(text=WORDS)
    api.omit("technician_b", "ORDER-B", text="Another team's.")
    browser = sign_in("supervisor-a")
    page = browser.get("/review")
    (tab,) = page.all("a", href="/review/omissions")
    assert tab.text == "Without a photo 1"

    page = browser.get(tab["href"])
    (card,) = page.all("li", class_="order")
    assert card.one("blockquote").text == WORDS
    assert "ORDER-A" in card.text
    assert card.all("a") == []
    photo = api.check()["id"]
    browser.get(tab["href"])
    assert browser.page.one("li", class_="order").one("a")["href"] == f"/review/{photo}"
    action = card.one("form")["action"]
    refused = browser.post(action, version="1", decision="reject")
    assert "Say in the comment why" in refused.one("div", class_="flash").text
    browser.post(action, version="1", decision="reject", comment="Take the doorway.")
    slower = browser.post(action, version="1", decision="accept")
    assert "somebody else answered first" in slower.one("div", class_="flash").text
    assert browser.page.all("li", class_="order") == []
    decided = browser.get("/review/omissions?decided=true")
    assert "Take the doorway." in decided.one("li", class_="order").text

    browser.get("/review/omissions?decided=true")
    browser.post(action, version="2", decision="reopen")
    assert len(browser.page.all("li", class_="order")) == 1


def test_technician_is_told_the_answer(api: Api, sign_in: SignIn) -> None:
    row = api.omit(text=WORDS)
    path = f"/review/omissions/{row['id']}/decision"
    browser = sign_in("supervisor-a")
    browser.post(path, version="1", decision="reject", comment="Take the doorway.")
    told = sign_in("SZ100-a").get("/orders").one("ul", class_="shots").text
    assert "photo needed all the same" in told
    assert "Take the doorway." in told


def test_auditor_reads_and_technician_stays_out(api: Api, sign_in: SignIn) -> None:
    api.omit(text=WORDS)
    page = sign_in("auditor").get("/review/omissions")
    assert page.one("blockquote").text == WORDS
    assert page.one("li", class_="order").all("button") == []
    sign_in("SZ100-a").get("/review/omissions", status=403)


def test_another_teams_cannot_be_answered(api: Api, sign_in: SignIn) -> None:
    row = api.omit("technician_b", "ORDER-B")
    browser = sign_in("supervisor-a")
    path = f"/review/omissions/{row['id']}/decision"
    browser.post(path, status=404, version="1", decision="accept")
    assert api.get("supervisor_b", f"/v1/omissions/{row['id']}")["state"] == "open"

"""Signing in and out, the handed-out password, the language, errors as pages."""

import pytest

from tests.api.conftest import Api
from tests.review.conftest import PASSWORD, Browser, SignIn, give_passwords


def test_who_is_not_signed_in_is_asked_to_and_comes_back(api: Api) -> None:
    give_passwords(api.services)
    browser = Browser(api)
    page = browser.get("/account?x=1")
    assert browser.answer.url.path == "/sign-in"
    back = page.one("form", action="/sign-in").one("input", name="next")["value"]
    assert back == "/account?x=1"
    page = browser.post("/sign-in", login="admin", password=PASSWORD, next=back)
    assert browser.answer.url.path == "/account"
    assert "Admin (admin)" in page.text


def test_wrong_password(api: Api) -> None:
    give_passwords(api.services)
    browser = Browser(api)
    page = browser.sign_in("admin", "wrong", 401)
    assert page.one("p", role="alert").text == "Name or password is wrong."
    assert page.one("input", name="login")["value"] == "admin"
    assert browser.sign_in("不对", "x", 401).one("p", role="alert").text


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(api: Api, elsewhere: str) -> None:
    give_passwords(api.services)
    browser = Browser(api)
    browser.client.follow_redirects = False
    answer = browser.submit("/sign-in", login="admin", password=PASSWORD, next=elsewhere)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_handed_out_password_is_changed_first(api: Api) -> None:
    path = f"/v1/accounts/{api.world.ids['supervisor_a']}/password"
    handed_out = api.call("admin", "POST", path).json()["password"]
    browser = Browser(api)
    page = browser.sign_in("supervisor-a", handed_out)
    assert browser.answer.url.path == "/password"
    assert not page.all("nav")
    browser.get("/account")
    assert browser.answer.url.path == "/password"
    new = {"present": handed_out, "new": "quite a long one", "new_again": "quite a long one"}
    for wrong in (
        {"new_again": "another long one"},
        {"new": "short", "new_again": "short"},
        {"new": handed_out, "new_again": handed_out},
        {"present": "wrong"},
    ):
        assert browser.post("/password", 422, **(new | wrong)).one("p", role="alert").text
    page = browser.post("/password", **new)
    assert "The password is changed" in page.one("div", role="status").text
    assert not browser.get("/account").all("div", role="status")


def test_signing_out(sign_in: SignIn) -> None:
    browser = sign_in("admin")
    browser.get("/account")
    page = browser.post("/sign-out")
    assert "You have signed out" in page.text
    browser.get("/account")
    assert browser.answer.url.path == "/sign-in"


def test_forms_need_the_token_of_the_session(sign_in: SignIn) -> None:
    browser = sign_in("admin")
    browser.get("/account")
    page = browser.post("/sign-out", 403, csrf_token="0" * 64)
    assert "auth.csrf" in page.text
    assert browser.get("/account").all("nav")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("en-GB", "en"),
        ("fr, zh;q=0.5", "zh-CN"),
        ("fr", "en"),
    ],
)
def test_language_of_the_browser(api: Api, asked: str, language: str) -> None:
    browser = Browser(api, asked)
    assert browser.get("/sign-in").one("html")["lang"] == language


def test_language_can_be_chosen(api: Api) -> None:
    browser = Browser(api, "en")
    browser.get("/sign-in")
    page = browser.post("/language", language="zh-CN", next="/sign-in")
    assert page.one("html")["lang"] == "zh-CN"
    assert "登录" in page.text
    assert browser.post("/language", language="xx", next="/sign-in").one("html")["lang"] == "zh-CN"


def test_flash_that_is_not_ours_is_not_shown(sign_in: SignIn) -> None:
    browser = sign_in("admin")
    for cookie in ("x", "eyJrZXkiOiAxfQ==", "e30=", "W10="):
        browser.client.cookies.set("ppe_flash", cookie)
        assert not browser.get("/account").all("div", role="status")


def test_pages_allow_no_inline_script(api: Api) -> None:
    browser = Browser(api)
    page = browser.get("/sign-in")
    policy = browser.answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert all(script["src"].startswith("/static/") for script in page.all("script"))
    for script in page.all("script"):
        assert browser.client.get(script["src"]).status_code == 200

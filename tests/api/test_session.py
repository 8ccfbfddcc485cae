"""Signing in with a password: cookie, CSRF token, rate limit, handed-out passwords."""

from typing import Any

import pytest

from tests.api.conftest import Api, Start, assert_problem

NEW = "quite a long password"


@pytest.fixture
def password(api: Api) -> str:
    path = f"/v1/accounts/{api.world.ids['supervisor_a']}/password"
    handed_out: str = api.call("admin", "POST", path).json()["password"]
    return handed_out


def sign_in(api: Api, password: str, login: str = "supervisor-a") -> Any:
    return api.client.post("/v1/session", json={"login": login, "password": password})


def test_handed_out_password_must_be_changed(api: Api, password: str) -> None:
    answer = sign_in(api, password)
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert answer.json()["must_change_password"] is True
    refused = api.client.get("/v1/checks")
    assert_problem(refused, 403, "auth.password_change_required")

    change = {"present": password, "new": NEW}
    without = api.client.put("/v1/session/password", json=change)
    assert_problem(without, 403, "auth.csrf")
    headers = {"X-CSRF-Token": answer.json()["csrf_token"]}
    wrong = api.client.put("/v1/session/password", json=change | {"present": "x"}, headers=headers)
    assert_problem(wrong, 401, "auth.wrong_password")
    assert api.client.put("/v1/session/password", json=change, headers=headers).status_code == 204

    assert api.client.get("/v1/checks").status_code == 200
    api.client.cookies.clear()
    assert_problem(sign_in(api, password), 401, "auth.wrong_password")
    assert sign_in(api, NEW).json()["must_change_password"] is False


def test_changes_need_the_csrf_token_and_reading_does_not(api: Api, password: str) -> None:
    first = sign_in(api, password).json()
    headers = {"X-CSRF-Token": first["csrf_token"]}
    api.client.put("/v1/session/password", json={"present": password, "new": NEW}, headers=headers)
    session = api.client.get("/v1/session").json()
    order = {"number": "N-1", "team_id": api.world.ids["team_a"]}
    assert_problem(api.client.post("/v1/work-orders", json=order), 403, "auth.csrf")
    old = api.client.post("/v1/work-orders", json=order, headers=headers)
    assert_problem(old, 403, "auth.csrf")  # it belonged to the session before
    headers = {"X-CSRF-Token": session["csrf_token"]}
    assert api.client.post("/v1/work-orders", json=order, headers=headers).status_code == 201


def test_sign_out_ends_the_session(api: Api, password: str) -> None:
    token = sign_in(api, password).json()["csrf_token"]
    cookies = dict(api.client.cookies)
    assert api.client.delete("/v1/session", headers={"X-CSRF-Token": token}).status_code == 204
    assert_problem(api.client.get("/v1/session"), 401, "auth.required")
    api.client.cookies.update(cookies)
    assert_problem(api.client.get("/v1/session"), 401, "auth.invalid")


def test_guessing_is_slowed_down(start_api: Start) -> None:
    with start_api(login_attempts=2) as api:
        path = f"/v1/accounts/{api.world.ids['supervisor_a']}/password"
        password = api.call("admin", "POST", path).json()["password"]
        for login in ("supervisor-a", "nobody"):
            for _ in range(2):
                assert_problem(sign_in(api, "guess", login), 401, "auth.wrong_password")
            refused = sign_in(api, password, login)
            assert_problem(refused, 429, "auth.too_many_attempts")
            assert int(refused.headers["retry-after"]) > 0
        assert_problem(sign_in(api, "x", "somebody-else"), 401, "auth.wrong_password")


def test_expired_session_is_over(start_api: Start) -> None:
    with start_api(session_hours=1e-9) as api:
        path = f"/v1/accounts/{api.world.ids['supervisor_a']}/password"
        password = api.call("admin", "POST", path).json()["password"]
        token = sign_in(api, password).cookies.get("ppe_session")
        assert token is None or api.client.get("/v1/session").status_code == 401

"""Who may use which page: every route, every role, own and other teams."""

from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.routing import APIRoute

from api.review.site import ROUTERS
from api.tables import Role
from tests.api.conftest import Api
from tests.api.network import photo
from tests.review.conftest import Browser, SignIn

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
PAGES = [(method, route) for route in ROUTES for method in sorted(route.methods or ())]
# Fields of a form that is right: (check) → fields.
FORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "/review/{check_id}/decision": lambda check: {"decision": "accept", "version": "1"},
    "/review/{check_id}/undo": lambda check: {"version": "1"},
    "/review/{check_id}/hold": lambda check: {"token": "0" * 32},
    "/review/{check_id}/release": lambda check: {"token": "0" * 32},
    "/review/omissions/{omission_id}/decision": lambda check: {
        "decision": "accept",
        "version": "1",
    },
    "/review/decisions": lambda check: {"item": f"{check['id']}:1", "decision": "accept"},
    "/results/{check_id}/appeal": lambda check: {"text": "Look again."},
    "/filters": lambda check: {"name": "mine"},
}
ALONE = ("/sign-out", "/password")  # would end the session


def roles_of(route: APIRoute) -> list[str]:
    roles: list[str] = (route.openapi_extra or {})["x-roles"]
    return roles


def ask(browser: Browser, method: str, route: APIRoute, check: dict[str, Any]) -> httpx.Response:
    path = route.path.format(
        check_id=check["id"], omission_id=check["omission_id"], filter_id="0" * 32
    )
    fields = FORMS[route.path](check) if route.path in FORMS else {}
    data = {"csrf_token": browser.csrf} | fields if method == "POST" else None
    answer: httpx.Response = browser.client.request(method, path, data=data, follow_redirects=False)
    return answer


def fill(api: Api, side: str) -> dict[str, Any]:
    """One team's check, and with it the number of a photo that could not be taken."""
    who, order = f"technician_{side}", f"ORDER-{side.upper()}"
    check = api.check(who=who, order=order, data=photo(ord(side)))
    return check | {"omission_id": api.omit(who, order, shot="site_after")["id"]}


def test_every_page_says_whose_it_is() -> None:
    for _, route in PAGES:
        assert set(roles_of(route)) <= {*Role, "public"}, route.path
        extra = route.openapi_extra or {}
        assert extra["x-scope"] in ("all", "team")
        bound = "{" in route.path
        assert bound == (extra["x-scope"] == "team"), route.path


@pytest.mark.parametrize("who", ["technician", "supervisor", "admin", "auditor"])
def test_matrix(api: Api, sign_in: SignIn, who: str) -> None:
    """A wrong role 403; a right one is let in, but not to what is another team's."""
    checks = {side: fill(api, side) for side in "ab"}
    bound = who in ("technician", "supervisor")
    login = {"technician": "SZ100-a", "supervisor": "supervisor-a"}.get(who, who)
    browser = sign_in(login)
    browser.get("/account")
    for method, route in PAGES:
        roles = roles_of(route)
        if roles == ["public"] or route.path in ALONE:
            continue
        name = (method, route.path)
        if who not in roles:
            for side in "ab":
                assert ask(browser, method, route, checks[side]).status_code == 403, name
            continue
        if bound and ("check_id" in route.path or "omission_id" in route.path):
            assert ask(browser, method, route, checks["b"]).status_code == 404, name
        answer = ask(browser, method, route, checks["a"])
        right = (404,) if "filter_id" in route.path else (200, 204, 303)
        assert answer.status_code in right, (name, answer.text)
    if bound:
        item = f"{checks['b']['id']}:1"
        if who == "supervisor":
            browser.post("/review/decisions", 404, item=item, decision="accept")
        other = api.get("admin", f"/v1/checks/{checks['b']['id']}")
        assert (other["review"], other["version"]) == (checks["b"]["review"], 1)


def test_nobody_gets_in_without_signing_in(api: Api) -> None:
    check = fill(api, "a")
    browser = Browser(api)
    for method, route in PAGES:
        if roles_of(route) != ["public"]:
            answer = ask(browser, method, route, check)
            assert answer.status_code == 303, route.path
            assert answer.headers["location"].startswith("/sign-in"), route.path
    assert api.get("admin", f"/v1/checks/{check['id']}")["version"] == 1


def test_htmx_leaves_the_page_to_sign_in(api: Api) -> None:
    browser = Browser(api)
    path = f"/review/{'0' * 32}/hold"
    answer = browser.client.post(path, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in")

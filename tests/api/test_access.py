"""Who may do what: every route, every role, own and other teams, out of the OpenAPI document."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from api.app import create_app
from tests.api.conftest import Api, assert_problem
from tests.api.network import photo
from tests.api.world import small_policy

ROLES = ("technician", "supervisor", "admin", "auditor")
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in create_app().openapi()["paths"].items()
    for method, operation in methods.items()
}
Request = Callable[[Api, str, dict[str, Any]], dict[str, Any]]
COUNT = itertools.count()


def _number() -> str:
    return f"N-{next(COUNT)}"


def _policy() -> dict[str, Any]:
    return small_policy().model_dump(mode="json") | {"version": _number()}


def _gear_version(api: Api, side: str) -> int:
    items = api.get("admin", "/v1/gear")["items"]
    return next(int(i["version"]) for i in items if i["id"] == api.world.ids[f"gear_{side}"])


# What to send: (api, "a" or "b", the check of that side) → options of the request.
BODIES: dict[str, Request] = {
    "sign_in": lambda api, side, check: {"json": {"login": "admin", "password": "wrong"}},
    "change_password": lambda api, side, check: {
        "json": {"present": "wrong", "new": "long enough"}
    },
    "send_photo": lambda api, side, check: {
        "data": {"shot": "selfie", "work_order": f"ORDER-{side.upper()}"},
        "files": {"photo": ("photo.jpg", photo(7))},
    },
    "review_check": lambda api, side, check: {
        "json": {"version": check["version"], "decision": "accept"}
    },
    "appeal": lambda api, side, check: {"json": {"text": "Look again."}},
    "make_order": lambda api, side, check: {
        "json": {"number": _number(), "team_id": api.world.ids[f"team_{side}"]}
    },
    "make_team": lambda api, side, check: {"json": {"name": _number()}},
    "make_account": lambda api, side, check: {
        "json": {"login": _number(), "name": "Han Mei", "role": "auditor", "password": False}
    },
    "change_account": lambda api, side, check: {"json": {"name": "Technician A"}},
    "make_key": lambda api, side, check: {"json": {"name": "agent"}},
    "erase_data": lambda api, side, check: {"json": {"login": f"SZ100-{side}"}},
    "add_gear": lambda api, side, check: {
        "json": {
            "technician_id": api.world.ids[f"technician_{side}"],
            "kind": "helmet",
            "label": "H-1",
            "issued_on": "2026-01-31",
        }
    },
    "change_gear": lambda api, side, check: {
        "json": {"version": _gear_version(api, side), "tested_on": "2026-10-01"}
    },
    "make_policy": lambda api, side, check: {"json": {"document": _policy(), "reason": "Summer."}},
    "pass_rate": lambda api, side, check: {"params": {"by": "rule"}},
    "report_omission": lambda api, side, check: {
        "json": {"work_order": f"ORDER-{side.upper()}", "shot": "selfie", "text": "Nobody opens."},
        "headers": {"Idempotency-Key": _number()},
    },
    "decide_omission": lambda api, side, check: {"json": {"version": 1, "decision": "accept"}},
    "save_filter": lambda api, side, check: {"json": {"name": _number(), "query": "shot=selfie"}},
}


def _request(api: Api, name: str, side: str) -> tuple[str, str, dict[str, Any]]:
    """A request that succeeds for whoever may make it, about the things of one side."""
    method, path, _ = OPERATIONS[name]
    ids = api.world.ids
    check: dict[str, Any] = {"id": "", "version": 1}
    if "{check_id}" in path:
        owner = f"technician_{side}"
        check = api.check(who=owner, order=f"ORDER-{side.upper()}", data=photo(next(COUNT)))
    account = ids[f"technician_{side}"]
    values = {
        "check_id": check["id"],
        "account_id": account,
        "key_id": ids[f"key_of_technician_{side}"],
        "order_id": ids[f"order_{side}"],
        "gear_id": ids[f"gear_{side}"],
        "policy_id": 1,
        "sha256": api.services.detector.manifest.sha256,
    }
    if "{filter_id}" in path:
        body = {"name": _number(), "query": ""}
        made = api.call(f"supervisor_{side}", "POST", "/v1/saved-filters", json=body)
        values["filter_id"] = made.json()["id"]
    if "{omission_id}" in path:
        values["omission_id"] = api.omit(f"technician_{side}", f"ORDER-{side.upper()}")["id"]
    options = BODIES[name](api, side, check) if name in BODIES else {}
    return method, path.format(**values), options


def test_every_route_says_who_may_call_it() -> None:
    for method, path, operation in OPERATIONS.values():
        assert operation["x-roles"], (method, path)
        assert set(operation["x-roles"]) <= {*ROLES, "public"}
        assert operation["x-scope"] in ("all", "team")
        if operation["x-roles"] != ["public"]:
            assert operation["security"], (method, path)
            assert {"401", "403"} <= set(operation["responses"])


def test_every_route_with_a_body_is_in_the_matrix() -> None:
    with_body = {name for name, (_, _, o) in OPERATIONS.items() if "requestBody" in o}
    assert with_body <= set(BODIES) <= set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_matrix(api: Api, name: str) -> None:
    """Without a key 401; a wrong role 403; a right one is let in, but not to what is another's."""
    operation = OPERATIONS[name][2]
    roles = operation["x-roles"]
    method, path, options = _request(api, name, "a")
    if roles == ["public"]:
        answer = api.call(None, method, path, **options)
        assert answer.status_code in (200, 401)
        if answer.status_code == 401:
            assert_problem(answer, 401, "auth.wrong_password")
        return
    assert_problem(api.call(None, method, path, **options), 401, "auth.required")
    for role in ROLES:
        if role not in roles:
            for side in "ab":
                who = f"{role}_{side}" if f"{role}_{side}" in api.world.keys else role
                assert_problem(api.call(who, method, path, **options), 403, "auth.role")
    for role in roles:
        bound = role in ("technician", "supervisor")
        sides = "ab" if operation["x-scope"] == "team" else "a"
        for side in reversed(sides):  # the other side first: it must change nothing
            method, path, options = _request(api, name, side)
            answer = api.call(f"{role}_a" if bound else role, method, path, **options)
            if bound and side == "b":
                assert_problem(answer, 404, "request.not_found")
            else:
                _assert_let_in(name, answer)


def _assert_let_in(name: str, answer: Any) -> None:
    if name == "change_password":  # accounts of the tests have keys only
        assert_problem(answer, 401, "auth.wrong_password")
    elif name == "reset_password":
        assert answer.status_code == 201
    else:
        assert answer.status_code in (200, 201, 204), answer.text


LISTINGS = [
    (name, path)
    for name, (method, path, _) in OPERATIONS.items()
    if method == "GET"
    and name
    in (
        "list_checks",
        "list_orders",
        "list_omissions",
        "list_gear",
        "list_appeals",
        "list_accounts",
    )
]


@pytest.mark.parametrize(("name", "path"), LISTINGS)
def test_listings_show_only_what_is_ones_own(api: Api, name: str, path: str) -> None:
    for side in "ab":
        check = api.check(who=f"technician_{side}", order=f"ORDER-{side.upper()}")
        assert api.call(
            f"technician_{side}", "POST", f"/v1/checks/{check['id']}/appeals", json={"text": "?"}
        ).is_success
        api.omit(f"technician_{side}", f"ORDER-{side.upper()}")
    everything = api.get("auditor", path)["items"]
    for role in ("technician", "supervisor"):
        mine = [api.get(f"{role}_{side}", path)["items"] for side in "ab"]
        assert all(mine)
        ids = [{item["id"] for item in items} for items in mine]
        assert not ids[0] & ids[1]
        assert len(everything) > len(mine[0])


def test_statistics_and_teams_count_only_ones_own(api: Api) -> None:
    api.check(data=photo(1))
    api.check(who="technician_b", order="ORDER-B", data=photo(2))
    for who, teams in (("supervisor_a", 1), ("supervisor_b", 1), ("admin", 2)):
        assert len(api.get(who, "/v1/statistics/pass-rate", by="team")) == teams
        assert len(api.get(who, "/v1/teams")["items"]) == teams


def test_revoked_and_unknown_keys_are_refused(api: Api) -> None:
    ids = api.world.ids
    path = f"/v1/accounts/{ids['technician_a']}/keys/{ids['key_of_technician_a']}"
    assert api.call("admin", "DELETE", path).status_code == 204
    assert_problem(api.call("technician_a", "GET", "/v1/checks"), 401, "auth.invalid")
    unknown = api.client.get("/v1/checks", headers={"Authorization": "Bearer ppe_x"})
    assert_problem(unknown, 401, "auth.invalid")
    assert unknown.headers["www-authenticate"] == "Bearer"


def test_closed_account_is_shut_out(api: Api) -> None:
    path = f"/v1/accounts/{api.world.ids['technician_a']}"
    assert api.call("admin", "PATCH", path, json={"active": False}).status_code == 200
    assert_problem(api.call("technician_a", "GET", "/v1/checks"), 401, "auth.invalid")


def test_key_is_shown_once_and_only_its_hash_is_kept(api: Api) -> None:
    path = f"/v1/accounts/{api.world.ids['auditor']}/keys"
    made = api.call("admin", "POST", path, json={"name": "report job"}).json()
    listed = api.get("admin", path)["items"]
    assert made["key"].startswith("ppe_")
    assert "key" not in listed[0]
    assert listed[0]["name"] == "report job"
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert api.client.get("/v1/audit", headers=headers).status_code == 200

"""Filters that people keep: their own, under a name, as the address of the queue has them."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.saved_filters import MAX_FILTERS, canonical
from tests.api.conftest import Api, assert_problem

PATH = "/v1/saved-filters"


def save(api: Api, name: str, query: str, who: str = "supervisor_a") -> Any:
    return api.call(who, "POST", PATH, json={"name": name, "query": query})


def test_filters_are_kept_replaced_and_deleted(api: Api) -> None:
    first = save(api, "没戴安全帽", "?verdict=FAIL&rule=helmet.worn&team=&cursor=abc").json()
    assert first["query"] == "verdict=FAIL&rule=helmet.worn"
    save(api, "All", "")
    again = save(api, "没戴安全帽", "technician=SZ100-a&verdict=FAIL&verdict=UNSURE").json()
    assert again["id"] == first["id"]
    kept = api.get("supervisor_a", PATH)
    assert [item["name"] for item in kept] == ["All", "没戴安全帽"]
    assert kept[1]["query"] == "technician=SZ100-a&verdict=FAIL&verdict=UNSURE"
    assert api.get("supervisor_b", PATH) == []
    path = f"{PATH}/{first['id']}"
    assert_problem(api.call("supervisor_b", "DELETE", path), 404, "request.not_found")
    assert api.call("supervisor_a", "DELETE", path).status_code == 204
    assert [item["name"] for item in api.get("supervisor_a", PATH)] == ["All"]


@pytest.mark.parametrize(
    ("name", "query"),
    [("", "verdict=FAIL"), ("x", "verdict"), ("x", "Verdict=1"), ("x", "a=" + "汉" * 400)],
)
def test_what_is_no_filter_is_refused(api: Api, name: str, query: str) -> None:
    assert_problem(save(api, name, query), 422, "request.invalid")


def test_nobody_keeps_too_many(api: Api) -> None:
    for n in range(MAX_FILTERS):
        assert save(api, f"filter {n}", "").status_code == 201
    assert_problem(save(api, "one more", ""), 409, "request.conflict")
    assert save(api, "filter 1", "verdict=FAIL").status_code == 201


def test_erasing_a_supervisor_takes_their_filters(api: Api) -> None:
    save(api, "Technician A's", "technician=SZ100-a")
    path = f"/v1/accounts/{api.world.ids['supervisor_a']}"
    archive = api.call("admin", "GET", f"{path}/data")
    assert b"Technician A's" in archive.content
    done = api.call("admin", "POST", f"{path}/erasure", json={"login": "supervisor-a"})
    assert done.is_success
    assert b"Technician A's" not in api.call("admin", "GET", f"{path}/data").content


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,10}", fullmatch=True), st.text(max_size=20)))
def test_canonical_is_what_a_browser_sends_back(parameters: dict[str, str]) -> None:

    try:
        query = canonical(urlencode(parameters))
    except (UnicodeEncodeError, ValueError):
        return
    assert canonical(query) == query
    found = dict(parse_qsl(query))
    wanted = {k: v for k, v in parameters.items() if v and k not in ("cursor", "limit", "page")}
    assert found == wanted

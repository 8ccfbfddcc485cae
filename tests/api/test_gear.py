"""The gear register: helmets for 30 months, insulated shoes tested every 6."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.gear import add_months, due_on
from api.tables import GearKind
from tests.api.conftest import Api, assert_problem


@pytest.mark.parametrize(
    ("kind", "issued", "tested", "due"),
    [
        (GearKind.HELMET, date(2024, 1, 15), None, date(2026, 7, 15)),
        (GearKind.HELMET, date(2024, 8, 31), None, date(2027, 2, 28)),
        (GearKind.INSULATED_SHOES, date(2026, 8, 31), None, date(2027, 2, 28)),
        (GearKind.INSULATED_SHOES, date(2025, 1, 1), date(2026, 3, 10), date(2026, 9, 10)),
    ],
)
def test_due_day(kind: GearKind, issued: date, tested: date | None, due: date) -> None:
    assert due_on(kind, issued, tested) == due


def test_months_across_a_leap_day() -> None:
    assert add_months(date(2023, 8, 31), 6) == date(2024, 2, 29)


def enter(api: Api, kind: str, issued: date, **more: Any) -> dict[str, Any]:
    body = {
        "technician_id": api.world.ids["technician_a"],
        "kind": kind,
        "label": "X-1",
        "issued_on": issued.isoformat(),
    }
    answer = api.call("supervisor_a", "POST", "/v1/gear", json=body | more)
    assert answer.status_code == 201, answer.text
    gear: dict[str, Any] = answer.json()
    return gear


def test_what_is_due_is_listed(api: Api) -> None:
    today = date.today()  # noqa: DTZ011 - a day more or less is far from the limits below
    old = enter(api, "helmet", add_months(today, -31))
    soon = enter(api, "insulated_shoes", today - timedelta(days=170))
    fine = enter(api, "helmet", today - timedelta(days=30))
    assert [old["state"], soon["state"], fine["state"]] == ["due", "soon", "fine"]
    due = api.get("technician_a", "/v1/gear", due_within_days=30)["items"]
    assert {item["id"] for item in due} >= {old["id"], soon["id"]}
    assert fine["id"] not in {item["id"] for item in due}

    path = f"/v1/gear/{soon['id']}"
    test = {"version": 1, "tested_on": today.isoformat()}
    tested = api.call("supervisor_a", "PATCH", path, json=test)
    assert tested.json()["state"] == "fine"
    assert_problem(api.call("admin", "PATCH", path, json=test), 409, "request.conflict")
    retired = {"version": 1, "retired_on": today.isoformat()}
    gone = api.call("supervisor_a", "PATCH", f"/v1/gear/{old['id']}", json=retired)
    assert gone.json()["state"] == "retired"
    left = {i["id"] for i in api.get("technician_a", "/v1/gear", due_within_days=30)["items"]}
    assert not left & {old["id"], soon["id"]}


@pytest.mark.parametrize(
    "change",
    [{"tested_on": "2026-01-01", "kind": "helmet"}, {"tested_on": "2020-01-01"}, {"issued_on": ""}],
)
def test_impossible_gear_is_refused(api: Api, change: dict[str, str]) -> None:
    body = {
        "technician_id": api.world.ids["technician_a"],
        "kind": "insulated_shoes",
        "label": "X",
        "issued_on": "2025-06-01",
    }
    answer = api.call("admin", "POST", "/v1/gear", json=body | change)
    assert_problem(answer, 422, "request.invalid")

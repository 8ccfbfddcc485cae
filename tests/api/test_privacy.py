"""Retention, a person's data, and the audit log that shows every look."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from api import audit, custody
from api.retention import sweep
from api.tables import AuditEntry, Check, Claim, now
from tests.api.conftest import Api, Start, assert_problem
from tests.api.network import photo


def age(api: Api, check: dict[str, Any], days: float) -> None:
    with api.services.database.write() as session:
        session.execute(
            update(Check)
            .where(Check.id == check["id"])
            .values(created_at=now() - timedelta(days=days))
        )


def sweep_now(api: Api) -> int:
    return sweep(api.services.database, api.services.store, api.services.settings)


def test_photos_go_when_their_time_is_over_and_reports_stay(api: Api) -> None:
    good, bad = api.check(data=photo(1)), api.check(data=photo(2, helmet=False))
    for check in (good, bad):
        age(api, check, 31)
    assert sweep_now(api) == 1
    shown = api.get("technician_a", f"/v1/checks/{good['id']}")
    assert shown["photo_deleted_at"] is not None
    assert shown["report"] == good["report"]
    for picture in ("photo", "annotated"):
        gone = api.call("technician_a", "GET", f"/v1/checks/{good['id']}/{picture}")
        assert_problem(gone, 410, "photo.deleted")
        kept = api.call("technician_a", "GET", f"/v1/checks/{bad['id']}/{picture}")
        assert kept.status_code == 200
    assert list(api.services.store.addresses()) == [bad["report"]["sha256"]]
    assert custody.verify(api.services.database, api.services.store).is_clean
    assert sweep_now(api) == 0
    (entry,) = api.get("auditor", "/v1/audit", action="photos.expired")
    assert entry["facts"] == {"checks": [good["id"]]}


def test_photo_that_a_younger_check_needs_stays(api: Api) -> None:
    old, young = api.check(data=photo(1)), api.check(data=photo(1))
    age(api, old, 31)
    assert sweep_now(api) == 1
    answer = api.call("technician_a", "GET", f"/v1/checks/{young['id']}/photo")
    assert answer.status_code == 200


def test_photo_under_appeal_stays(api: Api) -> None:
    check = api.check(data=photo(1, helmet=False))
    path = f"/v1/checks/{check['id']}"
    api.call("technician_a", "POST", f"{path}/appeals", json={"text": "Look again."})
    age(api, check, 400)
    assert sweep_now(api) == 0
    api.call("supervisor_a", "POST", f"{path}/reviews", json={"version": 2, "decision": "accept"})
    assert sweep_now(api) == 1


def test_expired_photo_sent_again_is_kept_again(api: Api) -> None:
    age(api, api.check(data=photo(1)), 31)
    sweep_now(api)
    again = api.check(data=photo(1))
    assert api.get("supervisor_a", f"/v1/checks/{again['id']}")["flags"] != []
    assert custody.verify(api.services.database, api.services.store, read=True).photos == 1


def test_old_idempotency_keys_are_forgotten(api: Api) -> None:
    old, young = api.check(data=photo(1), key="old"), api.check(data=photo(2), key="young")
    with api.services.database.write() as session:
        past = now() - timedelta(days=api.services.settings.keep_keys_days, minutes=1)
        session.execute(update(Claim).where(Claim.key == "old").values(claimed_at=past))
    sweep_now(api)
    with api.services.database.read() as session:
        assert session.scalars(select(Claim.key)).all() == ["young"]
    replayed = api.send(data=photo(2), key="young")
    assert (replayed.status_code, replayed.json()["id"]) == (201, young["id"])
    again = api.check(data=photo(1), key="old")  # as if the key were new
    (flag,) = api.get("supervisor_a", f"/v1/checks/{again['id']}")["flags"]
    assert (flag["kind"], flag["earlier_id"]) == ("same_photo", old["id"])


def test_a_person_gets_their_data(api: Api) -> None:
    check = api.check(data=photo(1))
    path = f"/v1/accounts/{api.world.ids['technician_a']}/data"
    answer = api.call("technician_a", "GET", path)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = json.loads(archive.read("data.json"))
        sha256 = check["report"]["sha256"]
        assert archive.read(f"photos/{sha256}") == photo(1)
    assert data["account"]["login"] == "SZ100-a"
    assert "password_hash" not in data["account"]
    assert [row["id"] for row in data["checks"]] == [check["id"]]
    assert len(api.get("auditor", "/v1/audit", action="data.exported")) == 1


def test_a_person_is_erased(api: Api) -> None:
    record = json.dumps(
        {"latitude": 31.2989, "longitude": 120.5853, "device": "Technician A's phone"}
    )
    mine = api.check(data=photo(1, helmet=False), capture=record)
    other = api.check(who="technician_b", order="ORDER-B", data=photo(2))
    path = f"/v1/checks/{mine['id']}"
    api.call("technician_a", "POST", f"{path}/appeals", json={"text": "It is me, Technician A."})
    account = f"/v1/accounts/{api.world.ids['technician_a']}"

    wrong = api.call("admin", "POST", f"{account}/erasure", json={"login": "SZ100-b"})
    assert_problem(wrong, 422, "request.invalid")
    done = api.call("admin", "POST", f"{account}/erasure", json={"login": "SZ100-a"})
    assert done.json() == {"photos_deleted": 1}

    assert_problem(api.call("technician_a", "GET", "/v1/checks"), 401, "auth.invalid")
    shown = api.get("admin", path)
    assert shown["verdict"] == "FAIL"
    assert shown["capture"] is None
    assert shown["technician"].startswith("erased-")
    assert list(api.services.store.addresses()) == [other["report"]["sha256"]]
    assert custody.verify(api.services.database, api.services.store).is_clean
    everything = api.call("admin", "GET", "/v1/accounts").text
    everything += api.call("admin", "GET", "/v1/checks").text
    everything += api.call("admin", "GET", "/v1/appeals").text
    everything += api.call("admin", "GET", "/v1/audit").text
    assert "SZ100-a" not in everything
    assert "Technician A's" not in everything
    assert "It is me" not in everything
    reopened = api.call("admin", "PATCH", account, json={"active": True})
    assert_problem(reopened, 422, "request.invalid")


def test_audit_log_refuses_changes(api: Api) -> None:
    api.call("admin", "POST", "/v1/teams", json={"name": "Team C"})
    for statement in ("UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"):
        with pytest.raises(DBAPIError, match="append-only"), api.services.database.write() as s:
            s.execute(text(statement))
    with api.services.database.read() as session:
        assert audit.verify(session).is_whole


@pytest.mark.parametrize("how", ["changed", "taken out", "cut off", "cut off with the head"])
def test_tampering_past_the_triggers_is_found(start_api: Start, how: str) -> None:
    with start_api() as api:
        for name in ("C", "D", "E"):
            api.call("admin", "POST", "/v1/teams", json={"name": name})
        with api.services.database.read() as session:
            known = audit.verify(session)
        assert (known.entries, known.is_whole) == (3, True)
        _tamper(api, how)
        with api.services.database.read() as session:
            found = audit.verify(session, known.head)
        assert not found.is_whole
        assert found.broken_at == {"changed": 2, "taken out": 2}.get(how)
        assert found.head_fits is (how in ("changed", "cut off with the head"))


def _tamper(api: Api, how: str) -> None:
    with api.services.database.write() as session:
        if api.services.database.is_sqlite:
            for event in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER audit_no_{event}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        second = session.get_one(AuditEntry, 2)
        if how == "changed":
            session.execute(text("UPDATE audit_entries SET action = 'nothing' WHERE seq = 2"))
        elif how == "taken out":
            session.execute(text("DELETE FROM audit_entries WHERE seq = 2"))
        else:
            session.execute(text("DELETE FROM audit_entries WHERE seq = 3"))
            if how.endswith("head"):
                head = {"seq": 2, "digest": second.digest}
                session.execute(text("UPDATE audit_head SET seq = :seq, digest = :digest"), head)

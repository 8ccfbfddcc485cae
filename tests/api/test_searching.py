"""Parts of earlier photos are looked for after the answer; no search is lost, none asks twice."""

import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx2 as httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api import audit
from api.app import create_app
from api.copies import shrunk_photo
from api.db import Database
from api.metrics import Metrics
from api.pool import WorkPool
from api.retention import sweep
from api.searching import Searcher
from api.services import Services
from api.settings import Settings
from api.tables import AuditEntry, Check, Flag, PhotoSketch
from tests.api.conftest import Api, Start
from tests.api.network import photo
from tests.api.searches import searched, searches_held_up
from tests.api.servers import free_port, ppe_serve, wait_until_ready
from tests.api.test_fraud import cropped, demo, jpeg
from tests.api.world import build_world

WHOLE = jpeg(demo("selfie_ok"))
PART = jpeg(cropped(demo("selfie_ok"), 0.8))


def another_searcher(api: Api) -> Searcher:
    """As of another process on the same database."""
    services = api.services
    metrics = Metrics(services.pool, services.detector.manifest)
    return Searcher(services.database, services.store, metrics, lambda: None)


def test_the_flag_comes_after_the_answer(api: Api) -> None:
    with searches_held_up():
        first, second = api.check(data=WHOLE), api.check(data=PART)
        assert first["search_pending"] is second["search_pending"] is True
        seen = api.get("supervisor_a", f"/v1/checks/{second['id']}")
        assert (seen["flags"], seen["review"], seen["search_pending"]) == ([], "none", True)
        assert api.get("supervisor_a", "/v1/checks", review="open")["items"] == []
    api.services.pool.wake()
    assert searched(api, first["id"])["flags"] == []
    seen = searched(api, second["id"])
    assert [flag["kind"] for flag in seen["flags"]] == ["cropped_copy"]
    assert (seen["review"], seen["version"]) == ("open", 2)
    (queued,) = api.get("supervisor_a", "/v1/checks", review="open")["items"]
    assert queued["id"] == second["id"]
    with api.services.database.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "check.flagged")
        ).one()
        assert (entry.subject, entry.actor_id) == (f"check:{second['id']}", None)
        assert audit.verify(session).is_whole


def test_stopping_leaves_searches_pending_and_starting_finds_them(start_api: Start) -> None:
    with searches_held_up(), start_api() as api:
        ids = [api.check(data=data)["id"] for data in (WHOLE, PART)]
        settings = api.services.settings
    again = Services.open(settings)
    with again.database.read() as session:
        assert session.scalars(select(Check.search_pending)).all() == [True, True]
    with TestClient(create_app(again)) as client:
        restarted = Api(again, api.world, client)
        (flag,) = searched(restarted, ids[1])["flags"]
    assert (flag["kind"], flag["earlier_id"]) == ("cropped_copy", ids[0])


def test_the_later_one_is_asked_about_whichever_is_searched_first(api: Api) -> None:
    with searches_held_up():
        first, second = api.check(data=WHOLE), api.check(data=PART)
        other = another_searcher(api)
        other.add(second["id"], shrunk_photo(PART))
        other.do()
        seen = api.get("supervisor_a", f"/v1/checks/{second['id']}")
        assert (seen["flags"], seen["search_pending"]) == ([], False)
    api.services.pool.wake()
    assert searched(api, first["id"])["flags"] == []
    (flag,) = searched(api, second["id"])["flags"]
    assert flag["earlier_id"] == first["id"]


def test_two_processes_that_search_for_the_same_ask_once(api: Api) -> None:
    with searches_held_up():
        ids = [api.check(data=data)["id"] for data in (WHOLE, PART)]
        others = [another_searcher(api) for _ in range(3)]
        assert [other.adopt(timedelta(0)) for other in others] == [2, 2, 2]
        with ThreadPoolExecutor(3) as threads:
            for done in [threads.submit(other.do) for other in others]:
                done.result()
    assert [len(searched(api, check_id)["flags"]) for check_id in ids] == [0, 1]
    with api.services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PhotoSketch)) == 2


def test_what_others_answered_a_moment_ago_is_left_to_them(api: Api) -> None:
    with searches_held_up():
        check = api.check(data=WHOLE)
        assert another_searcher(api).adopt() == 0
        with api.services.database.write() as session:
            session.get_one(Check, check["id"]).created_at -= timedelta(minutes=2)
        other = another_searcher(api)
        assert (other.adopt(), other.adopt()) == (1, 0)


def test_a_search_that_fails_stays_pending(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with searches_held_up():
        check = api.check(data=WHOLE)
    other = another_searcher(api)
    other.adopt(timedelta(0))
    with monkeypatch.context() as patch:
        patch.setattr(type(api.services.store), "get", _gone)
        with pytest.raises(OSError, match="gone"):
            other.do()
    assert other.waiting == 0
    seen = api.get("supervisor_a", f"/v1/checks/{check['id']}")
    assert seen["search_pending"] is True
    assert other.adopt(timedelta(0)) == 1
    other.do()
    assert searched(api, check["id"])["flags"] == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def _gone(*_: Any) -> bytes:
    raise OSError("the store is gone")


def test_a_photo_whose_time_is_over_is_not_remembered(api: Api) -> None:
    with searches_held_up():
        check = api.check(data=WHOLE)
        with api.services.database.write() as session:
            session.get_one(Check, check["id"]).created_at -= timedelta(days=400)
        assert sweep(api.services.database, api.services.store, api.services.settings) == 1
    api.services.pool.wake()
    assert searched(api, check["id"])["flags"] == []
    with api.services.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PhotoSketch)) == 0


def test_a_flag_brings_back_what_somebody_decided_without_it(api: Api) -> None:
    with searches_held_up():
        api.check(data=WHOLE)
        second = api.check(data=PART)
        decision = {"version": 1, "decision": "reject", "comment": "Too dark."}
        path = f"/v1/checks/{second['id']}/reviews"
        assert api.call("supervisor_a", "POST", path, json=decision).status_code == 201
    api.services.pool.wake()
    seen = searched(api, second["id"])
    assert (seen["review"], seen["final_verdict"], seen["version"]) == ("open", "FAIL", 3)


class Counting:
    """A chore that writes down when it had its turn."""

    def __init__(self, waiting: int, behind: int, turns: list[str]) -> None:
        self.waiting = waiting
        self._behind = behind
        self._turns = turns

    @property
    def is_behind(self) -> bool:
        return self.waiting > self._behind

    def do(self) -> None:
        self.waiting -= 1
        self._turns.append("chore")


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        (9, ["check", "check", "check", "chore", "chore", "chore"]),
        (2, ["chore", "check", "check", "check", "chore", "chore"]),
        (0, ["chore", "chore", "chore", "check", "check", "check"]),
    ],
)
def test_checks_go_first_until_the_chore_is_behind(behind: int, expected: list[str]) -> None:
    turns: list[str] = []
    pool = WorkPool(1, 8)
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert go_on.wait(30)

    async def work() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pool.run, hold)
            await anyio.to_thread.run_sync(begun.wait)
            for _ in range(3):
                tasks.start_soon(pool.run, partial(turns.append, "check"))
            while pool.in_flight < 4:
                await anyio.sleep(0)
            pool.spend_spare_time_on(Counting(3, behind, turns))
            go_on.set()
        while len(turns) < len(expected):
            await anyio.sleep(0.01)
        done.set()

    anyio.run(work)
    pool.close()
    assert done.is_set()
    assert turns == expected


def test_a_pool_that_closes_leaves_the_chore(caplog: pytest.LogCaptureFixture) -> None:
    pool = WorkPool(2, 0)
    pool.close()
    chore = Counting(3, 0, [])
    pool.spend_spare_time_on(chore)
    assert chore.waiting == 3
    assert caplog.records == []


def test_searches_survive_a_kill(
    tmp_path: Path, manifest: Path, settings_for: Callable[..., Settings]
) -> None:
    """Killed right after the last answer, started again: everything is searched for, once."""
    environment = {"PPE_DATA_DIR": str(tmp_path / "data"), "PPE_MODEL_MANIFEST": str(manifest)}
    settings = settings_for()
    database = Database(settings.database_address)
    database.upgrade()
    key = build_world(database).keys["technician_a"]
    port, log = free_port(), tmp_path / "log"
    photos = [WHOLE, *(photo(number) for number in range(12)), PART]
    with ppe_serve(environment | {"PPE_WORKERS": "1"}, port, log) as server:
        wait_until_ready(port, server)
        for data in photos:
            _post(port, key, data)
        server.send_signal(signal.SIGKILL)
        server.wait(30)
    services = Services.open(settings)
    with TestClient(create_app(services)), database.read() as session:
        while session.scalar(select(func.count()).where(Check.search_pending)):
            session.rollback()
        assert session.scalar(select(func.count()).select_from(PhotoSketch)) == len(photos)
        flag = session.scalars(select(Flag).where(Flag.kind == "cropped_copy")).one()
        flagged = session.get_one(Check, flag.check_id)
        assert flagged.created_at == session.scalar(select(func.max(Check.created_at)))
    database.close()


def _post(port: int, key: str, data: bytes) -> None:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/v1/checks",
        data={"shot": "selfie", "work_order": "ORDER-A"},
        files={"photo": ("p.jpg", data)},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text

"""The service as people run it: a process of its own, started, stopped, killed."""

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from api import audit
from api.custody import verify
from api.db import Database
from api.photos import PhotoStore
from api.settings import Settings
from tests.api.network import photo
from tests.api.servers import free_port, ppe_serve, wait_until_ready
from tests.api.world import World, build_world

PPE = str(Path(sys.executable).with_name("ppe"))
UPLOADS = 200
KILL_AT = (40, 90, 150)


@pytest.fixture
def environment(tmp_path: Path, manifest: Path) -> dict[str, str]:
    return {
        "PPE_DATA_DIR": str(tmp_path / "data"),
        "PPE_MODEL_MANIFEST": str(manifest),
        "PPE_CLAIM_LEASE_S": "2",
        "PPE_SAMPLE_PASS": "0",
    }


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "serve.log"


def ppe(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [PPE, *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_first_start_prints_a_one_time_password(environment: dict[str, str], log: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with ppe_serve(environment, port, log) as server:
        wait_until_ready(port, server)
        with httpx.Client(base_url=base, timeout=60) as client:
            assert client.get("/livez").json() == {"status": "ok"}
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) in (0, -signal.SIGTERM)
    output = log.read_text(encoding="utf-8")
    (password,) = re.findall(r"^ {4}(\S{16,})$", output, re.MULTILINE)

    with ppe_serve(environment, port, log) as server:
        wait_until_ready(port, server)
        with httpx.Client(base_url=base, timeout=60) as client:
            answer = client.post("/v1/session", json={"login": "admin", "password": password})
            assert answer.status_code == 201, answer.text
            assert answer.json()["must_change_password"] is True
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    assert log.read_text(encoding="utf-8").count("one-time") == 1

    reset = ppe(environment, "account", "reset-password", "admin")
    assert reset.returncode == 0, reset.stderr
    assert reset.stdout.strip() != password
    checked = ppe(environment, "audit", "verify")
    assert checked.returncode == 0, checked.stdout
    assert "3 entries" in checked.stdout
    head = checked.stdout.split()[-1]
    assert ppe(environment, "audit", "verify", "--known", head).returncode == 0
    assert ppe(environment, "audit", "verify", "--known", "f" * 64).returncode == 1
    assert ppe(environment, "storage", "verify").returncode == 0
    assert ppe(environment, "storage", "sweep").returncode == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"PPE_DATABASE_URL": "postgresql://ppe:postgres@db/ppe"}, "everybody knows"),
        ({"PPE_MODEL_MANIFEST": "/nowhere/manifest.json"}, "model.missing"),
    ],
)
def test_what_cannot_start_says_why(
    environment: dict[str, str], changes: dict[str, str], message: str
) -> None:
    done = ppe(environment | changes, "serve", "--port", "0")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def _fill(environment: dict[str, str]) -> World:
    database = Database(f"sqlite:///{environment['PPE_DATA_DIR']}/ppe.sqlite3")
    database.upgrade()
    world = build_world(database)
    database.close()
    return world


class Sender:
    """A client that repeats what got no answer, with the same key."""

    def __init__(self, port: int, key: str) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=120,
        )
        self.answers: dict[int, str] = {}
        self.repeated = 0

    def send(self, number: int) -> None:
        deadline = time.monotonic() + 400
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                answer = self._client.post(
                    "/v1/checks",
                    data={"shot": "selfie", "work_order": "ORDER-A"},
                    files={"photo": ("p.jpg", photo(number, helmet=number % 2 == 0))},
                    headers={"Idempotency-Key": f"upload-{number}"},
                )
                if answer.status_code == 201:
                    self.answers[number] = answer.json()["id"]
                    return
                assert answer.status_code in (409, 503), answer.text
            self.repeated += 1
            time.sleep(0.2)
        raise AssertionError(f"upload {number} was never taken")

    def all_checks(self) -> list[dict[str, Any]]:
        checks, cursor = [], None
        while True:
            parameters = {"limit": 100} | ({"cursor": cursor} if cursor else {})
            page = self._client.get("/v1/checks", params=parameters).json()
            checks += page["items"]
            if (cursor := page["next"]) is None:
                return checks

    def close(self) -> None:
        self._client.close()


def _run_with_kills(
    environment: dict[str, str], log: Path, port: int, sender: Sender, kill: int
) -> None:
    """Send all photos; each time so many were taken, kill the service and start it again."""
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(sender.send, number) for number in range(UPLOADS)]
        for limit in [*KILL_AT, UPLOADS]:
            with ppe_serve(environment, port, log) as server:
                wait_until_ready(port, server)
                while len(sender.answers) < limit and not any(
                    s.done() and s.exception() for s in sent
                ):
                    time.sleep(0.02)
                server.send_signal(kill if limit < UPLOADS else signal.SIGTERM)
                server.wait(60)
        for upload in sent:
            upload.result()


@pytest.mark.slow
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
def test_every_photo_is_there_once_whatever_happens_to_the_service(
    environment: dict[str, str], log: Path, kill: int, settings_for: Callable[..., Settings]
) -> None:
    """Killed in the middle of 200 uploads: what was answered is kept, nothing twice, all whole."""
    world = _fill(environment)
    port = free_port()
    sender = Sender(port, world.keys["technician_a"])
    _run_with_kills(environment, log, port, sender, kill)
    assert sender.repeated > 0

    with ppe_serve(environment, port, log) as server:
        wait_until_ready(port, server)
        checks = sender.all_checks()
        sender.close()
    assert len(checks) == len({check["id"] for check in checks}) == UPLOADS
    assert {check["id"] for check in checks} == set(sender.answers.values())
    assert all(check["report"]["findings"] for check in checks)

    settings = settings_for(data_dir=Path(environment["PPE_DATA_DIR"]))
    database, store = Database(settings.database_address), PhotoStore.open(settings)
    found = verify(database, store, read=True, repair=True, grace_s=-1)
    assert (found.photos, found.dangling) == (UPLOADS, [])
    assert found.orphans == []  # every upload was repeated until it was taken
    assert found.is_clean
    with database.read() as session:
        assert audit.verify(session).is_whole
    database.close()


def test_stopping_finishes_what_was_taken(environment: dict[str, str], log: Path) -> None:
    world = _fill(environment)
    port = free_port()
    with ppe_serve(environment | {"PPE_WORKERS": "1"}, port, log) as server:
        wait_until_ready(port, server)
        with ThreadPoolExecutor(8) as threads:
            futures = [threads.submit(_send_once, port, world, n) for n in range(8)]
            time.sleep(0.05)
            server.send_signal(signal.SIGTERM)
            statuses = [future.result() for future in futures]
        server.wait(60)
    accepted = statuses.count(201)
    database = Database(f"sqlite:///{environment['PPE_DATA_DIR']}/ppe.sqlite3")
    with database.read() as session:
        kept = session.connection().exec_driver_sql("SELECT count(*) FROM checks").scalar()
    database.close()
    assert kept == accepted  # nothing was kept without its answer, nothing answered and lost


def _send_once(port: int, world: World, number: int) -> int:
    headers = {"Authorization": f"Bearer {world.keys['technician_a']}"}
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/v1/checks",
            data={"shot": "selfie", "work_order": "ORDER-A"},
            files={"photo": ("p.jpg", photo(number))},
            headers=headers,
            timeout=60,
        )
    except httpx.TransportError:
        return 0
    return int(answer.status_code)

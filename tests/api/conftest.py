"""The service on real parts: every test that asks for `api` runs on SQLite and on PostgreSQL."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import create_engine, select, text
from starlette.testclient import TestClient

from api.app import create_app
from api.db import Database
from api.services import Services
from api.settings import Settings
from api.tables import Base
from tests.api.network import photo, write_network
from tests.api.world import World, build_world

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network"))


class Backend:
    """A kind of database: makes empty ones, and ones with the world in it."""

    def __init__(self, name: str, folder: Path, server: str | None) -> None:
        self.name = name
        self._folder = folder
        self._server = server
        self._made = 0
        self._filled: str | None = None
        self._world = World({}, {})
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def empty(self) -> str:
        """The address of an empty database."""
        self._made += 1
        if self._server is None:
            return f"sqlite:///{self._folder / str(self._made)}.sqlite3"
        engine = create_engine(f"{self._server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE test_{self._made}"))
        engine.dispose()
        return f"{self._server}/test_{self._made}"

    def filled(self) -> tuple[str, World]:
        """The address of a database with teams, people, orders and a policy, and who they are.

        SQLite's file is copied. Copying takes PostgreSQL long, so that it has one whose tables are
        filled anew.
        """
        if self._filled is None:
            self._filled = self.empty()
            database = Database(self._filled)
            database.upgrade()
            self._world = build_world(database)
            with database.engine.begin() as connection:
                for table in Base.metadata.sorted_tables:
                    rows = connection.execute(select(table)).mappings()
                    self._rows[table.name] = [dict(row) for row in rows]
            database.close()
        if self._server is None:
            address = self.empty()
            shutil.copy(self._filled.removeprefix("sqlite:///"), address.removeprefix("sqlite:///"))
            return address, self._world
        self._refill(self._filled)
        return self._filled, self._world

    def _refill(self, address: str) -> None:
        tables = Base.metadata.sorted_tables
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.execute(text("SET session_replication_role = replica"))  # no triggers
            names = ", ".join(table.name for table in tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
            for table in tables:
                if rows := self._rows[table.name]:
                    connection.execute(table.insert(), rows)
            after = "SELECT setval('policies_id_seq', (SELECT max(id) FROM policies))"
            connection.execute(text(after))
        engine.dispose()


_MADE: dict[str, Backend] = {}


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    """Made once: where files are shared out to processes, pytest changes from one to the other."""
    name = request.param
    if name not in _MADE:
        server = request.getfixturevalue("postgres") if name == "postgresql" else None
        _MADE[name] = Backend(name, tmp_path_factory.mktemp(name), server)
    return _MADE[name]


@pytest.fixture
def settings_for(tmp_path: Path, manifest: Path) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        defaults: dict[str, Any] = {
            "data_dir": tmp_path / "data",
            "model_manifest": manifest,
            "workers": 2,
            "sample_pass": 0,
        }
        return Settings(**(defaults | changes))

    return make


class Api:
    """The running application with the world in its database, and clients for its people."""

    def __init__(self, services: Services, world: World, client: TestClient) -> None:
        self.services = services
        self.world = world
        self.client = client

    def call(self, who: str | None, method: str, path: str, **options: Any) -> httpx.Response:
        """A request with somebody's API key."""
        headers = options.pop("headers", {})
        if who is not None:
            headers = {"Authorization": f"Bearer {self.world.keys[who]}"} | headers
        answer: httpx.Response = self.client.request(method, path, headers=headers, **options)
        return answer

    def get(self, who: str, path: str, **params: Any) -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.call(who, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(
        self,
        who: str = "technician_a",
        data: bytes | None = None,
        order: str = "ORDER-A",
        shot: str = "selfie",
        key: str | None = None,
        **fields: str,
    ) -> httpx.Response:
        """Send a photo."""
        return self.call(
            who,
            "POST",
            "/v1/checks",
            data={"shot": shot, "work_order": order, **fields},
            files={"photo": ("photo.jpg", photo(1) if data is None else data)},
            headers={"Idempotency-Key": key} if key else {},
        )

    def check(self, **options: Any) -> dict[str, Any]:
        """Send a photo that must be taken; the check."""
        answer = self.send(**options)
        assert answer.status_code == 201, answer.text
        check: dict[str, Any] = answer.json()
        return check

    def omit(self, who: str = "technician_a", order: str = "ORDER-A", **fields: Any) -> Any:
        """Say that a photo cannot be taken, which must be taken down; the report."""
        body = {"work_order": order, "shot": "selfie", "text": "Nobody opens."} | fields
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.call(who, "POST", "/v1/omissions", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()


Start = Callable[..., AbstractContextManager[Api]]


@pytest.fixture
def start_api(backend: Backend, settings_for: Callable[..., Settings]) -> Start:
    """Start the application; settings may be changed."""

    @contextmanager
    def start(**changes: Any) -> Iterator[Api]:
        address, world = backend.filled()
        services = Services.open(settings_for(database_url=address, **changes))
        app = create_app(services)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Api(services, world, client)

    return start


@pytest.fixture
def api(start_api: Start) -> Iterator[Api]:
    with start_api() as running:
        yield running


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:ppe:{code}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem

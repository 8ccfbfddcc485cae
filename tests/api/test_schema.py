"""schemathesis over the whole interface: no 5xx, every error a problem, answers as described."""

import threading
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
import uvicorn
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.db import Database
from api.services import Services
from api.settings import Settings
from tests.api.servers import free_port
from tests.api.world import World, build_world

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
]
SCHEMA = schemathesis.openapi.from_dict(create_app().openapi())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, manifest: Any) -> Iterator[tuple[str, World]]:
    """The application behind a real socket."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("schema"), model_manifest=manifest, login_attempts=10**6
    )
    database = Database(settings.database_address)
    database.upgrade()
    world = build_world(database)
    database.close()
    port = free_port()
    config = uvicorn.Config(
        create_app(Services.open(settings)), port=port, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    yield f"http://127.0.0.1:{port}", world
    server.should_exit = True
    thread.join(30)


def is_problem(context: Any, response: Any, case: Any) -> None:
    """Every error answer is a problem document with a stable code."""
    if response.status_code >= 400 and case.operation.path != "/readyz":
        assert response.headers["content-type"] == ["application/problem+json"]
        assert response.json()["code"]
        assert response.json()["status"] == response.status_code


@SCHEMA.parametrize()
@hypothesis.settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
def test_interface_keeps_its_promises(case: Any, running: tuple[str, World]) -> None:
    base, world = running
    known = {"check_id": None, "account_id": "technician_a", "order_id": "order_a"}
    for name, thing in known.items():
        if name in case.path_parameters and thing and case.meta.generation.mode.is_positive:
            case.path_parameters[name] = world.ids[thing]
    headers = {"Authorization": f"Bearer {world.keys['admin']}"}
    case.call_and_validate(
        base_url=base, headers=headers, checks=CHECKS, additional_checks=[is_problem]
    )

"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck

from tests.api.servers import postgresql, s3_server
from tests.vision.networks import write_network

# Machines that run tests are busy: a slow example is no failure. The same examples on every run.
hypothesis.settings.register_profile(
    "ours",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
hypothesis.settings.load_profile("ours")


@pytest.fixture(scope="session")
def empty_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Manifest of a real, tiny ONNX network that supports every class and sees nothing."""
    return write_network(tmp_path_factory.mktemp("network"), [])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server."""
    with postgresql() as address:
        yield address


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that speaks S3."""
    with s3_server(tmp_path_factory.mktemp("s3")) as address:
        yield address

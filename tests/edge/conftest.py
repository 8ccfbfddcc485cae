"""What the agent's tests share."""

from pathlib import Path

import pytest

from tests.api.network import write_network


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the service's small network, which the agent's self-test passes."""
    return write_network(tmp_path_factory.mktemp("network"))

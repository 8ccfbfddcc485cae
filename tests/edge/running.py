"""Agent and service as people run them: processes of their own, on real folders."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx

from api.db import Database
from tests.api.world import World, build_world

PPE = str(Path(sys.executable).with_name("ppe"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("PPE_")}


def fill(data: Path) -> World:
    """Teams, people, orders and a policy in the service's database."""
    data.mkdir(parents=True, exist_ok=True)
    database = Database(f"sqlite:///{data}/ppe.sqlite3")
    database.upgrade()
    world = build_world(database)
    database.close()
    return world


def edge(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """`ppe edge …` to its end."""
    return subprocess.run(
        [PPE, "edge", *map(str, arguments)],
        env=CLEAN | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@contextmanager
def edge_run(
    log: Path, *arguments: object, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """`ppe edge run` in the background; killed at the end if it still runs."""
    command = [PPE, "edge", "run", *map(str, arguments)]
    with log.open("ab") as output:
        agent = subprocess.Popen(command, env=CLEAN | environment, stdout=output, stderr=output)
    try:
        yield agent
    finally:
        if agent.poll() is None:
            agent.kill()
        agent.wait(60)


def checks_of(address: str, key: str, order: str) -> list[dict[str, Any]]:
    """Every check of a work order, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    with httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=300
    ) as client:
        while True:
            parameters = {"limit": "100", "work_order": order}
            page = client.get(
                "/v1/checks", params=parameters | ({"cursor": cursor} if cursor else {})
            ).json()
            found += page["items"]
            if (cursor := page["next"]) is None:
                return found

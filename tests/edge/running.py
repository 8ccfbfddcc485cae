"""Agent and service as people run them: processes of their own, on real folders."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2 as httpx
import uvicorn

from api.app import create_app
from api.db import Database
from api.services import Services
from api.settings import Settings
from tests.api.servers import free_port
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


@contextmanager
def serving(data: Path, manifest: Path) -> Iterator[str]:
    """The service behind a real socket, in this process; its address."""
    settings = Settings(data_dir=data, model_manifest=manifest, sample_pass=0)
    port = free_port()
    config = uvicorn.Config(
        create_app(Services.open(settings)),
        port=port,
        log_config=None,
        access_log=False,
        loop="asyncio",
        http="h11",
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)


Say = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


@contextmanager
def stranger(say: Say) -> Iterator[str]:
    """A server that is not the service; it answers what it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, body = say(self)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - its name in the standard library

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""The local page: shows the mirror, takes the work order, answers nobody else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from edge.agent.errors import EdgeError
from edge.agent.kiosk import View, Visit
from edge.agent.page import Page
from edge.agent.queue import Queue
from edge.agent.settings import EdgeSettings
from tests.api.network import photo
from tests.api.servers import free_port
from vision import Checker, Shot


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    opened = Queue(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def view() -> View:
    return View(Visit(None, "SZ1"), Visit(None, "SZ1"))


@pytest.fixture
def client(tmp_path: Path, queue: Queue, view: View) -> Iterator[httpx.Client]:
    settings = EdgeSettings.read(state=tmp_path, camera="0", page_port=free_port(), language="en")
    stop = threading.Event()
    page = Page(settings, queue, view)
    thread = threading.Thread(target=page.serve, args=[stop])
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{settings.page_port}", timeout=60) as opened:
        yield opened
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_shows_ticks_and_the_picture(client: httpx.Client, view: View, manifest: Path) -> None:
    assert "<title>" in client.get("/").text
    assert client.get("/frame.jpg").status_code == 404
    assert client.get("/view.json").json()["ticks"] == []
    view.report = Checker.open(manifest).check(photo(1), Shot.SELFIE)
    view.frame = photo(1)
    assert client.get("/frame.jpg?7").content == photo(1)
    shown = client.get("/view.json").json()
    assert shown["ticks"][0]["verdict"] == "PASS"
    assert shown["ticks"][0]["text"]
    assert shown["verdict"] == view.report.verdict
    assert client.get("/status.json").json()["waiting"] == 0


def test_takes_the_work_order(client: httpx.Client, view: View) -> None:
    assert client.get("/view.json").json()["asks"]
    assert client.post("/visit", json={"work_order": "WO-1"}).status_code == 204
    assert view.visit == Visit("WO-1", "SZ1")
    client.post("/visit", json={"work_order": "WO-2", "technician": "SZ2"})
    assert view.visit == Visit("WO-2", "SZ2")
    assert not client.get("/view.json").json()["asks"]


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/view.json", {"headers": {"Host": "evil.example:80"}}, 403),
        ("GET", "/status.json", {"headers": {"Host": ""}}, 403),
        ("POST", "/visit", {"data": {"work_order": "WO-1"}}, 415),
        ("POST", "/visit", {"json": {"work_order": "WO 1"}}, 422),
        ("POST", "/visit", {"json": {"work_order": "WO-1", "role": "admin"}}, 422),
        ("POST", "/visit", {"json": {"work_order": "x" * 5000}}, 413),
        ("POST", "/status.json", {"json": {}}, 405),
        ("GET", "/../etc/passwd", {}, 404),
    ],
)
def test_refuses(
    client: httpx.Client,
    view: View,
    method: str,
    path: str,
    options: dict[str, object],
    status: int,
) -> None:
    answer = client.request(method, path, **options)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert view.visit == Visit(None, "SZ1")


def test_taken_port_is_said(tmp_path: Path, queue: Queue, view: View) -> None:
    settings = EdgeSettings.read(state=tmp_path, page_port=free_port())
    page = Page(settings, queue, view)
    with pytest.raises(EdgeError) as caught:
        Page(settings, queue, view)
    assert caught.value.code == "edge.settings_invalid"
    page.close()

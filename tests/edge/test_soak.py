"""Every photo arrives once: the service killed, restarted and full along the way, the agent too.

`make edge-soak` runs it with 1 000 photos.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from edge.agent.queue import Counts, Queue
from tests.api.network import photo
from tests.api.servers import free_port, ppe_serve, wait_until_ready
from tests.edge.running import checks_of, edge, edge_run, fill

PHOTOS = int(os.environ.get("PPE_EDGE_SOAK", "60"))
PATIENCE_S = 3600


class Place:
    """Folders, addresses and processes of one run."""

    def __init__(self, folder: Path, manifest: Path) -> None:
        self.inbox, self.state = folder / "inbox", folder / "state"
        self.service_log, self.agent_log = folder / "service.log", folder / "agent.log"
        (self.inbox / "ORDER-A" / "selfie").mkdir(parents=True)
        self.world = fill(folder / "data")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        # One photo at a time and no waiting line: whoever comes second is answered 503.
        self.service_environment = {
            "PPE_DATA_DIR": str(folder / "data"),
            "PPE_MODEL_MANIFEST": str(manifest),
            "PPE_CLAIM_LEASE_S": "2",
            "PPE_WORKERS": "1",
            "PPE_QUEUE": "0",
        }
        self.agent_environment = {
            "PPE_EDGE_KEY": self.world.keys["technician_a"],
            "PPE_EDGE_SETTLE_S": "0.5",
            "PPE_EDGE_PAGE_PORT": "0",
            "PPE_EDGE_THREADS": "1",
        }
        self.agent_options = (
            *("--inbox", self.inbox),
            *("--state", self.state),
            *("--service", self.address),
        )
        self.fed: set[str] = set()

    def feed(self, count: int) -> None:
        """Put photos into the folder as a slow copy does: under their names, piece by piece."""
        for number in range(count):
            data = photo(number, helmet=number % 2 == 0)
            self.fed.add(hashlib.sha256(data).hexdigest())
            path = self.inbox / "ORDER-A" / "selfie" / f"IMG_{number:04}.jpg"
            with path.open("wb") as file:
                for start in range(0, len(data), 20_000):
                    file.write(data[start : start + 20_000])
                    file.flush()
                    time.sleep(0.001)

    def wait_for(self, is_there: Callable[[Counts], bool]) -> None:
        """Until the queue is as wanted."""
        deadline = time.monotonic() + PATIENCE_S
        queue = Queue(self.state)
        try:
            while not is_there(queue.counts()):
                assert time.monotonic() < deadline, (queue.counts(), self._last_words())
                time.sleep(0.5)
        finally:
            queue.close()

    def keep_busy(self) -> None:
        """Send photos of somebody else until the agent has met a full service."""
        before = self.met("service.busy")
        stop = threading.Event()
        others = [threading.Thread(target=self._hog, args=[n, stop]) for n in range(2)]
        for other in others:
            other.start()
        deadline = time.monotonic() + PATIENCE_S
        while self.met("service.busy") <= before and time.monotonic() < deadline:
            time.sleep(0.5)
        stop.set()
        for other in others:
            other.join()

    def _hog(self, number: int, stop: threading.Event) -> None:
        key = self.world.keys["technician_b"]
        with httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=300) as client:
            while not stop.is_set():
                with contextlib.suppress(httpx.TransportError):
                    client.post(
                        f"{self.address}/v1/checks",
                        data={"shot": "selfie", "work_order": "ORDER-B"},
                        files={"photo": ("p.jpg", photo(10_000 + number))},
                    )

    @contextmanager
    def service(self) -> Iterator[subprocess.Popen[bytes]]:
        """Started and ready."""
        with ppe_serve(self.service_environment, self.port, self.service_log) as process:
            wait_until_ready(self.port, process)
            yield process

    def agent(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Started."""
        return edge_run(self.agent_log, *self.agent_options, **self.agent_environment)

    def met(self, code: str) -> int:
        """How often the agent had to wait for this reason."""
        return self.agent_log.read_text(encoding="utf-8").count(f": {code} ")

    def _last_words(self) -> str:
        return "".join(log.read_text()[-2000:] for log in (self.agent_log, self.service_log))


@pytest.mark.slow
def test_every_photo_arrives_once(tmp_path: Path, manifest: Path) -> None:
    place = Place(tmp_path, manifest)
    feeder = threading.Thread(target=place.feed, args=[PHOTOS])
    feeder.start()
    start = time.monotonic()
    # The service dies, comes, the agent dies and comes, the service is full, dies, comes.
    with ExitStack() as running:
        service = running.enter_context(place.service())
        agent = running.enter_context(place.agent())
        place.wait_for(lambda counts: counts.sent >= PHOTOS // 4)
        service.kill()
        place.wait_for(lambda counts: place.met("edge.unreachable") > 0)
        service.wait(60)
        service = running.enter_context(place.service())
        place.wait_for(lambda counts: counts.sent >= PHOTOS // 3)
        agent.kill()
        agent.wait(60)
        agent = running.enter_context(place.agent())
        place.wait_for(lambda counts: counts.sent >= PHOTOS // 2)
        place.keep_busy()
        place.wait_for(lambda counts: counts.sent >= PHOTOS * 3 // 4)
        service.kill()
        service.wait(60)
        feeder.join()
        running.enter_context(place.service())
        place.wait_for(lambda counts: counts.sent + counts.set_aside >= PHOTOS)
        agent.terminate()
        assert agent.wait(120) == 0
        checks = checks_of(place.address, place.world.keys["admin"], "ORDER-A")

    sent = [check["report"]["sha256"] for check in checks]
    sys.stdout.write(
        f"\n{PHOTOS} photos fed, {len(sent)} checks, {len(set(sent))} different photos, "
        f"{time.monotonic() - start:.0f} s; the agent met: "
        f"{place.met('edge.unreachable')} x no answer, {place.met('service.busy')} x 503, "
        f"{place.met('idempotency.in_progress')} x 409 in progress\n"
    )
    assert len(place.fed) == PHOTOS
    assert sorted(sent) == sorted(place.fed)  # all there, none twice
    assert place.met("edge.unreachable") > 0
    assert place.met("service.busy") > 0
    assert not any((place.inbox / "ORDER-A" / "selfie").iterdir())
    status = edge("status", "--state", place.state)
    assert status.returncode == 0, status.stdout
    assert f"sent: {PHOTOS}" in status.stdout
    assert not [path for path in (place.state / "photos").rglob("*") if path.is_file()]

"""How many photos a second does the service keep up, against the bare network on the same cores?

`python -m api.bench` starts `ppe serve` with an empty SQLite database and takes turns between

* the bare network: `session.run` on a ready input, one run a core, as the service does it,
* batches: the same, several pictures a run, to see whether micro-batches would pay,
* the bare checker: bytes → report, one photo a core,
* the service with so many clients, each sending one photo after the other over HTTP.

Clients run on the same cores. One that gets 503 waits as long as `Retry-After` says. Figures depend
on the machine, so nothing here fails on them: what was asked is printed beside them.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cv2
import httpx2 as httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from api.accounts import add_key
from api.db import Database
from api.tables import Account, Role, Team, WorkOrder
from vision import Checker, SessionSettings, Shot, decode_photo
from vision.detector import letterbox
from vision.manifest import DEFAULT_MANIFEST, read_verified_model
from vision.session import OnnxSession

DEMO_PHOTO = Path(__file__).resolve().parent.parent / "demo" / "selfie_ok.jpg"
CLIENTS = (1, 8, 32)
BATCHES = (1, 2, 4)
ASKED_SHARE = 0.8
PICTURES = 100
WIDTH, HEIGHT = 1280, 960  # what a phone app sends: enough for the network, quickly sent
console = Console()


@dataclass
class Load:
    """What clients met: seconds of each answer, by whether the photo was taken."""

    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Photos taken a second."""
        return len(self.taken) / self.seconds if self.seconds else 0.0


def alike_pictures(count: int = PICTURES, source: Path = DEMO_PHOTO) -> list[bytes]:
    """JPEGs of one demo photo turned, cut and lit: the most work for the fraud check."""
    picture = cv2.imread(str(source))
    if picture is None:
        raise FileNotFoundError(source)
    random = np.random.default_rng(0)
    made = []
    for _ in range(count):
        scale = random.uniform(1.0, 1.6) * max(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
        turn = cv2.getRotationMatrix2D(
            (picture.shape[1] / 2, picture.shape[0] / 2), random.uniform(-12, 12), scale
        )
        turn[:, 2] += [
            (WIDTH - picture.shape[1]) / 2 + random.uniform(-80, 80),
            (HEIGHT - picture.shape[0]) / 2 + random.uniform(-80, 80),
        ]
        cut = cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        lit = cv2.convertScaleAbs(cut, alpha=random.uniform(0.7, 1.2))
        made.append(cv2.imencode(".jpg", lit)[1].tobytes())
    return made


def pictures(count: int = PICTURES) -> list[bytes]:
    """JPEGs of so many scenes that have nothing in common, as the photos of a day."""
    made = []
    for seed in range(count):
        random = np.random.default_rng(seed)
        coarse = random.integers(0, 256, (12, 16, 3), np.uint8)
        scene = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        for _ in range(150):
            corners = random.integers(-40, 40, (6, 2)) + random.integers(0, (WIDTH, HEIGHT))
            colour = tuple(int(value) for value in random.integers(0, 256, 3))
            cv2.fillPoly(scene, [corners.astype(np.int32)], colour, cv2.LINE_AA)
        made.append(cv2.imencode(".jpg", scene)[1].tobytes())
    return made


def turns(work: Callable[[], int], workers: int, seconds: float) -> float:
    """Photos a second when so many threads do `work`, which says how many photos it did."""
    counts = [0] * workers
    end = time.perf_counter() + seconds

    def run(worker: int) -> None:
        while time.perf_counter() < end:
            counts[worker] += work()

    start = time.perf_counter()
    _together([lambda worker=worker: run(worker) for worker in range(workers)])  # type: ignore[misc]
    return sum(counts) / (time.perf_counter() - start)


def _together(jobs: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def service(workers: int) -> Iterator[tuple[str, str]]:
    """A service of its own; its address, and a technician's API key."""
    with tempfile.TemporaryDirectory(prefix="ppe-bench-") as folder:
        database = Database(f"sqlite:///{folder}/ppe.sqlite3")
        database.upgrade()
        key = _technician(database)
        database.close()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        command = [sys.executable, "-c", "from vision.cli import main; main()"]
        environment = os.environ | {"PPE_DATA_DIR": folder, "PPE_WORKERS": str(workers)}
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log
            )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, server, Path(folder) / "log")
            yield address, key
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _technician(database: Database) -> str:
    with database.write() as session:
        team = Team(name="Bench")
        session.add(team)
        session.flush()
        account = Account(login="bench", name="Bench", role=Role.TECHNICIAN, team_id=team.id)
        session.add(account)
        session.flush()
        session.add(
            WorkOrder(number="BENCH", team_id=team.id, technician_id=account.id, shots=["selfie"])
        )
        return add_key(session, account, "bench")[1]


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the service did not start: {log.read_text(errors='replace')}")


def send(address: str, key: str, photos: Sequence[bytes], clients: int, seconds: float) -> Load:
    """So many clients send photos for so long; each photo's bytes are sent once only."""
    load = Load()
    lock = threading.Lock()
    end = time.perf_counter() + seconds

    def client() -> None:
        with httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60
        ) as session:
            while time.perf_counter() < end:
                name = uuid.uuid4().hex
                # What follows the end of a JPEG is not looked at, but makes it another file.
                photo = photos[int(name, 16) % len(photos)] + name.encode()
                start = time.perf_counter()
                try:
                    answer = session.post(
                        "/v1/checks",
                        data={"shot": "selfie", "work_order": "BENCH"},
                        files={"photo": ("p.jpg", photo)},
                        headers={"Idempotency-Key": name},
                    )
                except httpx.TransportError as error:
                    with lock:
                        load.failed.append(type(error).__name__)
                    continue
                took = time.perf_counter() - start
                with lock:
                    if answer.status_code == 201:
                        load.taken.append(took)
                    elif answer.status_code == 503:
                        load.refused.append(took)
                    else:
                        load.failed.append(str(answer.status_code))
                if answer.status_code == 503:
                    time.sleep(float(answer.headers["Retry-After"]))

    start = time.perf_counter()
    _together([client] * clients)
    load.seconds = time.perf_counter() - start
    return load


def bench(seconds: float, rounds: int, workers: int, alike: bool) -> None:
    """Measure in turns and print."""
    photos = alike_pictures() if alike else pictures()
    threads = SessionSettings(threads=1)
    checker = Checker.open(settings=threads)
    manifest = checker.detector.manifest
    session = OnnxSession(read_verified_model(manifest, DEFAULT_MANIFEST.parent), threads)
    side = manifest.input_side
    one = letterbox(decode_photo(photos[0], side).pixels, side)[0]
    number = iter(range(1_000_000_000))

    def check() -> int:
        checker.check(photos[next(number) % len(photos)], Shot.SELFIE)
        return 1

    network: dict[int, list[float]] = {size: [] for size in BATCHES}
    bare: list[float] = []
    loads: dict[int, list[Load]] = {clients: [] for clients in CLIENTS}
    with service(workers) as (address, key):
        for _ in range(rounds):
            for size in BATCHES:
                batch = np.repeat(one, size, axis=0)

                def run(batch: np.ndarray = batch) -> int:
                    session.run(batch)
                    return len(batch)

                network[size].append(turns(run, workers, seconds))
            bare.append(turns(check, workers, seconds))
            for clients in CLIENTS:
                loads[clients].append(send(address, key, photos, clients, seconds))
    console.print(
        f"{WIDTH} x {HEIGHT} JPEGs of about {median(map(len, photos)) / 1e3:.0f} kB, network at "
        f"{one.shape[3]} x {one.shape[2]}, {workers} workers, {rounds} x {seconds:g} s in turns"
    )
    _print(network, bare, loads)


def _print(
    network: dict[int, list[float]], bare: list[float], loads: dict[int, list[Load]]
) -> None:
    base = median(network[1])
    table = Table("", "/s", "/ network", "/ checker", "p50", "p95", "p99", "503")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for size, rates in network.items():
        name = "bare network" if size == 1 else f"batches of {size}"
        table.add_row(name, f"{median(rates):.1f}", f"{median(rates) / base:.2f}")
    table.add_row("bare checker", f"{median(bare):.1f}", f"{median(bare) / base:.2f}", "1.00")
    failed: list[str] = []
    for clients, rounds in loads.items():
        rate = median(load.rate for load in rounds)
        taken = [1000 * s for load in rounds for s in load.taken]
        quantiles = [f"{q:.0f} ms" for q in np.percentile(taken, (50, 95, 99))] if taken else []
        refused = sum(len(load.refused) for load in rounds)
        failed += [what for load in rounds for what in load.failed]
        cells = [f"{rate:.1f}", f"{rate / base:.2f}", f"{rate / median(bare):.2f}"]
        name = "service, 1 client" if clients == 1 else f"service, {clients} clients"
        table.add_row(name, *cells, *quantiles, str(refused))
    console.print(table)
    waited = [1000 * s for rounds in loads.values() for load in rounds for s in load.refused]
    if waited:
        p99 = np.percentile(waited, 99)
        console.print(f"a 503 came within {p99:.0f} ms (p99)")
    console.print(f"other answers or none: {len(failed)} {sorted(set(failed))}")
    console.print(f"asked: at least {ASKED_SHARE:.2f} of the bare network's rate, 503 past it")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m api.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seconds", type=float, default=8, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--alike", action="store_true", help="photos that look like each other")
    arguments = parser.parse_args()
    bench(arguments.seconds, arguments.rounds, arguments.workers, arguments.alike)


if __name__ == "__main__":
    main()

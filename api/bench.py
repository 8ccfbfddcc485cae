"""How many photos a second does the service keep up, against the bare network on the same cores?

`python -m api.bench` starts `ppe serve` with an empty SQLite database and takes turns between

* the bare network: `session.run` on a ready input, one run a core, by one caller and by all,
* batches: the same, several pictures a run, to see whether micro-batches would pay,
* the bare checker: bytes → report, one photo a core,
* the service with so many clients, each sending one photo after the other over HTTP.

The service is held against the bare network with as many callers as it has clients, at most one a
core. Photos are as the phone app makes them, no two the same. What the service does after the
answer counts: its rate is photos answered by the time until nothing is left to search for. Clients
run on the same cores; one that gets 503 waits as long as `Retry-After` says. Where the machine is
busy with other things rates suffer unevenly, CPU time a photo hardly does. Figures depend on the
machine, so nothing here fails on them: what was asked is printed beside them.
"""

import argparse
import contextlib
import http.client
import itertools
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx2 as httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from api.accounts import add_key
from api.bench_photos import HEIGHT, WIDTH, alike_pictures, pictures
from api.db import Database
from api.tables import Account, Role, Team, WorkOrder
from vision import Checker, SessionSettings, Shot, decode_photo
from vision.detector import letterbox
from vision.manifest import DEFAULT_MANIFEST, read_verified_model
from vision.session import OnnxSession

CLIENTS = (1, 8, 32)
BATCHES = (2, 4)
ASKED_SHARE = 0.8
SPARE = 1.5  # photos made for a turn, by those that the bare network could look at
DRAINED_S = 120
console = Console()


@dataclass
class Load:
    """What clients met: seconds of each answer, by whether the photo was taken.

    Attributes:
        seconds: until the last answer.
        drained_s: more, until nothing was left to search for.
        cpu_s: of the service.
        search_cpu_s: of that for what is done after the answers.
    """

    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    drained_s: float = 0.0
    cpu_s: float = 0.0
    search_cpu_s: float = 0.0

    @property
    def answered(self) -> float:
        """Photos answered a second."""
        return len(self.taken) / self.seconds

    @property
    def rate(self) -> float:
        """Photos a second with all that is done after the answer."""
        return len(self.taken) / (self.seconds + self.drained_s)


@dataclass(frozen=True)
class Bare:
    """Photos a second, and CPU seconds a photo, without a service."""

    rate: float
    cpu_s: float


def turns(work: Callable[[], int], workers: int, seconds: float) -> Bare:
    """So many threads do `work`, which says how many photos it did."""
    counts = [0] * workers
    start, cpu = time.perf_counter(), time.process_time()

    def run(worker: int) -> None:
        while time.perf_counter() < start + seconds:
            counts[worker] += work()

    _together([lambda worker=worker: run(worker) for worker in range(workers)])  # type: ignore[misc]
    took = time.perf_counter() - start
    return Bare(sum(counts) / took, (time.process_time() - cpu) / sum(counts))


def _together(jobs: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass(frozen=True)
class Service:
    """A service of its own, and the keys of a technician and an auditor."""

    port: int
    process: int
    key: str
    auditor: str

    def cpu_s(self) -> float:
        """Seconds of CPU that it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def figure(self, name: str) -> float:
        """One of its figures."""
        address = f"http://127.0.0.1:{self.port}/metrics"
        headers = {"Authorization": f"Bearer {self.auditor}"}
        text = httpx.get(address, headers=headers, timeout=60).text
        found = next(line for line in text.splitlines() if line.startswith(f"{name} "))
        return float(found.split()[1])


@contextlib.contextmanager
def service(workers: int) -> Iterator[Service]:
    """Start it with an empty database, and stop it."""
    with tempfile.TemporaryDirectory(prefix="ppe-bench-") as folder:
        database = Database(f"sqlite:///{folder}/ppe.sqlite3")
        database.upgrade()
        keys = _accounts(database)
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
        try:
            _wait(f"http://127.0.0.1:{port}", server, Path(folder) / "log")
            yield Service(port, server.pid, *keys)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _accounts(database: Database) -> tuple[str, str]:
    with database.write() as session:
        team = Team(name="Bench")
        session.add(team)
        session.flush()
        account = Account(login="bench", name="Bench", role=Role.TECHNICIAN, team_id=team.id)
        auditor = Account(login="auditor", name="Auditor", role=Role.AUDITOR)
        session.add_all([account, auditor])
        session.flush()
        session.add(
            WorkOrder(number="BENCH", team_id=team.id, technician_id=account.id, shots=["selfie"])
        )
        return add_key(session, account, "bench")[1], add_key(session, auditor, "bench")[1]


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the service did not start: {log.read_text(errors='replace')}")


def send(to: Service, photos: Sequence[bytes], clients: int, seconds: float) -> Load:
    """So many clients send photos for so long, each of the photos once."""
    load, lock, left = Load(), threading.Lock(), deque(photos)
    start = time.perf_counter()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=60)
        while time.perf_counter() < start + seconds:
            photo = left.popleft()
            wait_s = _send_one(connection, to.key, photo, load, lock)
            if wait_s:
                left.append(photo)  # nothing was kept of it
                time.sleep(wait_s)
        connection.close()

    cpu, search_cpu = to.cpu_s(), to.figure("ppe_search_cpu_seconds_total")
    _together([client] * clients)
    load.seconds = time.perf_counter() - start
    while to.figure("ppe_searches_waiting") and load.drained_s < DRAINED_S:
        time.sleep(0.02)
        load.drained_s = time.perf_counter() - start - load.seconds
    load.cpu_s = to.cpu_s() - cpu
    load.search_cpu_s = to.figure("ppe_search_cpu_seconds_total") - search_cpu
    return load


def _send_one(
    connection: http.client.HTTPConnection, key: str, photo: bytes, load: Load, lock: Any
) -> float:
    """Send one photo, as cheaply as can be; how long the service asks to wait, in seconds."""
    body = b"".join(
        (
            *(
                b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % field
                for field in ((b"shot", b"selfie"), (b"work_order", b"BENCH"))
            ),
            b'--b\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n',
            photo,
            b"\r\n--b--\r\n",
        )
    )
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "multipart/form-data; boundary=b",
        "Idempotency-Key": uuid.uuid4().hex,
    }
    start = time.perf_counter()
    try:
        connection.request("POST", "/v1/checks", body, headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        with lock:
            load.failed.append(type(error).__name__)
        return 0
    took = time.perf_counter() - start
    with lock:
        if answer.status == 201:
            load.taken.append(took)
        elif answer.status == 503:
            load.refused.append(took)
        else:
            load.failed.append(str(answer.status))
    return float(answer.headers["Retry-After"]) if answer.status == 503 else 0


@dataclass
class Figures:
    """What was measured, one entry a round."""

    network: dict[int, list[Bare]] = field(default_factory=dict)
    batches: dict[int, list[Bare]] = field(default_factory=dict)
    checker: list[Bare] = field(default_factory=list)
    loads: dict[int, list[Load]] = field(default_factory=dict)


def bench(seconds: float, rounds: int, workers: int, alike: bool) -> None:
    """Measure in turns and print."""
    make = alike_pictures if alike else pictures
    some = make(range(20))
    threads = SessionSettings(threads=1)
    checker = Checker.open(settings=threads)
    manifest = checker.detector.manifest
    session = OnnxSession(read_verified_model(manifest, DEFAULT_MANIFEST.parent), threads)
    side = manifest.input_side
    one = letterbox(decode_photo(some[0], side).pixels, side)[0]
    number = itertools.count()
    made = len(some)

    def check() -> int:
        checker.check(some[next(number) % len(some)], Shot.SELFIE, technician="bench")
        return 1

    def run(size: int) -> Callable[[], int]:
        batch = np.repeat(one, size, axis=0)
        return lambda: len(session.run(batch)) and size

    figures = Figures()
    with service(workers) as to:
        for _ in range(rounds):
            for callers in {1, workers}:
                rate = turns(run(1), callers, seconds)
                figures.network.setdefault(callers, []).append(rate)
            for size in BATCHES:
                figures.batches.setdefault(size, []).append(turns(run(size), workers, seconds))
            figures.checker.append(turns(check, workers, seconds))
            for clients in CLIENTS:
                enough = math.ceil(rate.rate * seconds * SPARE) + clients
                photos = make(range(made, made + enough))
                made += enough
                load = send(to, photos, clients, seconds)
                figures.loads.setdefault(clients, []).append(load)
    console.print(
        f"{WIDTH} x {HEIGHT} JPEGs of about {median(map(len, some)) / 1e3:.0f} kB, network at "
        f"{one.shape[3]} x {one.shape[2]}, {workers} workers, {rounds} x {seconds:g} s in turns"
    )
    _print(figures, workers)


def _print(figures: Figures, workers: int) -> None:
    table = Table("", "/s", "/ network", "CPU ms", "/ network", "p50", "p95", "p99", "503")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    bare = {n: _median(rounds) for n, rounds in sorted(figures.network.items())}
    base = bare[workers]

    def row(name: str, rate: float, cpu_s: float, against: Bare, *more: str) -> None:
        shares = f"{rate / against.rate:.2f}", f"{1000 * cpu_s:.1f}", f"{against.cpu_s / cpu_s:.2f}"
        table.add_row(name, f"{rate:.1f}", *shares, *more)

    for callers, found in bare.items():
        row(f"bare network, {callers} at once", found.rate, found.cpu_s, found)
    for size, measured in figures.batches.items():
        found = _median(measured)
        row(f"batches of {size}", found.rate, found.cpu_s, base)
    found = _median(figures.checker)
    row("bare checker", found.rate, found.cpu_s, base)
    for clients, rounds in figures.loads.items():
        taken = [1000 * s for load in rounds for s in load.taken]
        quantiles = [f"{q:.0f} ms" for q in np.percentile(taken, (50, 95, 99))] if taken else []
        cpu_s = sum(load.cpu_s for load in rounds) / max(1, len(taken))
        name = "service, 1 client" if clients == 1 else f"service, {clients} clients"
        against = bare[min(clients, workers)]
        refused = str(sum(len(load.refused) for load in rounds))
        row(name, median(load.rate for load in rounds), cpu_s, against, *quantiles, refused)
    console.print(table)
    everything = [load for rounds in figures.loads.values() for load in rounds]
    _print_rest(everything)


def _print_rest(loads: Sequence[Load]) -> None:
    taken = sum(len(load.taken) for load in loads)
    searching = sum(load.search_cpu_s for load in loads)
    console.print(
        f"after the answers: {1000 * searching / max(1, taken):.1f} ms of CPU a photo, "
        f"{searching / sum(load.cpu_s for load in loads):.0%} of the service's; at the end of a "
        f"turn at most {max(load.drained_s for load in loads):.1f} s of it were left, which count"
    )
    waited = [1000 * s for load in loads for s in load.refused]
    if waited:
        console.print(f"a 503 came within {np.percentile(waited, 99):.0f} ms (p99)")
    failed = [what for load in loads for what in load.failed]
    console.print(f"other answers or none: {len(failed)} {sorted(set(failed))}")
    console.print(f"asked: at least {ASKED_SHARE:.2f} of the bare network's rate, 503 past it")


def _median(rounds: Sequence[Bare]) -> Bare:
    return Bare(median(one.rate for one in rounds), median(one.cpu_s for one in rounds))


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

"""The queue: row and photo appear together or not at all, whatever ends the process."""

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.agent.errors import EdgeError
from edge.agent.filing import Filing
from edge.agent.folder import need_room
from edge.agent.queue import LONGEST_WAIT, Item, Queue, State
from edge.agent.running import is_running, only_one
from vision import Shot

FILING = Filing("WO-1", None, Shot.SELFIE)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    opened = Queue(tmp_path / "state")
    yield opened
    opened.close()


def add(queue: Queue, data: bytes, filing: Filing = FILING) -> Item:
    return queue.add(data, "IMG.jpg", filing, None)[0]


def files(queue: Queue) -> set[str]:
    return {path.name for path in (queue.folder / "photos").rglob("*") if path.is_file()}


def test_photo_stays_until_the_service_has_answered(queue: Queue) -> None:
    item = add(queue, b"one")
    queue.put_off(item, 0, "edge.unreachable", "no answer")
    assert files(queue) == {hashlib.sha256(b"one").hexdigest()}
    due = queue.next_due(time.time())
    assert due is not None
    assert (due.key, due.tries, due.code) == (item.key, 1, "edge.unreachable")
    assert queue.read(due) == b"one"
    queue.answered(due, "c1", "PASS")
    assert files(queue) == set()
    assert queue.next_due(time.time()) is None
    assert (queue.counts().waiting, queue.counts().sent) == (0, 1)


def test_same_photo_for_the_same_order_is_one_photo(queue: Queue) -> None:
    first = add(queue, b"one")
    again, is_new = queue.add(b"one", "copy.jpg", FILING, None)
    assert (again.id, again.key, is_new) == (first.id, first.key, False)
    other = add(queue, b"one", Filing("WO-2", None, Shot.SELFIE))
    assert other.id != first.id
    queue.answered(first, "c1", "PASS")
    assert queue.read(other) == b"one"  # the other order's photo still needs the bytes
    queue.answered(other, "c2", "PASS")
    assert files(queue) == set()
    known, is_new = queue.add(b"one", "copy.jpg", FILING, None)
    assert (known.state, is_new, files(queue)) == (State.SENT, False, set())


def test_refused_photo_is_kept_and_can_be_tried_again(queue: Queue) -> None:
    item = add(queue, b"one")
    queue.set_aside(item, "request.not_found", "there is no such work order")
    (refused,) = queue.listed(State.SET_ASIDE)
    assert (refused.code, queue.read(refused)) == ("request.not_found", b"one")
    assert queue.next_due(time.time()) is None
    queue.retry(refused, Filing("WO-2", None, Shot.SELFIE))
    due = queue.next_due(time.time())
    assert due is not None
    assert (due.filing.work_order, due.key) == ("WO-2", item.key)


def test_retry_under_an_order_that_has_the_photo_is_refused(queue: Queue) -> None:
    add(queue, b"one")
    other = add(queue, b"one", Filing("WO-2", None, Shot.SELFIE))
    queue.set_aside(other, "request.not_found", "")
    with pytest.raises(EdgeError) as caught:
        queue.retry(other, FILING)
    assert caught.value.code == "edge.no_such_photo"
    assert len(queue.listed(State.SET_ASIDE)) == 1


def test_those_put_off_come_after_those_that_wait(queue: Queue) -> None:
    first, second = add(queue, b"one"), add(queue, b"two")
    now = time.time()
    queue.put_off(first, now, "edge.unreachable", "")
    due = queue.next_due(now + 1)
    assert due is not None
    assert due.id == second.id
    queue.put_off(second, now + 60, "service.internal", "")
    due = queue.next_due(now + 1)
    assert due is not None
    assert due.id == first.id


def test_clock_that_was_put_back_does_not_hold_photos_for_ever(queue: Queue) -> None:
    item = add(queue, b"one")
    queue.put_off(item, time.time() + 10 * LONGEST_WAIT, "service.internal", "")
    assert queue.next_due(time.time()) is not None


def test_file_changed_behind_the_queues_back_is_noticed(queue: Queue) -> None:
    item = add(queue, b"one")
    (path,) = [path for path in (queue.folder / "photos").rglob("*") if path.is_file()]
    path.write_bytes(b"two")
    for _ in range(2):
        with pytest.raises(EdgeError) as caught:
            queue.read(item)
        assert caught.value.code == "edge.photo_gone"
        path.unlink(missing_ok=True)


def test_sweep_drops_what_nobody_needs_and_nothing_else(queue: Queue) -> None:
    waiting, sent = add(queue, b"waits"), add(queue, b"sent")
    queue.answered(sent, "c1", "PASS")
    left = queue.folder / "photos" / "aa" / ("a" * 64)
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"crash")
    left.with_name(".b.part").write_bytes(b"cra")
    assert queue.sweep(keep_days=90) == 1
    assert files(queue) == {waiting.sha256}
    assert queue.counts().sent == 1
    assert queue.sweep(keep_days=0) == 0
    assert queue.counts().sent == 0
    assert queue.read(waiting) == b"waits"


def test_newer_queue_is_left_alone(tmp_path: Path) -> None:
    Queue(tmp_path).close()
    database = sqlite3.connect(tmp_path / "queue.sqlite3")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(EdgeError) as caught:
        Queue(tmp_path)
    assert caught.value.code == "edge.state_newer"


def test_file_that_is_no_queue_is_said(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(EdgeError) as caught:
        Queue(tmp_path)
    assert caught.value.code == "edge.state_unusable"


def test_every_write_is_on_the_disk(queue: Queue) -> None:
    """FULL in WAL mode: each commit is synced, not only each checkpoint."""
    assert queue._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert queue._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_one_agent_a_folder(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    with only_one(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(EdgeError) as caught, only_one(tmp_path):
            pass
        assert caught.value.code == "edge.already_running"
    assert not is_running(tmp_path)


WRITER = """
import sys
from pathlib import Path
from edge.agent.filing import Filing
from edge.agent.queue import Queue
from vision import Shot
queue = Queue(Path(sys.argv[1]))
queue.sweep(90)
for number in range(10**6):
    item, _ = queue.add(b"%d" % number * 3000, "x.jpg", Filing("W", None, Shot.KIT), None)
    if number % 2:
        queue.answered(item, "c", "PASS")
    print(number, flush=True)
"""


@pytest.mark.parametrize("photos", [1, 4, 9])
def test_killed_in_the_middle_every_row_has_its_photo(tmp_path: Path, photos: int) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(photos):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
    queue = Queue(tmp_path)
    waiting = queue.listed(State.WAITING)
    counts = queue.counts()
    assert counts.waiting + counts.sent >= photos  # what was told is there
    for item in waiting:
        queue.read(item)  # and whole
    queue.sweep(90)
    assert files(queue) == {item.sha256 for item in waiting}
    queue.close()


def test_reserve_is_left_free(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    need_room(tmp_path, 1, 0)
    with pytest.raises(EdgeError) as caught:
        need_room(tmp_path, 1, free * 2)
    assert caught.value.code == "edge.disk_full"


FILLER = """
import resource, signal, sys
from pathlib import Path
from edge.agent.errors import EdgeError
from edge.agent.filing import Filing
from edge.agent.queue import Queue
from vision import Shot
queue = Queue(Path(sys.argv[1]))
queue.add(b"a" * 1000, "small.jpg", Filing("W", None, Shot.KIT), None)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    queue.add(b"b" * 400_000, "large.jpg", Filing("W", None, Shot.KIT), None)
except EdgeError as error:
    print(error.code)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_file_that_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "edge.disk_full"
    queue = Queue(tmp_path)
    assert files(queue) == {hashlib.sha256(b"a" * 1000).hexdigest()}
    assert queue.counts().waiting == 1
    queue.close()

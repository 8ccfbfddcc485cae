"""The durable queue: rows in SQLite, photo bytes in a folder, both or neither.

A photo is put on the disk before its row is committed, and dropped after the row says that the
service has answered. A crash in between can leave a photo without a row, which the next start
sweeps away, never a row without its photo.
"""

import hashlib
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from edge.agent.errors import EdgeError
from edge.agent.filing import Filing
from edge.agent.folder import PhotoFolder, disk_error
from edge.agent.schema import SCHEMA, VERSION
from vision import Report, Shot

LONGEST_WAIT = 900.0  # seconds; a later time is a clock that was put back


class State(StrEnum):
    """Of a photo in the queue."""

    WAITING = "waiting"
    SENT = "sent"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Item:
    """A photo in the queue.

    Attributes:
        id: in this queue.
        key: its Idempotency-Key, made once and kept.
        sha256: of its bytes.
        name: of the file it came from.
        filing: where it belongs.
        state: what became of it.
        tries: requests so far.
        verdict: the local one; None if it could not be checked here.
        code: of the last error, None if there was none.
        message: of the last error.
        taken_in_at: seconds since 1970.
    """

    id: int
    key: str
    sha256: str
    name: str
    filing: Filing
    state: State
    tries: int
    verdict: str | None
    code: str | None
    message: str | None
    taken_in_at: float


@dataclass(frozen=True)
class Counts:
    """How many photos are in which state.

    Attributes:
        waiting: for the service.
        sent: answered by the service.
        set_aside: refused by the service.
        oldest_waiting: seconds since 1970, None if none waits.
        otherwise: of those sent, which the service judged otherwise than the agent.
    """

    waiting: int
    sent: int
    set_aside: int
    oldest_waiting: float | None
    otherwise: int


class Queue:
    """The queue of one state folder; safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make an empty one.

        Raises:
            EdgeError: `edge.state_unusable`, `edge.state_newer`, `edge.disk_full`.
        """
        self.folder = folder
        self._photos = PhotoFolder(folder / "photos")
        self._lock = threading.RLock()
        with self._explained():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # photos of people
            self._db = sqlite3.connect(
                folder / "queue.sqlite3", timeout=60, isolation_level=None, check_same_thread=False
            )
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._migrate()

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._db.close()

    def add(
        self, data: bytes, name: str, filing: Filing, report: Report | None
    ) -> tuple[Item, bool]:
        """Take a photo in; when this returns it survives a power cut.

        The same bytes for the same order, technician and shot are one photo, however often they
        come.

        Returns:
            The photo, and whether it is new here.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`; nothing was taken in.
        """
        with self._explained(), self._writing():
            sha256 = self._photos.put(data)
            new = {
                "key": str(uuid.uuid4()),
                "sha256": sha256,
                "bytes": len(data),
                "name": name,
                "work_order": filing.work_order,
                "technician": filing.technician or "",
                "shot": filing.shot,
                "capture": filing.capture,
                "taken_in_at": time.time(),
                "verdict": report.verdict if report else None,
                "model": report.model["version"] if report else None,
                "policy": report.policy["version"] if report else None,
            }
            columns = ", ".join(new)
            marks = ", ".join(f":{column}" for column in new)
            # The names are ours, the values are bound.
            done = self._db.execute(
                f"INSERT OR IGNORE INTO photos ({columns}) VALUES ({marks})",
                new,
            )
            row = self._db.execute(
                "SELECT * FROM photos WHERE sha256 = :sha256 AND work_order = :work_order "
                "AND technician = :technician AND shot = :shot",
                new,
            ).fetchone()
        if row["state"] == State.SENT:  # known long ago: its bytes are with the service
            self._drop_unneeded(sha256)
        return _item(row), done.rowcount == 1

    def next_due(self, now: float) -> Item | None:
        """The photo that has waited longest of those that may be tried now."""
        with self._explained(), self._lock:
            row = self._db.execute(
                "SELECT * FROM photos WHERE state = 'waiting' AND "
                "(next_try_at <= :now OR next_try_at > :now + :longest) "
                "ORDER BY next_try_at, id LIMIT 1",
                {"now": now, "longest": LONGEST_WAIT},
            ).fetchone()
        return _item(row) if row else None

    def read(self, item: Item) -> bytes:
        """A photo's bytes.

        Raises:
            EdgeError: `edge.photo_gone`, its file was deleted or changed behind the queue's back;
                `edge.state_unusable`.
        """
        try:
            with self._explained():
                data = self._photos.get(item.sha256)
        except EdgeError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise EdgeError("edge.photo_gone", "the photo's file is gone") from error
            raise
        if hashlib.sha256(data).hexdigest() != item.sha256:
            raise EdgeError("edge.photo_gone", "the photo's file was changed on the disk")
        return data

    def answered(self, item: Item, check_id: str, verdict: str) -> None:
        """The service has it; only now do its bytes go."""
        self._change(
            item.id,
            state=State.SENT,
            answered_at=time.time(),
            check_id=check_id,
            service_verdict=verdict,
            code=None,
            message=None,
            tries=item.tries + 1,
        )
        self._drop_unneeded(item.sha256)

    def put_off(self, item: Item, until: float, code: str, message: str) -> None:
        """Try it again later, after those that wait."""
        self._change(item.id, next_try_at=until, code=code, message=message, tries=item.tries + 1)

    def set_aside(self, item: Item, code: str, message: str) -> None:
        """The service will never take it as it is: keep it for a person."""
        self._change(
            item.id, state=State.SET_ASIDE, code=code, message=message, tries=item.tries + 1
        )

    def listed(self, state: State, least_tries: int = 0, limit: int = -1) -> list[Item]:
        """The photos of a state, oldest first; with no limit all of them."""
        with self._explained(), self._lock:
            rows = self._db.execute(
                "SELECT * FROM photos WHERE state = ? AND tries >= ? ORDER BY id LIMIT ?",
                [state, least_tries, limit],
            ).fetchall()
        return [_item(row) for row in rows]

    def retry(self, item: Item, filing: Filing) -> None:
        """Send a photo that was set aside again, perhaps filed otherwise.

        Raises:
            EdgeError: `edge.no_such_photo`, the same photo is there under that order already.
        """
        try:
            self._change(
                item.id,
                state=State.WAITING,
                work_order=filing.work_order,
                technician=filing.technician or "",
                shot=filing.shot,
                next_try_at=0,
            )
        except sqlite3.IntegrityError as error:
            raise EdgeError(
                "edge.no_such_photo",
                f"photo {item.id} is in the queue for {filing.work_order} already",
            ) from error

    def forget(self, item: Item) -> None:
        """Take a photo that was set aside out of the queue, after it was handed out."""
        with self._explained(), self._writing():
            self._db.execute("DELETE FROM photos WHERE id = ? AND state = 'set_aside'", [item.id])
        self._drop_unneeded(item.sha256)

    def counts(self) -> Counts:
        """How many photos are in which state."""
        with self._explained(), self._lock:
            rows = self._db.execute("SELECT state, count(*) FROM photos GROUP BY state").fetchall()
        by_state = {state: int(count) for state, count in rows}
        return Counts(
            waiting=by_state.get(State.WAITING, 0),
            sent=by_state.get(State.SENT, 0),
            set_aside=by_state.get(State.SET_ASIDE, 0),
            oldest_waiting=self._value(
                "SELECT min(taken_in_at) FROM photos WHERE state = 'waiting'"
            ),
            otherwise=int(
                self._value(
                    "SELECT count(*) FROM photos WHERE state = 'sent' "
                    "AND verdict IS NOT NULL AND verdict <> service_verdict"
                )
                or 0
            ),
        )

    def note(self, name: str, value: str) -> None:
        """Write down a fact that outlives the process."""
        with self._explained(), self._writing():
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def noted(self, name: str) -> str | None:
        """A fact, or None."""
        with self._explained(), self._lock:
            row = self._db.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else None

    def sweep(self, keep_days: float) -> int:
        """Forget what was answered long ago and drop what a crash left over.

        Only for the one agent that runs: call it under the lock of `edge.agent.running`.

        Returns:
            How many photos without a row were dropped.
        """
        with self._explained(), self._writing():
            before = time.time() - keep_days * 86400
            self._db.execute(
                "DELETE FROM photos WHERE state = 'sent' AND answered_at < ?", [before]
            )
            self._photos.clear_parts()
            needed = {
                row[0]
                for row in self._db.execute("SELECT sha256 FROM photos WHERE state <> 'sent'")
            }
            left_over = self._photos.names() - needed
            for sha256 in left_over:
                self._photos.drop(sha256)
        return len(left_over)

    def _change(self, photo_id: int, **values: Any) -> None:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        with self._explained(), self._writing():
            self._db.execute(
                f"UPDATE photos SET {columns} WHERE id = :id",
                values | {"id": photo_id},
            )

    def _drop_unneeded(self, sha256: str) -> None:
        """Drop a photo's bytes unless another row still needs them."""
        with self._explained(), self._writing():
            needed = self._db.execute(
                "SELECT 1 FROM photos WHERE sha256 = ? AND state <> 'sent'", [sha256]
            ).fetchone()
            if needed is None:
                self._photos.drop(sha256)

    def _value(self, query: str) -> float | None:
        with self._explained(), self._lock:
            row = self._db.execute(query).fetchone()
        return None if row[0] is None else float(row[0])

    def _migrate(self) -> None:
        with self._writing():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise EdgeError(
                    "edge.state_newer",
                    f"{self.folder} was written by a newer version of this program",
                )
            if version == 0:
                for statement in filter(str.strip, SCHEMA.split(";")):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; no other thread or process writes meanwhile, photos included."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (OSError, sqlite3.Error) as error:
            raise disk_error(error, self.folder) from error


def _item(row: sqlite3.Row) -> Item:
    return Item(
        id=row["id"],
        key=row["key"],
        sha256=row["sha256"],
        name=row["name"],
        filing=Filing(
            row["work_order"], row["technician"] or None, Shot(row["shot"]), row["capture"]
        ),
        state=State(row["state"]),
        tries=row["tries"],
        verdict=row["verdict"],
        code=row["code"],
        message=row["message"],
        taken_in_at=row["taken_in_at"],
    )

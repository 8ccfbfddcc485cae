"""One agent a state folder: a lock that goes with the process, however it ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.agent.errors import EdgeError
from edge.agent.folder import disk_error

NAME = "running.sqlite3"
PATIENCE_S = 2  # longer than `is_running` looks


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a state folder. SQLite's own locks work on every system.

    Raises:
        EdgeError: `edge.already_running`, `edge.state_unusable`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = sqlite3.connect(
            folder / NAME, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise disk_error(error, folder) from error
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if _is_locked(error):
                raise EdgeError(
                    "edge.already_running", f"another agent is working in {folder}"
                ) from error
            raise disk_error(error, folder) from error
        yield
    finally:
        lock.close()


def is_running(folder: Path) -> bool:
    """Whether an agent works in a state folder."""
    path = folder / NAME
    if not path.exists():
        return False
    lock = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
    try:
        lock.execute("SELECT * FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        return _is_locked(error)
    finally:
        lock.close()
    return False


def _is_locked(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY

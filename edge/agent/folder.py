"""The agent's own files: written whole or not at all, and really on the disk."""

import errno
import hashlib
import os
import shutil
import sqlite3
from pathlib import Path

from edge.agent.errors import EdgeError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that after a power cut it is there as a whole or not at all.

    Raises:
        OSError: nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    if os.name == "nt":  # no handle to a folder there; the file system's journal has to do
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def need_room(folder: Path, size: int, reserve: int) -> None:
    """Refuse before the disk is full, so that the queue can still be written to.

    Args:
        folder: on the disk in question.
        size: bytes to be written.
        reserve: bytes that stay free.

    Raises:
        EdgeError: `edge.disk_full`.
    """
    free = shutil.disk_usage(folder).free
    if free < size + reserve:
        raise EdgeError(
            "edge.disk_full",
            f"{free // 2**20} MB are free on the disk of {folder}, {reserve // 2**20} MB are kept "
            "free: no photo is taken until there is room",
        )


def disk_error(error: OSError | sqlite3.Error, folder: Path) -> EdgeError:
    """The agent's word for what went wrong while writing."""
    if isinstance(error, OSError):
        is_full = error.errno in FULL
    else:
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if is_full:
        return EdgeError("edge.disk_full", f"the disk of {folder} is full: make room")
    return EdgeError("edge.state_unusable", f"cannot use {folder}: {error}")


class PhotoFolder:
    """Photo bytes under the sha256 of their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where a photo lies, or would."""
        return self._folder / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Keep a photo; its sha256. The same bytes twice are kept once.

        Raises:
            OSError: nothing was kept.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            write_whole(path, data)
            sync_folder(self._folder)
        return sha256

    def get(self, sha256: str) -> bytes:
        """A photo's bytes.

        Raises:
            OSError: it cannot be read.
        """
        return self.path(sha256).read_bytes()

    def drop(self, sha256: str) -> None:
        """Forget a photo."""
        self.path(sha256).unlink(missing_ok=True)

    def names(self) -> set[str]:
        """Of every photo there is."""
        return {path.name for path in self._folder.glob("??/*") if len(path.name) == 64}

    def clear_parts(self) -> None:
        """Delete what a crash left half written."""
        for path in self._folder.glob("??/.*.part"):
            path.unlink(missing_ok=True)

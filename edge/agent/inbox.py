"""The watched folder: polled, because that works on every file system, and no file is taken half.

A file counts as complete when its size, time and place on the disk have not changed between two
looks at least `settle_s` apart, and its content says that nothing is missing. A file that cannot be
taken stays where it is and is named in the status; only what is safe in the queue leaves the
folder.
"""

import json
import logging
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.agent.checking import LocalCheck
from edge.agent.errors import EdgeError
from edge.agent.filing import Defaults, file_photo, sidecar_of
from edge.agent.folder import need_room
from edge.agent.queue import Item, Queue
from vision import PhotoError, Report
from vision.photo import EXTENSIONS, read_bytes

log = logging.getLogger(__name__)
FACT = "inbox"
UNFINISHED = frozenset({"photo.truncated", "photo.empty"})
UNFINISHED_S = 60.0  # a writer that has stopped for so long has given up

Print = tuple[int, int, int]
"""Inode, size and time of the last change: of a file as it was at one moment."""


@dataclass
class _Seen:
    print: Print
    since: float
    tried: tuple[str, str] | None = None  # code and message of why it cannot be taken as it is
    companion: Print | None = None  # of its sidecar when it was tried


@dataclass(frozen=True)
class Taken:
    """A photo that went from the folder into the queue."""

    item: Item
    report: Report | None
    is_new: bool


class Inbox:
    """A folder and what is known of the files in it."""

    def __init__(
        self, folder: Path, queue: Queue, check: LocalCheck, defaults: Defaults, reserve: int
    ) -> None:
        """Watch a folder.

        Args:
            folder: photos in and below it are taken.
            queue: where they go.
            check: looks at them first.
            defaults: for those that do not say what they are of.
            reserve: bytes that stay free on the queue's disk.
        """
        self._folder = folder
        self._queue = queue
        self._check = check
        self._defaults = defaults
        self._reserve = reserve
        self._seen: dict[Path, _Seen] = {}
        self._noted = ""

    def scan(self, settle_s: float) -> Iterator[Taken]:
        """Look at the folder once and take what is complete.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`; the folder is left as it is.
        """
        found = dict(self._photos())
        self._seen = {path: seen for path, seen in self._seen.items() if path in found}
        for path, now_print in found.items():
            seen = self._seen.get(path)
            if seen is None or seen.print != now_print:
                self._seen[path] = _Seen(now_print, time.monotonic())
                seen = self._seen[path]
            if time.monotonic() - seen.since < settle_s or not self._is_worth_a_try(path, seen):
                continue
            taken = self._take(path, seen, settle_s)
            if taken is not None:
                del self._seen[path]
                yield taken
        self._note_problems()

    @property
    def is_idle(self) -> bool:
        """Nothing is left in the folder that may still be taken as it is."""
        return all(seen.tried is not None for seen in self._seen.values())

    def _photos(self) -> Iterator[tuple[Path, Print]]:
        for folder, folders, names in os.walk(self._folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if name.startswith(".") or path.suffix.lower() not in EXTENSIONS:
                    continue
                found = _print_of(path)
                if found is not None:
                    yield path, found

    def _is_worth_a_try(self, path: Path, seen: _Seen) -> bool:
        """Not again while nothing has changed, neither the photo nor its sidecar."""
        return seen.tried is None or seen.companion != _companion_of(path)

    def _take(self, path: Path, seen: _Seen, settle_s: float) -> Taken | None:
        seen.companion = _companion_of(path)
        try:
            filing = file_photo(path, self._folder, self._defaults)
            data = read_bytes(path)
            if _print_of(path) != seen.print:
                return None  # somebody is writing after all
            report = self._check(data, filing.shot)
        except (PhotoError, EdgeError) as error:
            if error.code in UNFINISHED and time.monotonic() - seen.since < UNFINISHED_S + settle_s:
                return None
            seen.tried = (error.code, error.message)
            log.warning("left in the folder: %s: %s  %s", path.name, error.code, error.message)
            return None
        need_room(self._queue.folder, len(data), self._reserve)
        item, is_new = self._queue.add(data, path.name, filing, report)
        self._remove(path, seen.print)
        return Taken(item, report, is_new)

    def _remove(self, path: Path, taken: Print) -> None:
        """Delete what is in the queue; if the name is another photo by now, that one stays."""
        sidecar = sidecar_of(path)
        try:
            if _print_of(path) == taken:
                path.unlink()
                if sidecar is not None:
                    sidecar.unlink(missing_ok=True)
        except OSError as error:  # safe: the same photo is not taken twice
            self._seen[path] = _Seen(taken, time.monotonic())
            raise EdgeError(
                "edge.inbox_unusable", f"cannot delete {path} after it was taken: {error.strerror}"
            ) from error

    def _note_problems(self) -> None:
        """Write down what cannot be taken, for the status; only where it has changed."""
        problems = [
            {"file": str(path.relative_to(self._folder)), "code": tried[0], "message": tried[1]}
            for path, seen in sorted(self._seen.items())
            if (tried := seen.tried) is not None
        ]
        text = json.dumps(problems, ensure_ascii=False)
        if text != self._noted:
            self._queue.note(FACT, text)
            self._noted = text


def _print_of(path: Path) -> Print | None:
    """None if it is gone, or no plain file: links are not followed out of the folder."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _companion_of(path: Path) -> Print | None:
    sidecar = sidecar_of(path)
    return _print_of(sidecar) if sidecar else None

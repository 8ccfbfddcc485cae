"""The search for parts of other photos, after the answer, by workers that have nothing to check.

The row of a check says that its search is pending; it is committed with the check and cleared with
what the search found. So a search is never lost: what a process left is found at the next start,
or by the others.

A photo is remembered before others are searched for it. Of two that are searched at the same moment
by two processes at least one therefore finds the other, and the flag goes to the later of the two,
whichever found it.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from api.copies import Appearance, Copy, Grey, find_copies, remember, shrunk_photo
from api.db import Database
from api.flags import raise_later
from api.fraud import Question, is_cut_out_of
from api.metrics import Metrics
from api.photos import PhotoStore
from api.recapture import recaptured
from api.tables import Check, FlagKind, PhotoSketch, now
from vision.photo import decode_luminance

BATCH = 8  # photos that share two transactions
BEHIND = 16  # photos; past it the search goes before checks
HELD = 64  # photos that are not decoded a second time, about 100 kB each
ABANDONED = timedelta(minutes=1)  # pending for longer: whoever answered the check is gone
KNOWN = frozenset({FlagKind.SAME_PHOTO, FlagKind.NEAR_DUPLICATE, FlagKind.CROPPED_COPY})
"""A check with one of these is known to be a copy: parts are not asked about as well."""


@dataclass(frozen=True)
class _Found:
    check_id: str
    copies: list[Copy]


class Searcher:
    """A `Chore` of the pool; safe to share between threads."""

    def __init__(
        self,
        database: Database,
        store: PhotoStore,
        metrics: Metrics,
        wake: Callable[[], None],
        ask_recaptured: bool = True,
    ) -> None:
        self._database = database
        self._store = store
        self._metrics = metrics
        self._wake = wake
        self._ask_recaptured = ask_recaptured
        self._lock = threading.Lock()
        self._fresh: deque[tuple[str, Grey | None]] = deque()
        self._old: deque[str] = deque()
        self._held = 0
        metrics.searches_waiting.set_function(lambda: self.waiting)

    @property
    def waiting(self) -> int:
        """Photos to search for."""
        return len(self._fresh) + len(self._old)

    @property
    def is_behind(self) -> bool:
        """Whether the checks of the last seconds wait; what is left from before is in no hurry."""
        return len(self._fresh) > BEHIND

    def add(self, check_id: str, grey: Grey) -> None:
        """Search for a check that has been committed; `grey` as `sketch.shrunk` makes it."""
        with self._lock:
            held = self._held < HELD
            self._held += held
            self._fresh.append((check_id, grey if held else None))
        self._wake()

    def adopt(self, older_than: timedelta = ABANDONED) -> int:
        """Take over what is pending for so long, and say how much that is."""
        pending = (
            select(Check.id)
            .where(Check.search_pending, Check.created_at <= now() - older_than)
            .order_by(Check.created_at)
        )
        with self._lock:
            known = {check_id for check_id, _ in self._fresh}.union(self._old)
        with self._database.read() as session:
            left = [check_id for check_id in session.scalars(pending) if check_id not in known]
        with self._lock:
            self._old.extend(left)
        if left:
            self._wake()
        return len(left)

    def do(self) -> None:
        """Search for the next few; what fails stays pending and is taken over later."""
        started, cpu = time.perf_counter(), time.thread_time()
        batch = self._take()
        greys = {check_id: grey for check_id, grey in batch if grey is not None}
        looks = self._remember([check_id for check_id, _ in batch], greys)
        found = []
        with self._database.read() as session:
            for check_id, appearance in looks.items():
                copies = find_copies(session, self._store, appearance, check_id)
                found.append(_Found(check_id, copies))
        check_ids = [check_id for check_id, _ in batch]
        self._finish(check_ids, found, self._recaptured(check_ids))
        for _ in batch:
            self._metrics.stage("search", (time.perf_counter() - started) / len(batch))
        self._metrics.search_cpu.inc(time.thread_time() - cpu)

    def _take(self) -> list[tuple[str, Grey | None]]:
        with self._lock:
            batch = [self._fresh.popleft() for _ in range(min(BATCH, len(self._fresh)))]
            self._held -= sum(grey is not None for _, grey in batch)
            more = min(BATCH - len(batch), len(self._old))
            return batch + [(self._old.popleft(), None) for _ in range(more)]

    def _remember(self, check_ids: list[str], greys: dict[str, Grey]) -> dict[str, Appearance]:
        """Make others find these photos; those of them that are to be searched for."""
        unread = [check_id for check_id in check_ids if check_id not in greys]
        if unread:
            read = {check_id: shrunk_photo(data) for check_id, data in self._photos(unread)}
            greys = greys | read
        looks = {check_id: Appearance.of(grey) for check_id, grey in greys.items()}
        searched = {}
        with self._database.write() as session:
            checks = session.scalars(_locked(check_ids)).all()
            # Under the lock: another process may be at it, or have died in between.
            mine = select(PhotoSketch.check_id).where(PhotoSketch.check_id.in_(check_ids))
            known = set(session.scalars(mine))
            for check in checks:
                if check.photo_deleted_at is not None or check.id not in looks:
                    continue
                if check.id not in known:
                    remember(session, check.id, looks[check.id].plain)
                if not _is_known(check):
                    searched[check.id] = looks[check.id]
        return searched

    def _photos(self, check_ids: list[str]) -> Iterator[tuple[str, bytes]]:
        """The files of those that are pending and still kept."""
        wanted = select(Check.id, Check.photo_sha256).where(
            Check.id.in_(check_ids), Check.search_pending, Check.photo_deleted_at.is_(None)
        )
        with self._database.read() as session:
            addresses = {row.id: row.photo_sha256 for row in session.execute(wanted)}
        for check_id, address in addresses.items():
            with contextlib.suppress(FileNotFoundError):  # its time ran out a moment ago
                yield check_id, self._store.get(address)

    def _recaptured(self, check_ids: list[str]) -> dict[str, Question]:
        """What to ask about those whose photo may be one of a screen or of a print."""
        if not self._ask_recaptured:
            return {}
        looked = {
            check_id: recaptured(decode_luminance(data))
            for check_id, data in self._photos(check_ids)
        }
        return {
            check_id: Question(FlagKind.RECAPTURED, facts=facts)
            for check_id, facts in looked.items()
            if facts is not None
        }

    def _finish(
        self, check_ids: list[str], found: list[_Found], recaptures: dict[str, Question]
    ) -> None:
        """Write down what was found, and that nothing is pending any more."""
        named = {copy.check_id for one in found for copy in one.copies}
        flagged = 0
        with self._database.write() as session:
            rows = session.scalars(_locked({*check_ids, *named})).all()
            checks: dict[str, Check] = {check.id: check for check in rows}
            done = {check_id for check_id in check_ids if checks[check_id].search_pending}
            for check_id in done:
                checks[check_id].search_pending = False
            for one in found:
                if one.check_id in done:  # else another process was faster
                    flagged += _flag(session, checks, checks[one.check_id], one.copies)
            asked = done & recaptures.keys()
            for check_id in sorted(asked):
                raise_later(session, checks[check_id], recaptures[check_id])
        self._metrics.flags.labels(FlagKind.CROPPED_COPY).inc(flagged)
        self._metrics.flags.labels(FlagKind.RECAPTURED).inc(len(asked))


def _locked(check_ids: Collection[str]) -> Select[Any]:
    """Always in one order, so that two who lock the same rows do not wait for each other."""
    mine = select(Check).where(Check.id.in_(check_ids)).order_by(Check.id).with_for_update()
    return mine.options(selectinload(Check.flags))


def _is_known(check: Check) -> bool:
    return any(flag.kind in KNOWN for flag in check.flags)


def _flag(session: Session, checks: dict[str, Check], check: Check, copies: list[Copy]) -> int:
    """Ask about the check if it shows a part of an earlier one, and about later ones that do."""
    flagged = 0
    for copy in copies:
        if not is_cut_out_of(copy, check.shot, check.order_id):
            continue
        pair = sorted((check, checks[copy.check_id]), key=lambda one: (one.created_at, one.id))
        earlier, later = pair
        if _is_known(later):
            continue
        facts = {"agreement": round(copy.agreement, 3), "mirrored": copy.mirrored}
        raise_later(session, later, Question(FlagKind.CROPPED_COPY, earlier.id, facts))
        flagged += 1
    return flagged

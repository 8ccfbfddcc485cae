"""The audit log: append-only, every entry's digest covers the one before it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.tables import AuditEntry, AuditHead, now

GENESIS = "0" * 64


def append(session: Session, actor_id: str | None, action: str, subject: str, **facts: Any) -> None:
    """Add an entry as part of the caller's transaction; call it last, it orders the writers.

    Args:
        session: a write transaction.
        actor_id: who; None is the service itself.
        action: what, e.g. `photo.viewed`.
        subject: on which thing, e.g. `check:3f…`; identifiers only, never a name.
        facts: more, without names.
    """
    session.flush()
    head = session.scalars(select(AuditHead).with_for_update()).one()
    seq, at = head.seq + 1, now()
    digest = _digest(head.digest, seq, at, actor_id, action, subject, facts)
    entry = AuditEntry(
        seq=seq,
        at=at,
        actor_id=actor_id,
        action=action,
        subject=subject,
        facts=facts,
        digest=digest,
    )
    session.add(entry)
    head.seq, head.digest = seq, digest


def _digest(
    previous: str,
    seq: int,
    at: datetime,
    actor_id: str | None,
    action: str,
    subject: str,
    facts: dict[str, Any],
) -> str:
    fields = [previous, seq, at.isoformat(), actor_id, action, subject, facts]
    line = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


@dataclass(frozen=True)
class Chain:
    """What `verify` found.

    Attributes:
        entries: how many there are.
        head: digest of the last one; kept elsewhere, it shows later that none was cut off.
        broken_at: number of the first entry that does not fit; None if all do.
        head_fits: the head row names the last entry.
        known: the digest the caller knew from before is in the chain.
    """

    entries: int
    head: str
    broken_at: int | None
    head_fits: bool
    known: bool

    @property
    def is_whole(self) -> bool:
        """Nothing was changed, taken out or cut off."""
        return self.broken_at is None and self.head_fits and self.known


def verify(session: Session, known_digest: str | None = None) -> Chain:
    """Walk the chain from its first entry.

    Args:
        session: a read transaction.
        known_digest: a head noted earlier, outside this database.
    """
    digest, seq, broken_at = GENESIS, 0, None
    known = known_digest in (None, GENESIS)
    entries = session.scalars(
        select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=1000)
    )
    for entry in entries:
        seq += 1
        expected = _digest(
            digest, seq, entry.at, entry.actor_id, entry.action, entry.subject, entry.facts
        )
        if broken_at is None and (entry.seq != seq or entry.digest != expected):
            broken_at = seq
        digest = entry.digest
        known = known or digest == known_digest
    head = session.scalars(select(AuditHead)).one()
    return Chain(seq, digest, broken_at, (head.seq, head.digest) == (seq, digest), known)

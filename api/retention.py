"""What is kept only for a time: photos by verdict, and old idempotency keys; reports stay."""

import logging
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update

from api import audit, copies
from api.custody import drop_unneeded
from api.db import Database
from api.photos import PhotoStore
from api.settings import Settings
from api.tables import Appeal, Check, Claim, now
from vision import Verdict

log = logging.getLogger(__name__)
BATCH = 200


def sweep(database: Database, store: PhotoStore, settings: Settings) -> int:
    """Delete the photos and keys whose time is over; how many checks lost their photo.

    Photos of checks with an appeal that waits for an answer stay until it is answered.
    """
    forget_keys(database, settings)
    total = 0
    while batch := _expire(database, settings):
        for address in {address for _, address in batch}:
            drop_unneeded(database, store, address)
        total += len(batch)
    return total


def forget_keys(database: Database, settings: Settings) -> int:
    """Forget idempotency keys that no client repeats any more; how many.

    A key that comes again afterwards is a new one: its photo is checked again, and flagged as
    sent before.
    """
    oldest = now() - timedelta(days=settings.keep_keys_days)
    with database.write() as session:
        done = session.execute(delete(Claim).where(Claim.claimed_at < oldest))
    forgotten = int(cast("CursorResult[Any]", done).rowcount)
    log.info("old idempotency keys forgotten", extra={"facts": {"keys": forgotten}})
    return forgotten


def _expire(database: Database, settings: Settings) -> list[tuple[str, str]]:
    """Mark some checks' photos as deleted: (check, address)."""
    ages = {
        Verdict.PASS: settings.keep_days_pass,
        Verdict.NOT_ASKED: settings.keep_days_pass,
        Verdict.UNSURE: settings.keep_days_unsure,
        Verdict.FAIL: settings.keep_days_fail,
    }
    expired = or_(
        *(
            (Check.final_verdict == verdict) & (Check.created_at < now() - timedelta(days=days))
            for verdict, days in ages.items()
        )
    )
    waiting = select(Appeal.check_id).where(Appeal.answered_by.is_(None))
    statement = (
        select(Check.id, Check.photo_sha256)
        .where(Check.photo_deleted_at.is_(None), expired, Check.id.not_in(waiting))
        .limit(BATCH)
    )
    with database.write() as session:
        rows = [(check, address) for check, address in session.execute(statement)]
        ids = [check for check, _ in rows]
        session.execute(update(Check).where(Check.id.in_(ids)).values(photo_deleted_at=now()))
        copies.forget(session, ids)
        if ids:
            audit.append(session, None, "photos.expired", "retention", checks=ids)
    return rows

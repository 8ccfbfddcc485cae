"""Idempotency keys: the same key and request answer the same check, whatever breaks between."""

import hashlib
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.db import Database
from api.errors import ApiError
from api.tables import Claim, new_id, now


def digest_of(*parts: bytes) -> str:
    """One digest over several byte strings; their lengths are part of it."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


class Holder:
    """One request's hold on its key, from `take` to `answer` or `release`."""

    def __init__(self, account_id: str, key: str, digest: str, lease_s: float) -> None:
        self._where = (Claim.account_id == account_id, Claim.key == key)
        self._row = {"account_id": account_id, "key": key, "digest": digest}
        self._digest = digest
        self._lease = timedelta(seconds=lease_s)
        self._id = new_id()

    def take(self, database: Database) -> str | None:
        """Take the key.

        Returns:
            None if it is ours now, or the check that already answered it.

        Raises:
            ApiError: `idempotency.key_reused`, `idempotency.in_progress`.
        """
        with database.write() as session:
            claim = self._insert(session)
            if claim is None:
                return None
            if claim.digest != self._digest:
                raise ApiError(
                    "idempotency.key_reused",
                    "this Idempotency-Key was used for another request; make a new one",
                )
            if claim.check_id is None and claim.claimed_at > now() - self._lease:
                raise ApiError(
                    "idempotency.in_progress",
                    "the first request with this Idempotency-Key is still running",
                    retry_after=1,
                )
            if claim.check_id is None:  # whoever held it died
                claim.holder, claim.claimed_at = self._id, now()
            return claim.check_id

    def _insert(self, session: Session) -> Claim | None:
        """Insert the claim; the one that is there already, if so, locked."""
        try:
            with session.begin_nested():
                session.add(Claim(**self._row, holder=self._id, claimed_at=now()))
        except IntegrityError:
            statement = select(Claim).where(*self._where).with_for_update()
            found = session.scalar(statement)
            return found if found is not None else self._insert(session)
        return None

    def answer(self, session: Session, check_id: str) -> None:
        """Tie the key to its check, in the transaction that makes the check.

        Raises:
            ApiError: `idempotency.in_progress`, we were so slow that somebody else took over.
        """
        mine = (*self._where, Claim.holder == self._id, Claim.check_id.is_(None))
        done = session.execute(update(Claim).where(*mine).values(check_id=check_id))
        if not cast("CursorResult[Any]", done).rowcount:
            raise ApiError(
                "idempotency.in_progress", "another request took this key over", retry_after=1
            )

    def release(self, database: Database) -> None:
        """Give the key back after an error: the request may be repeated."""
        mine = (*self._where, Claim.holder == self._id, Claim.check_id.is_(None))
        with database.write() as session:
            session.execute(delete(Claim).where(*mine))

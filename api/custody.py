"""Photos and their rows: taking one in, dropping one, and proving that none is missing."""

from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.db import Database
from api.photos import PhotoStore
from api.tables import Check, StoredPhoto, now


def take_in(session: Session, store: PhotoStore, address: str, data: bytes) -> None:
    """Lock the photo's row (made if missing) and make sure, under the lock, the blob is there."""
    _lock(session, address, len(data))
    if not store.has(address):  # dropped between our writing it and the lock
        store.put(data)


def drop_unneeded(database: Database, store: PhotoStore, address: str) -> bool:
    """Delete a photo's blob and row unless a check still needs it; whether it was deleted."""
    with database.write() as session:
        _lock(session, address, 0)
        needed = exists().where(Check.photo_sha256 == address, Check.photo_deleted_at.is_(None))
        if session.scalar(select(needed)):
            return False
        store.drop(address)
        session.execute(delete(StoredPhoto).where(StoredPhoto.sha256 == address))
        return True


def _lock(session: Session, address: str, size: int) -> None:
    """Insert the row or touch it: either way nobody else has it until the transaction ends."""
    values = {"sha256": address, "size": size, "stored_at": now()}
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(StoredPhoto).values(values).on_conflict_do_nothing()
    touch = update(StoredPhoto).where(StoredPhoto.sha256 == address).values(sha256=address)
    while True:
        session.execute(insert)
        if cast("CursorResult[Any]", session.execute(touch)).rowcount:
            return  # else somebody deleted it between the two: insert again


@dataclass
class Inventory:
    """What `verify` found.

    Attributes:
        photos: blobs that are there and needed.
        dangling: needed, but not there (or, when contents are read, not what they should be).
        orphans: there, but needed by no check.
        leftovers: parts of files whose writer died.
        repaired: orphans and leftovers that were deleted.
    """

    photos: int = 0
    dangling: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    repaired: int = 0

    @property
    def is_clean(self) -> bool:
        """Nothing missing, and nothing left over that was not deleted."""
        left = len(self.orphans) + len(self.leftovers) - self.repaired
        return not self.dangling and left == 0


def verify(
    database: Database,
    store: PhotoStore,
    repair: bool = False,
    read: bool = False,
    grace_s: float = 3600,
) -> Inventory:
    """Compare rows with blobs.

    Args:
        database: with the rows.
        store: with the blobs.
        repair: delete what no check needs.
        read: read every photo and compare its sha256.
        grace_s: a part of a file younger than this may still be written.
    """
    found = Inventory()
    there = set(store.addresses())  # before the rows: a photo on its way has its blob first
    with database.read() as session:
        alive = Check.photo_deleted_at.is_(None)
        needed = set(session.scalars(select(Check.photo_sha256).where(alive).distinct()))
    found.orphans = sorted(there - needed)
    found.leftovers = store.leftovers(grace_s)
    for address in sorted(needed):
        if _is_whole(store, address, read):
            found.photos += 1
        elif not _was_dropped_since(database, address):
            found.dangling.append(address)
    if repair:
        found.repaired = sum(drop_unneeded(database, store, a) for a in found.orphans)
        found.repaired += sum(store.drop_leftover(path) for path in found.leftovers)
    return found


def _is_whole(store: PhotoStore, address: str, read: bool) -> bool:
    if not read:
        return store.has(address)
    return store.is_intact(address)


def _was_dropped_since(database: Database, address: str) -> bool:
    """Retention may run beside us: a row read as needed can have lost its photo by now."""
    with database.read() as session:
        alive = exists().where(Check.photo_sha256 == address, Check.photo_deleted_at.is_(None))
        return not session.scalar(select(alive))

"""A person's data: handed out as one archive, or erased."""

import contextlib
import io
import json
import zipfile
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api import copies
from api.accounts import close_account
from api.photos import PhotoStore
from api.tables import (
    Account,
    Appeal,
    Check,
    Gear,
    HashBand,
    Omission,
    Review,
    SavedFilter,
    WorkOrder,
    new_id,
    now,
)


def export(session: Session, store: PhotoStore, account: Account) -> bytes:
    """Everything kept about a person, as a ZIP: data.json and the photos as they were sent."""
    checks = session.scalars(select(Check).where(Check.technician_id == account.id)).all()
    data = {
        "account": _columns(account, without={"password_hash"}),
        "checks": [_columns(check) for check in checks],
        "appeals": _rows(session, Appeal, Appeal.technician_id == account.id),
        "omissions": _rows(session, Omission, Omission.technician_id == account.id),
        "reviews": _rows(session, Review, Review.reviewer_id == account.id),
        "work_orders": _rows(session, WorkOrder, WorkOrder.technician_id == account.id),
        "gear": _rows(session, Gear, Gear.technician_id == account.id),
        "saved_filters": _rows(session, SavedFilter, SavedFilter.account_id == account.id),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
        archive.writestr("data.json", text)
        kept = {check.photo_sha256 for check in checks if check.photo_deleted_at is None}
        for address in sorted(kept):
            with contextlib.suppress(FileNotFoundError):  # its time ran out a moment ago
                archive.writestr(f"photos/{address}", store.get(address))
    return out.getvalue()


def erase(session: Session, account: Account) -> list[str]:
    """Take out of the database what tells who the person is; the counts stay.

    Their photos, places and words go; verdicts stay under an account without a name.

    Returns:
        Addresses of photos to drop after the transaction.
    """
    close_account(session, account)
    account.login = f"erased-{new_id()}"
    account.name = "erased"
    account.password_hash = None
    account.erased_at = now()
    mine = Check.technician_id == account.id
    checks = session.scalars(select(Check).where(mine)).all()
    addresses = sorted({c.photo_sha256 for c in checks if c.photo_deleted_at is None})
    for check in checks:
        check.photo_deleted_at = check.photo_deleted_at or now()
        check.capture = None
        check.photo_hash = None
        check.faces = None
        check.report = check.report | {"capture": dict.fromkeys(check.report["capture"])}
    ids = [check.id for check in checks]
    session.execute(delete(HashBand).where(HashBand.check_id.in_(ids)))
    copies.forget(session, ids)
    texts = update(Appeal).where(Appeal.technician_id == account.id)
    session.execute(texts.values(text="erased"))
    missing = update(Omission).where(Omission.technician_id == account.id)
    session.execute(missing.values(text="erased", comment="erased", capture=None))
    comments = update(Review).where(Review.check_id.in_(ids))
    session.execute(comments.values(comment="erased"))
    session.execute(delete(SavedFilter).where(SavedFilter.account_id == account.id))
    labels = update(Gear).where(Gear.technician_id == account.id)
    session.execute(labels.values(label="erased"))
    return addresses


def _rows(session: Session, table: Any, condition: Any) -> list[dict[str, Any]]:
    return [_columns(row) for row in session.scalars(select(table).where(condition))]


def _columns(row: Any, without: set[str] | frozenset[str] = frozenset()) -> dict[str, Any]:
    names = {column.key for column in row.__mapper__.column_attrs} - without
    return {name: getattr(row, name) for name in sorted(names)}

"""Listings in pages: newest first, a cursor says where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import Session

from api.errors import ApiError

Item = TypeVar("Item")
Limit = Annotated[int, Query(ge=1, le=200, description="at most so many items")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """One page of a listing."""

    items: list[Item]
    next: str | None = Field(None, description="cursor of the next page; null on the last one")


def fetch(
    session: Session, statement: Select[Any], table: Any, limit: int, cursor: str | None
) -> tuple[Sequence[Any], str | None]:
    """One page of rows, newest first, and the cursor of the next.

    Raises:
        ApiError: `request.invalid`, the cursor is not one of ours.
    """
    if cursor is not None:
        at, row_id = _decode(cursor)
        before = or_(table.created_at < at, and_(table.created_at == at, table.id < row_id))
        statement = statement.where(before)
    ordered = statement.order_by(table.created_at.desc(), table.id.desc()).limit(limit + 1)
    rows = session.scalars(ordered).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], _encode(last.created_at, last.id)


def _encode(at: datetime, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode()


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, row_id = (
            base64.b64decode(cursor, b"-_", validate=True).decode("ascii").partition("|")
        )
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not row_id.isalnum():
            raise ValueError("no time with zone and identifier")
    except (ValueError, binascii.Error) as error:
        raise ApiError(
            "request.invalid",
            "the cursor is not one that a page gave",
            errors=[{"field": "cursor", "message": "not a cursor"}],
        ) from error
    return moment, row_id

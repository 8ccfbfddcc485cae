"""The audit log, to read."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from api.access import allow
from api.schemas import Id
from api.services import Injected
from api.tables import AuditEntry, Role

router = APIRouter(prefix="/v1/audit", tags=["audit"])


class EntryOut(BaseModel):
    """Who did what to which thing."""

    seq: int
    at: datetime
    actor_id: str | None = Field(description="null: the service itself")
    action: str
    subject: str
    facts: dict[str, Any]
    digest: str = Field(description="covers this entry and the digest of the one before")


@router.get("", **allow(Role.ADMIN, Role.AUDITOR))
def list_entries(
    services: Injected,
    actor: Annotated[Id | None, Query(description="account")] = None,
    action: Annotated[str | None, Query(pattern=r"^[a-z._]{1,64}$")] = None,
    subject: Annotated[str | None, Query(pattern=r"^[a-z]+:[0-9a-z]{1,40}$")] = None,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="entries after this one")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[EntryOut]:
    """List entries in their order; the next page begins after the last `seq`."""
    statement = select(AuditEntry).where(AuditEntry.seq > after)
    for column, value in (
        (AuditEntry.actor_id, actor),
        (AuditEntry.action, action),
        (AuditEntry.subject, subject),
    ):
        if value is not None:
            statement = statement.where(column == value)
    with services.database.read() as session:
        rows = session.scalars(statement.order_by(AuditEntry.seq).limit(limit)).all()
    return [
        EntryOut(
            seq=row.seq,
            at=row.at,
            actor_id=row.actor_id,
            action=row.action,
            subject=row.subject,
            facts=row.facts,
            digest=row.digest,
        )
        for row in rows
    ]

"""What is worked on and with: policies, work orders, gear."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.tables.base import Base, Identified, now
from api.tables.people import Account


class PolicyVersion(Base):
    """A policy as it stood; the newest is in force, older ones stay for their reports."""

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(100), unique=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class WorkOrder(Identified, Base):
    """One visit: who goes where and when, and which shots are asked."""

    __tablename__ = "work_orders"

    number: Mapped[str] = mapped_column(String(64), unique=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True)
    technician_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    shots: Mapped[list[str]] = mapped_column(JSON)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    technician: Mapped[Account | None] = relationship()


class OmissionState(StrEnum):
    """What became of a photo that was not taken."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Omission(Identified, Base):
    """A technician says why a photo that is asked for cannot be taken; a supervisor answers.

    Attributes:
        key: the Idempotency-Key of the request, one sender's own; kept as long as the row.
        text: the technician's words.
        capture: when and where they were said, as the capture record of a photo.
        comment: the supervisor's words.
        version: counts the decisions; whoever decides names the one they saw.
    """

    __tablename__ = "omissions"

    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.id"), index=True)
    technician_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    submitted_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    shot: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(128))
    text: Mapped[str] = mapped_column(Text)
    capture: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[OmissionState] = mapped_column(String(8), default=OmissionState.OPEN)
    comment: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    order: Mapped[WorkOrder] = relationship()
    technician: Mapped[Account] = relationship(foreign_keys=technician_id)
    decider: Mapped[Account | None] = relationship(foreign_keys=decided_by)

    __table_args__ = (
        UniqueConstraint("submitted_by", "key"),
        Index("ix_omissions_state_created_at", "state", "created_at"),
    )


class GearKind(StrEnum):
    """Gear whose age the norms limit."""

    HELMET = "helmet"
    INSULATED_SHOES = "insulated_shoes"


class Gear(Identified, Base):
    """One helmet or pair of shoes that a technician was given."""

    __tablename__ = "gear"

    technician_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[GearKind] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(String(64))
    issued_on: Mapped[date]
    tested_on: Mapped[date | None]
    due_on: Mapped[date] = mapped_column(index=True)
    retired_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    technician: Mapped[Account] = relationship()


class SavedFilter(Identified, Base):
    """A filter of the queue under a name; `query` is what follows the `?` of its address."""

    __tablename__ = "saved_filters"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000))

    __table_args__ = (UniqueConstraint("account_id", "name"),)

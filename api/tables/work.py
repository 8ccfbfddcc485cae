"""What is worked on and with: policies, work orders, gear."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
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

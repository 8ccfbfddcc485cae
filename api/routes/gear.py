"""The gear register: helmets and insulated shoes, and which are due."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api import audit
from api.access import ALL, Actor, CurrentActor, allow, find_account, visible_gear
from api.errors import ApiError, not_found
from api.gear import due_on
from api.pages import Cursor, Limit, Page, fetch
from api.schemas import Created, Id, Name, PathId, Strict
from api.services import Injected
from api.settings import Settings
from api.tables import Gear, GearKind, Role

router = APIRouter(prefix="/v1/gear", tags=["gear"])
KEEPERS = (Role.SUPERVISOR, Role.ADMIN)
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class GearIn(Strict):
    """Gear that was handed to a technician."""

    technician_id: Id
    kind: GearKind
    label: Name = Field(max_length=64, examples=["H-20417"], description="what is written on it")
    issued_on: Day
    tested_on: Day | None = Field(None, description="of insulated shoes: the last test")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.tested_on is not None and self.kind is GearKind.HELMET:
            raise ValueError("helmets are replaced, not tested")
        if self.tested_on is not None and self.tested_on < self.issued_on:
            raise ValueError("tested_on is before issued_on")
        return self


class GearChange(Strict):
    """A test, or the end of use; fields left out stay."""

    version: Annotated[int, Field(ge=1, le=2**31 - 2, description="of the gear as it was seen")]
    tested_on: Day | None = None
    retired_on: Day | None = None


class GearState(StrEnum):
    """How long it may still be used."""

    FINE = "fine"
    SOON = "soon"
    DUE = "due"
    RETIRED = "retired"


class GearOut(Created):
    """One helmet or pair of shoes."""

    technician_id: str
    kind: GearKind
    label: str
    issued_on: date
    tested_on: date | None
    due_on: date = Field(description="first day without a valid test, or past its life")
    retired_on: date | None
    state: GearState
    version: int


@router.post("", status_code=201, **allow(*KEEPERS, scoped=True))
def add_gear(body: GearIn, actor: CurrentActor, services: Injected) -> GearOut:
    """Enter gear that a technician was given."""
    with services.database.write() as session:
        technician = find_account(session, actor, body.technician_id)
        if technician is None or technician.role != Role.TECHNICIAN:
            raise not_found("technician")
        due = due_on(body.kind, body.issued_on, body.tested_on)
        row = Gear(**body.model_dump(), due_on=due, version=1)
        session.add(row)
        session.flush()
        audit.append(session, actor.id, "gear.added", f"gear:{row.id}")
        return _out(row, services.settings)


@router.get("", **allow(*ALL))
def list_gear(
    actor: CurrentActor,
    services: Injected,
    technician: Id | None = None,
    kind: GearKind | None = None,
    due_within_days: Annotated[
        int | None, Query(ge=0, le=3650, description="due already or within so many days")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GearOut]:
    """List the gear one may see; with due_within_days what needs doing, without the retired."""
    statement: Select[Any] = visible_gear(select(Gear), actor)
    if technician is not None:
        statement = statement.where(Gear.technician_id == technician)
    if kind is not None:
        statement = statement.where(Gear.kind == kind)
    if due_within_days is not None:
        limit_day = _today(services.settings) + timedelta(days=due_within_days)
        statement = statement.where(Gear.due_on <= limit_day, Gear.retired_on.is_(None))
    with services.database.read() as session:
        rows, following = fetch(session, statement, Gear, limit, cursor)
    return Page(items=[_out(row, services.settings) for row in rows], next=following)


@router.patch("/{gear_id}", **allow(*KEEPERS, scoped=True, also=(409,)))
def change_gear(
    gear_id: PathId, body: GearChange, actor: CurrentActor, services: Injected
) -> GearOut:
    """Enter a test of insulated shoes, or that gear is no longer used."""
    with services.database.write() as session:
        row = _find(session, actor, gear_id)
        if row.version != body.version:
            raise ApiError(
                "request.conflict", "somebody changed it first: read it again", version=row.version
            )
        if body.tested_on is not None:
            if row.kind == GearKind.HELMET or body.tested_on < row.issued_on:
                raise ApiError("request.invalid", "only shoes are tested, and after their issue")
            row.tested_on = body.tested_on
            row.due_on = due_on(GearKind(row.kind), row.issued_on, row.tested_on)
        if body.retired_on is not None:
            row.retired_on = body.retired_on
        row.version += 1
        fields = sorted(body.model_fields_set - {"version"})
        audit.append(session, actor.id, "gear.changed", f"gear:{row.id}", fields=fields)
        return _out(row, services.settings)


def _find(session: Session, actor: Actor, gear_id: str) -> Gear:
    statement = visible_gear(select(Gear).where(Gear.id == gear_id), actor).with_for_update()
    row: Gear | None = session.scalar(statement)
    if row is None:
        raise not_found("gear")
    return row


def _today(settings: Settings) -> date:
    return datetime.now(settings.zone).date()


def _out(row: Gear, settings: Settings) -> GearOut:
    today = _today(settings)
    if row.retired_on is not None:
        state = GearState.RETIRED
    elif row.due_on <= today:
        state = GearState.DUE
    elif row.due_on <= today + timedelta(days=settings.gear_reminder_days):
        state = GearState.SOON
    else:
        state = GearState.FINE
    return GearOut(
        id=row.id,
        created_at=row.created_at,
        technician_id=row.technician_id,
        kind=row.kind,
        label=row.label,
        issued_on=row.issued_on,
        tested_on=row.tested_on,
        due_on=row.due_on,
        retired_on=row.retired_on,
        state=state,
        version=row.version,
    )

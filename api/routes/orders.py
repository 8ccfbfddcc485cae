"""Work orders: which shots are asked, which are in, how the visit stands."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api import audit, omissions
from api.access import ALL, Actor, CurrentActor, allow, find_account, visible_orders
from api.errors import ApiError, not_found
from api.pages import Cursor, Limit, Page, fetch
from api.policies import policy_in_force
from api.routes.omissions import OmissionOut
from api.schemas import Created, Id, Number, PathId, Strict
from api.services import Injected
from api.tables import Check, Omission, OmissionState, Role, Team, WorkOrder
from vision import Shot, Verdict

router = APIRouter(prefix="/v1/work-orders", tags=["work orders"])


class OrderIn(Strict):
    """A new work order; the shots asked are those of the policy in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "WO-2026-0001",
                    "team_id": "0f8b7c1e9a6d4c2f8e5b3a1d7c9e0f12",
                    "technician_id": "7d1c0f129a6d4c2f8e5b3a1d0f8b7c1e",
                    "starts_at": "2026-05-04T09:00:00+08:00",
                    "ends_at": "2026-05-04T11:00:00+08:00",
                    "latitude": 31.2989,
                    "longitude": 120.5853,
                }
            ]
        }
    )

    number: Number
    team_id: Id
    technician_id: Id | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together")
        if self.starts_at and self.ends_at and self.starts_at > self.ends_at:
            raise ValueError("ends_at is before starts_at")
        return self


class State(StrEnum):
    """How a visit stands, by the newest check of each shot asked, or why there is none."""

    INCOMPLETE = "incomplete"
    FAILED = "failed"
    UNSURE = "unsure"
    PASSED = "passed"


class ShotState(BaseModel):
    """One shot asked."""

    shot: Shot
    check_id: str | None = Field(description="the newest check; null while there is none")
    verdict: Verdict | None = Field(description="its final verdict")
    omission: OmissionOut | None = Field(
        description="the newest report that the photo cannot be taken; a check goes before it"
    )


class OrderOut(Created):
    """A work order."""

    number: str
    team_id: str
    technician_id: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    latitude: float | None
    longitude: float | None
    state: State
    shots: list[ShotState]


@router.post("", status_code=201, **allow(Role.SUPERVISOR, Role.ADMIN, scoped=True, also=(409,)))
def make_order(body: OrderIn, actor: CurrentActor, services: Injected) -> OrderOut:
    """Issue a work order."""
    with services.database.write() as session:
        _check_people(session, actor, body)
        shots = list(policy_in_force(session).document["work_order"])
        order = WorkOrder(**body.model_dump(), shots=shots)
        try:
            with session.begin_nested():
                session.add(order)
        except IntegrityError as error:
            raise ApiError("request.conflict", "there is an order of this number") from error
        audit.append(session, actor.id, "order.made", f"order:{order.id}")
        return _out(order, {}, {})


def _check_people(session: Session, actor: Actor, body: OrderIn) -> None:
    if not actor.sees_all and body.team_id not in actor.teams:
        raise not_found("team")
    if session.get(Team, body.team_id) is None:
        raise not_found("team")
    if body.technician_id is None:
        return
    technician = find_account(session, actor, body.technician_id)
    if technician is None:
        raise not_found("technician")
    if technician.team_id != body.team_id or technician.role != Role.TECHNICIAN:
        raise ApiError("request.invalid", "the technician does not belong to the team")


@router.get("", **allow(*ALL))
def list_orders(
    actor: CurrentActor,
    services: Injected,
    number: Number | None = None,
    technician: Id | None = None,
    team: Id | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OrderOut]:
    """List the work orders one may see."""
    statement = visible_orders(select(WorkOrder), actor)
    for column, value in (
        (WorkOrder.number, number),
        (WorkOrder.technician_id, technician),
        (WorkOrder.team_id, team),
    ):
        if value is not None:
            statement = statement.where(column == value)
    with services.database.read() as session:
        rows, following = fetch(session, statement, WorkOrder, limit, cursor)
        ids = [row.id for row in rows]
        checks, missing = newest_checks(session, ids), omissions.newest(session, ids)
        return Page(items=[_out(row, checks, missing) for row in rows], next=following)


@router.get("/{order_id}", **allow(*ALL, scoped=True))
def get_order(order_id: PathId, actor: CurrentActor, services: Injected) -> OrderOut:
    """Show one work order with the state of its shots."""
    with services.database.read() as session:
        statement = select(WorkOrder).where(WorkOrder.id == order_id)
        order = session.scalar(visible_orders(statement, actor))
        if order is None:
            raise not_found("work order")
        checks = newest_checks(session, [order.id])
        return _out(order, checks, omissions.newest(session, [order.id]))


Newest = dict[tuple[str, str], tuple[str, str]]
Missing = dict[tuple[str, str], Omission]


def newest_checks(session: Session, order_ids: list[str]) -> Newest:
    """(order, shot) → (check, final verdict) of the newest check."""
    statement = (
        select(Check.order_id, Check.shot, Check.id, Check.final_verdict)
        .where(Check.order_id.in_(order_ids))
        .order_by(Check.created_at, Check.id)
    )
    rows = session.execute(statement)
    return {(order, shot): (check, verdict) for order, shot, check, verdict in rows}


def _out(order: WorkOrder, newest: Newest, missing: Missing) -> OrderOut:
    shots = []
    for shot in order.shots:
        check_id, verdict = newest.get((order.id, shot), (None, None))
        row = missing.get((order.id, shot))
        state = ShotState(
            shot=Shot(shot),
            check_id=check_id,
            verdict=None if verdict is None else Verdict(verdict),
            omission=None if row is None else OmissionOut.of(row),
        )
        shots.append(state)
    return OrderOut(
        id=order.id,
        created_at=order.created_at,
        number=order.number,
        team_id=order.team_id,
        technician_id=order.technician_id,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        latitude=order.latitude,
        longitude=order.longitude,
        state=_state([_standing(shot) for shot in shots]),
        shots=shots,
    )


def _standing(shot: ShotState) -> Verdict | None:
    """A photo's verdict. A missing one is doubtful until a supervisor has accepted that."""
    if shot.verdict is not None or shot.omission is None:
        return shot.verdict
    known = {OmissionState.OPEN: Verdict.UNSURE, OmissionState.ACCEPTED: Verdict.NOT_ASKED}
    return known.get(shot.omission.state)


def _state(verdicts: list[Verdict | None]) -> State:
    """A failure is known before the rest is in; a photo of which nothing was asked is fine."""
    if Verdict.FAIL in verdicts:
        return State.FAILED
    if None in verdicts:
        return State.INCOMPLETE
    return State.UNSURE if Verdict.UNSURE in verdicts else State.PASSED

"""Photos that could not be taken: report why, list, answer."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import ConfigDict, Field
from sqlalchemy import select

from api import omissions
from api.access import ALL, CurrentActor, allow, visible_omissions
from api.pages import Cursor, Limit, Page, fetch
from api.routes.checks import SENDERS
from api.schemas import (
    CaptureRecord,
    Comment,
    Created,
    Id,
    Login,
    Number,
    PathId,
    Sentence,
    Strict,
)
from api.services import Injected
from api.tables import Decision, Omission, OmissionState, Role
from vision import Shot

router = APIRouter(prefix="/v1/omissions", tags=["omissions"])


class OmissionIn(Strict):
    """Why a photo cannot be taken."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "work_order": "WO-2026-0001",
                    "shot": "site_after",
                    "text": "The customer does not want photos of the room.",
                    "capture": {"taken_at": "2026-05-04T10:40:00+08:00"},
                }
            ]
        },
    )

    work_order: Number = Field(description="number of the work order")
    shot: Shot = Field(description="which of its photos")
    text: Sentence
    technician: Login | None = Field(
        None, description="login; left out, oneself or the order's technician"
    )
    capture: CaptureRecord | None = Field(None, description="when and where it was said")


class OmissionAnswer(Strict):
    """A decision."""

    version: Annotated[int, Field(ge=1, le=2**31 - 2, description="of the row as it was seen")]
    decision: Decision
    comment: Comment = Field("", description="why the photo is needed; must be there to reject")


class OmissionOut(Created):
    """A photo that was not taken, why, and what was answered."""

    work_order: str
    work_order_id: str
    technician: str
    technician_id: str
    team_id: str
    shot: Shot
    text: str
    capture: CaptureRecord | None
    state: OmissionState
    comment: str = Field(description="the supervisor's")
    decided_at: datetime | None
    version: int = Field(description="name it when deciding, so that nobody overwrites anybody")

    @classmethod
    def of(cls, row: Omission) -> "OmissionOut":
        """From its row."""
        return cls(
            id=row.id,
            created_at=row.created_at,
            work_order=row.order.number,
            work_order_id=row.order_id,
            technician=row.technician.login,
            technician_id=row.technician_id,
            team_id=row.team_id,
            shot=Shot(row.shot),
            text=row.text,
            capture=CaptureRecord.model_validate(row.capture) if row.capture else None,
            state=OmissionState(row.state),
            comment=row.comment,
            decided_at=row.decided_at,
            version=row.version,
        )


@router.post(
    "",
    status_code=201,
    response_description="The report; with Idempotency-Replayed: true, of an earlier request",
    **allow(*SENDERS, scoped=True),
)
def report_omission(
    body: OmissionIn,
    actor: CurrentActor,
    services: Injected,
    response: Response,
    idempotency_key: Annotated[
        str,
        Header(
            pattern=r"^[\x21-\x7e]{1,128}$",
            description="one a report, the same for every repetition of its request",
        ),
    ],
) -> OmissionOut:
    """Say why a photo that is asked for cannot be taken; it goes to the supervisors' queue.

    Repeat a request that got no answer with the same Idempotency-Key: it is kept once.
    """
    sent = omissions.Report(
        body.work_order, body.shot, body.technician, body.text, body.capture, idempotency_key
    )
    with services.database.write() as session:
        row, is_repeated = omissions.report(session, actor, sent)
        answer = OmissionOut.of(row)
    response.headers["Location"] = f"/v1/omissions/{answer.id}"
    if is_repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return answer


@router.get("", **allow(*ALL))
def list_omissions(
    actor: CurrentActor,
    services: Injected,
    state: OmissionState | None = None,
    work_order: Number | None = None,
    technician: Id | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OmissionOut]:
    """List the missing photos one may see, newest first."""
    statement = visible_omissions(select(Omission).options(*omissions.PARTS), actor)
    if state is not None:
        statement = statement.where(Omission.state == state)
    if work_order is not None:
        statement = statement.where(Omission.order.has(number=work_order))
    if technician is not None:
        statement = statement.where(Omission.technician_id == technician)
    with services.database.read() as session:
        rows, following = fetch(session, statement, Omission, limit, cursor)
        return Page(items=[OmissionOut.of(row) for row in rows], next=following)


@router.get("/{omission_id}", **allow(*ALL, scoped=True))
def get_omission(omission_id: PathId, actor: CurrentActor, services: Injected) -> OmissionOut:
    """Show one missing photo."""
    with services.database.read() as session:
        return OmissionOut.of(omissions.find(session, actor, omission_id))


@router.post(
    "/{omission_id}/decision", **allow(Role.SUPERVISOR, Role.ADMIN, scoped=True, also=(409,))
)
def decide_omission(
    omission_id: PathId, body: OmissionAnswer, actor: CurrentActor, services: Injected
) -> OmissionOut:
    """Accept that there is no photo, reject (the photo is needed) or reopen."""
    with services.database.write() as session:
        row = omissions.find(session, actor, omission_id)
        omissions.decide(session, actor, row, body.version, body.decision, body.comment)
        return OmissionOut.of(row)

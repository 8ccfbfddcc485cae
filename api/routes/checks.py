"""Checks: send a photo, list and read what was found, look at the picture."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api import audit, pictures
from api.access import ALL, Actor, CurrentActor, allow, visible_checks
from api.checking import CHECK_PARTS, Submission, submit
from api.errors import ApiError, not_found
from api.filters import Filtered
from api.pages import Cursor, Limit, Page, fetch
from api.schemas import CaptureRecord, Created, Login, Number, PathId, ReportOut
from api.services import Injected, Services
from api.tables import (
    Check,
    FlagKind,
    PolicyVersion,
    ReviewState,
    Role,
)
from vision import PhotoError, Shot, Verdict
from vision.policy import RuleId

router = APIRouter(prefix="/v1/checks", tags=["checks"])
SENDERS = (Role.TECHNICIAN, Role.SUPERVISOR, Role.ADMIN)
Side = Annotated[int, Query(ge=64, le=2560, description="longest side of the picture, pixels")]
PICTURE: dict[str, Any] = {
    "response_class": Response,
    "response_description": "A JPEG",
}


class FlagOut(BaseModel):
    """A question about the photo; it asks a supervisor, it accuses nobody."""

    kind: FlagKind
    earlier_id: str | None = Field(description="the check whose photo it resembles")
    facts: dict[str, Any]


class FinalOut(BaseModel):
    """A rule's verdict after review."""

    rule: RuleId
    verdict: Verdict
    overruled: bool


class CheckOut(Created):
    """A check: the report as it was made, and what became of it."""

    work_order: str
    work_order_id: str
    technician: str
    technician_id: str
    team_id: str
    shot: Shot
    verdict: Verdict = Field(description="the model's")
    final_verdict: Verdict = Field(description="after review; the model's until then")
    review: ReviewState
    version: int = Field(description="name it when deciding, so that nobody overwrites anybody")
    flags: list[FlagOut] = Field(description="always empty for technicians")
    search_pending: bool = Field(
        description="parts of earlier photos are still being looked for: a flag may follow"
    )
    final: list[FinalOut]
    policy_id: int
    photo_deleted_at: datetime | None
    capture: CaptureRecord | None
    report: ReportOut

    @classmethod
    def of(cls, check: Check, actor: Actor) -> "CheckOut":
        """From its row and parts, as the actor may see it."""
        flags = [] if actor.role is Role.TECHNICIAN else check.flags
        return cls(
            id=check.id,
            created_at=check.created_at,
            work_order=check.order.number,
            work_order_id=check.order_id,
            technician=check.technician.login,
            technician_id=check.technician_id,
            team_id=check.team_id,
            shot=Shot(check.shot),
            verdict=Verdict(check.verdict),
            final_verdict=Verdict(check.final_verdict),
            review=check.review,
            version=check.version,
            flags=[
                FlagOut(kind=flag.kind, earlier_id=flag.earlier_id, facts=flag.facts)
                for flag in flags
            ],
            search_pending=check.search_pending,
            final=[
                FinalOut(
                    rule=RuleId(finding.rule),
                    verdict=Verdict(finding.final_verdict),
                    overruled=finding.final_verdict != finding.verdict,
                )
                for finding in check.findings
            ],
            policy_id=check.policy_id,
            photo_deleted_at=check.photo_deleted_at,
            capture=CaptureRecord.model_validate(check.capture) if check.capture else None,
            report=ReportOut.model_validate(check.report),
        )


@router.post(
    "",
    status_code=201,
    response_description="The check; with Idempotency-Replayed: true, of an earlier request",
    **allow(*SENDERS, scoped=True, also=(409, 413, 415, 503)),
)
async def send_photo(  # noqa: PLR0913, PLR0917 - the fields of the form
    actor: CurrentActor,
    services: Injected,
    response: Response,
    photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP or HEIC")],
    shot: Annotated[Shot, Form(description="what the photo was taken for")],
    work_order: Annotated[Number, Form(description="number of the work order")],
    technician: Annotated[
        Login | None, Form(description="login; left out, oneself or the order's technician")
    ] = None,
    capture: Annotated[
        str | None, Form(max_length=2000, description="capture record, a JSON object")
    ] = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[\x21-\x7e]{1,128}$",
            description="one a photo, the same for every repetition of its request",
        ),
    ] = None,
) -> CheckOut:
    """Check a photo at once and keep it; the report comes back.

    Repeat a request that got no answer, or 503 or 409 `idempotency.in_progress`, with the same
    Idempotency-Key: the photo is kept once.
    """
    limit = services.settings.max_photo_bytes
    data = await photo.read(limit + 1)
    if len(data) > limit:
        raise PhotoError("photo.too_many_bytes", f"the file has more than {limit} bytes")
    record = _parse_capture(capture)
    submission = Submission(data, shot, work_order, technician, record, idempotency_key)
    work = partial(_submit, services, actor, submission)
    check, is_repeated = await services.pool.run(work)
    response.headers["Location"] = f"/v1/checks/{check.id}"
    if is_repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return check


def _submit(services: Services, actor: Actor, submission: Submission) -> tuple[CheckOut, bool]:
    check, is_repeated = submit(services, actor, submission)
    return CheckOut.of(check, actor), is_repeated


def _parse_capture(text: str | None) -> CaptureRecord | None:
    if not text:
        return None
    try:
        return CaptureRecord.model_validate_json(text)
    except ValidationError as error:
        errors = [
            {"field": ".".join(("capture", *(str(p) for p in e["loc"]))), "message": e["msg"]}
            for e in error.errors()
        ]
        raise ApiError("request.invalid", "the capture record is wrong", errors=errors) from error


@router.get("", **allow(*ALL))
def list_checks(
    actor: CurrentActor,
    services: Injected,
    filtered: Filtered,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CheckOut]:
    """List the checks one may see, newest first."""
    statement = filtered.apply(select(Check), actor).options(*CHECK_PARTS)
    with services.database.read() as session:
        rows, following = fetch(session, statement, Check, limit, cursor)
        return Page(items=[CheckOut.of(row, actor) for row in rows], next=following)


@router.get("/{check_id}", **allow(*ALL, scoped=True))
def get_check(check_id: PathId, actor: CurrentActor, services: Injected) -> CheckOut:
    """Show one check."""
    with services.database.read() as session:
        return CheckOut.of(find_check(session, actor, check_id), actor)


def find_check(session: Session, actor: Actor, check_id: str) -> Check:
    """One check, if it may be seen.

    Raises:
        ApiError: `request.not_found`.
    """
    statement: Select[Any] = select(Check).where(Check.id == check_id).options(*CHECK_PARTS)
    check: Check | None = session.scalar(visible_checks(statement, actor))
    if check is None:
        raise not_found("check")
    return check


@router.get("/{check_id}/photo", **PICTURE, **allow(*ALL, scoped=True, also=(410,)))
def get_photo(
    check_id: PathId, actor: CurrentActor, services: Injected, side: Side = 1600
) -> Response:
    """Show the photo, upright and without any metadata; the look is written down."""
    check, data = _look(services, actor, check_id, "photo.viewed")
    faces = _faces(services, actor, check, data)
    return _picture(pictures.without_metadata(data, side, faces))


@router.get("/{check_id}/annotated", **PICTURE, **allow(*ALL, scoped=True, also=(410,)))
def get_annotated(
    check_id: PathId, actor: CurrentActor, services: Injected, side: Side = 1280
) -> Response:
    """Show the photo with the evidence boxes and answers; the look is written down."""
    check, data = _look(services, actor, check_id, "annotated.viewed")
    faces = _faces(services, actor, check, data)
    return _picture(pictures.annotated(data, check.report, side, faces))


def _look(services: Services, actor: Actor, check_id: str, action: str) -> tuple[Check, bytes]:
    """The photo's bytes, after the look is in the audit log."""
    with services.database.write() as session:
        check = find_check(session, actor, check_id)
        if check.photo_deleted_at is not None:
            raise ApiError("photo.deleted", "the photo's time is over; the report stays")
        audit.append(session, actor.id, action, f"check:{check.id}")
    try:
        return check, services.store.get(check.photo_sha256)
    except FileNotFoundError as error:  # retention came in between
        raise ApiError("photo.deleted", "the photo's time is over; the report stays") from error


def _faces(services: Services, actor: Actor, check: Check, data: bytes) -> pictures.Faces:
    """What is blurred for this actor: nothing without the setting, and nothing in one's own."""
    if not services.settings.blur_faces or check.technician_id == actor.id:
        return ()
    with services.database.read() as session:
        policy = session.get_one(PolicyVersion, check.policy_id)
    return pictures.faces_to_blur(check, services.checker(policy), data)


def _picture(data: bytes) -> Response:
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=pictures.MEDIA_TYPE, headers=headers)

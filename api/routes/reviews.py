"""Reviews by supervisors and appeals by technicians."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import audit
from api.access import ALL, CurrentActor, allow, visible_checks
from api.errors import ApiError
from api.pages import Cursor, Limit, Page, fetch
from api.reviewing import decide
from api.routes.checks import CheckOut, find_check
from api.schemas import Comment, Created, PathId, Sentence, Strict
from api.services import Injected
from api.tables import Appeal, Check, Decision, Review, ReviewState, Role
from vision import Verdict
from vision.corrections import DrawnBox, MarkedBox
from vision.policy import RuleId

MAX_BOXES = 200  # of one photo
router = APIRouter(tags=["reviews"])
Answer = Literal[Verdict.PASS, Verdict.FAIL, Verdict.UNSURE, Verdict.NOT_ASKED]


class ReviewIn(Strict):
    """A decision."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "version": 1,
                    "decision": "accept",
                    "changes": {"badge.worn": "PASS"},
                    "comment": "The badge is half covered by the strap, but it is there.",
                }
            ]
        },
    )

    version: Annotated[int, Field(ge=1, le=2**31 - 2, description="of the check as it was seen")]
    decision: Decision
    changes: dict[RuleId, Answer] = Field({}, description="verdicts given instead, by rule")
    comment: Comment = ""
    boxes: Annotated[
        list[DrawnBox] | None,
        Field(
            max_length=MAX_BOXES,
            description="all boxes as they should be, in pixels of the upright photo as taken; "
            "left out, they were not touched. They change no verdict: the network learns from them",
        ),
    ] = None


class ReviewOut(Created):
    """A decision that was made."""

    check_id: str
    reviewer_id: str
    decision: Decision
    changes: dict[RuleId, Verdict]
    comment: str
    boxes: list[MarkedBox] | None = Field(description="as the reviewer left them")
    version: int = Field(description="of the check after it")

    @classmethod
    def of(cls, review: Review) -> "ReviewOut":
        """From its row."""
        return cls(
            id=review.id,
            created_at=review.created_at,
            check_id=review.check_id,
            reviewer_id=review.reviewer_id,
            decision=review.decision,
            changes={RuleId(rule): Verdict(v) for rule, v in review.changes.items()},
            comment=review.comment,
            boxes=None if review.boxes is None else [MarkedBox(**box) for box in review.boxes],
            version=review.version,
        )


class AppealIn(Strict):
    """Why the technician asks for another look."""

    text: Sentence = Field(examples=["The helmet is orange, the lamp makes it look red."])


class AppealOut(Created):
    """An appeal; the review that answers it follows from `answered_by`."""

    check_id: str
    text: str
    answered_by: str | None

    @classmethod
    def of(cls, appeal: Appeal) -> "AppealOut":
        """From its row."""
        return cls(
            id=appeal.id,
            created_at=appeal.created_at,
            check_id=appeal.check_id,
            text=appeal.text,
            answered_by=appeal.answered_by,
        )


@router.post(
    "/v1/checks/{check_id}/reviews",
    status_code=201,
    **allow(Role.SUPERVISOR, Role.ADMIN, scoped=True, also=(409,)),
)
def review_check(
    check_id: PathId, body: ReviewIn, actor: CurrentActor, services: Injected
) -> CheckOut:
    """Accept (with changes), reject or reopen a check; 409 when somebody decided first."""
    with services.database.write() as session:
        check = find_check(session, actor, check_id)
        changes = {str(rule): str(verdict) for rule, verdict in body.changes.items()}
        decide(
            session, actor, check, body.version, body.decision, changes, body.comment, body.boxes
        )
    with services.database.read() as session:
        return CheckOut.of(find_check(session, actor, check_id), actor)


@router.get("/v1/checks/{check_id}/reviews", **allow(*ALL, scoped=True))
def list_reviews(
    check_id: PathId,
    actor: CurrentActor,
    services: Injected,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReviewOut]:
    """List the decisions on a check, newest first."""
    with services.database.read() as session:
        find_check(session, actor, check_id)
        statement = select(Review).where(Review.check_id == check_id)
        rows, following = fetch(session, statement, Review, limit, cursor)
        return Page(items=[ReviewOut.of(row) for row in rows], next=following)


@router.post(
    "/v1/checks/{check_id}/appeals",
    status_code=201,
    **allow(Role.TECHNICIAN, scoped=True, also=(409,)),
)
def appeal(check_id: PathId, body: AppealIn, actor: CurrentActor, services: Injected) -> AppealOut:
    """Ask for another look at one's own check; it goes to the supervisors' queue."""
    with services.database.write() as session:
        check = find_check(session, actor, check_id)
        session.refresh(check, with_for_update=True)
        if _waits(session, check):
            raise ApiError("appeal.open", "there is an appeal that waits for an answer")
        row = Appeal(check_id=check.id, technician_id=actor.id, text=body.text)
        session.add(row)
        check.review = ReviewState.OPEN
        check.version += 1  # whoever is deciding right now reads the appeal first
        session.flush()
        audit.append(session, actor.id, "check.appealed", f"check:{check.id}", appeal=row.id)
        return AppealOut.of(row)


def _waits(session: Session, check: Check) -> bool:
    waiting = select(Appeal.id).where(Appeal.check_id == check.id, Appeal.answered_by.is_(None))
    return session.scalar(waiting.limit(1)) is not None


@router.get("/v1/appeals", **allow(*ALL))
def list_appeals(
    actor: CurrentActor,
    services: Injected,
    waiting: bool | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AppealOut]:
    """List the appeals on checks one may see."""
    mine = visible_checks(select(Check.id), actor)
    statement = select(Appeal).where(Appeal.check_id.in_(mine))
    if waiting is not None:
        unanswered = Appeal.answered_by.is_(None)
        statement = statement.where(unanswered if waiting else ~unanswered)
    with services.database.read() as session:
        rows, following = fetch(session, statement, Appeal, limit, cursor)
        return Page(items=[AppealOut.of(row) for row in rows], next=following)

"""Photos that could not be taken: a technician says why, a supervisor answers, once each."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from api import audit
from api.access import Actor, visible_omissions
from api.checking import find_visit
from api.errors import ApiError, not_found
from api.schemas import CaptureRecord
from api.tables import Decision, Omission, OmissionState, now
from vision import Shot

PARTS = (selectinload(Omission.order), selectinload(Omission.technician))
"""What is loaded along with one that is shown."""
STATES = {
    Decision.ACCEPT: OmissionState.ACCEPTED,
    Decision.REJECT: OmissionState.REJECTED,
    Decision.REOPEN: OmissionState.OPEN,
}


@dataclass(frozen=True)
class Report:
    """What a client sent; `key` is its Idempotency-Key."""

    order: str
    shot: Shot
    technician: str | None
    text: str
    capture: CaptureRecord | None
    key: str


def report(session: Session, actor: Actor, sent: Report) -> tuple[Omission, bool]:
    """Write down why a photo is missing; a repeated request finds the row of the first.

    Returns:
        The row, and whether it is a repeated request's.

    Raises:
        ApiError: `request.not_found`, `check.*`, `idempotency.key_reused`.
    """
    order, technician = find_visit(session, actor, sent.order, sent.technician)
    if sent.shot not in order.shots:
        asked = ", ".join(order.shots) or "none"
        raise ApiError("check.shot_not_asked", f"the work order asks for other photos: {asked}")
    row = Omission(
        order_id=order.id,
        technician_id=technician.id,
        submitted_by=actor.id,
        team_id=order.team_id,
        shot=sent.shot,
        key=sent.key,
        text=sent.text,
        capture=sent.capture.model_dump(mode="json") if sent.capture else None,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        mine = (Omission.submitted_by == actor.id, Omission.key == sent.key)
        earlier = session.scalars(select(Omission).where(*mine)).one()
        if _facts(earlier) != _facts(row):
            raise ApiError(
                "idempotency.key_reused",
                "this Idempotency-Key was used for another request; make a new one",
            ) from None
        return earlier, True
    audit.append(session, actor.id, "omission.made", f"omission:{row.id}", shot=row.shot)
    return row, False


def _facts(row: Omission) -> tuple[Any, ...]:
    """What makes two requests the same."""
    return row.order_id, row.technician_id, row.shot, row.text, row.capture


def find(session: Session, actor: Actor, omission_id: str) -> Omission:
    """One of them, if it may be seen.

    Raises:
        ApiError: `request.not_found`.
    """
    statement: Select[Any] = select(Omission).where(Omission.id == omission_id)
    row: Omission | None = session.scalar(visible_omissions(statement, actor))
    if row is None:
        raise not_found("missing photo")
    return row


def decide(
    session: Session,
    actor: Actor,
    row: Omission,
    seen_version: int,
    decision: Decision,
    comment: str,
) -> None:
    """Accept that there is no photo, ask for it all the same (say why), or take that back.

    Raises:
        ApiError: `review.conflict`, `review.impossible`.
    """
    if decision is Decision.REJECT and not comment.strip():
        raise ApiError("review.impossible", "say in the comment why the photo is needed")
    if (decision is Decision.REOPEN) == (row.state == OmissionState.OPEN):
        _require_version(row, seen_version)
        raise ApiError("review.impossible", "decided is what is open, reopened what is decided")
    reopened = decision is Decision.REOPEN
    seen = (Omission.id == row.id, Omission.version == seen_version)
    statement = update(Omission).where(*seen).execution_options(synchronize_session="fetch")
    values = {
        "state": STATES[decision],
        "comment": comment,
        "decided_by": None if reopened else actor.id,
        "decided_at": None if reopened else now(),
        "version": seen_version + 1,
    }
    done = session.execute(statement.values(values))
    if not cast("CursorResult[Any]", done).rowcount:
        session.refresh(row)
        _require_version(row, seen_version)
    session.refresh(row)
    facts = {"decision": decision, "version": row.version}
    audit.append(session, actor.id, "omission.decided", f"omission:{row.id}", **facts)


def _require_version(row: Omission, seen_version: int) -> None:
    if row.version == seen_version:
        return
    facts: dict[str, Any] = {
        "version": row.version,
        "state": row.state,
        "reviewer_id": row.decided_by,
    }
    raise ApiError("review.conflict", "somebody decided first: read it again, then decide", **facts)


def count_open(session: Session, actor: Actor) -> int:
    """How many wait for an answer."""
    statement = select(func.count(Omission.id)).where(Omission.state == OmissionState.OPEN)
    number: int = session.scalars(visible_omissions(statement, actor)).one()
    return number


def newest(session: Session, order_ids: list[str]) -> dict[tuple[str, str], Omission]:
    """(order, shot) → the newest of them."""
    statement = (
        select(Omission)
        .where(Omission.order_id.in_(order_ids))
        .options(*PARTS)
        .order_by(Omission.created_at, Omission.id)
    )
    return {(row.order_id, row.shot): row for row in session.scalars(statement)}

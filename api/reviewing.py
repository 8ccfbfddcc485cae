"""Decisions of supervisors: who decides names the version they saw; the second one is told."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from api import audit
from api.access import Actor
from api.errors import ApiError
from api.tables import Appeal, Check, Decision, Review, ReviewState
from vision import Verdict
from vision.corrections import DrawnBox, MarkedBox

ORDER = (Verdict.FAIL, Verdict.UNSURE, Verdict.PASS)


def decide(  # noqa: PLR0913, PLR0917 - all of it makes one decision
    session: Session,
    actor: Actor,
    check: Check,
    seen_version: int,
    decision: Decision,
    changes: dict[str, str],
    comment: str,
    boxes: Sequence[DrawnBox] | None = None,
) -> Review:
    """Write a decision down and work out the final verdicts.

    * accept: the report stands, with the changes given; the verdict follows from the findings.
    * reject: the photo is refused as a whole, it fails; needs a comment.
    * reopen: takes the last decision back; the model's verdicts are in force again.

    `boxes` are all boxes as they should be, in pixels of the upright photo as taken; None if they
    were not touched. They change no verdict: the network learns from them.

    Raises:
        ApiError: `review.conflict`, `review.impossible`.
    """
    _check_sense(check, decision, changes, comment)
    marked = None if boxes is None else _marked(check, decision, boxes)
    _take_version(session, check, seen_version)
    for finding in check.findings:
        kept = finding.verdict if decision is Decision.REOPEN else finding.final_verdict
        finding.final_verdict = changes.get(finding.rule, kept)
    if decision is Decision.REJECT:
        check.final_verdict = Verdict.FAIL
    elif decision is Decision.REOPEN:
        check.final_verdict = check.verdict
    else:
        check.final_verdict = overall_of(check)
    reopened = decision is Decision.REOPEN
    check.review = ReviewState.OPEN if reopened else ReviewState.DONE
    review = Review(
        check_id=check.id,
        reviewer_id=actor.id,
        decision=decision,
        comment=comment,
        changes=changes,
        boxes=marked,
        version=seen_version + 1,
    )
    session.add(review)
    session.flush()
    if not reopened:
        waiting = (Appeal.check_id == check.id, Appeal.answered_by.is_(None))
        session.execute(update(Appeal).where(*waiting).values(answered_by=review.id))
    audit.append(
        session,
        actor.id,
        "check.reviewed",
        f"check:{check.id}",
        decision=decision,
        changes=changes,
        version=review.version,
    )
    return review


def _check_sense(check: Check, decision: Decision, changes: dict[str, str], comment: str) -> None:
    asked = {finding.rule for finding in check.findings}
    if unknown := sorted(set(changes) - asked):
        raise ApiError("review.impossible", f"the check has no finding of {', '.join(unknown)}")
    if changes and decision is not Decision.ACCEPT:
        raise ApiError("review.impossible", "findings are changed with the decision accept")
    if decision is Decision.REJECT and not comment.strip():
        raise ApiError("review.impossible", "say in the comment why the photo is refused")
    if decision is Decision.REOPEN and check.review != ReviewState.DONE:
        raise ApiError("review.impossible", "the check is not decided")


def _marked(check: Check, decision: Decision, boxes: Sequence[DrawnBox]) -> list[dict[str, Any]]:
    """The boxes as they are kept; one that is the report's own has its score."""
    if decision is not Decision.ACCEPT:
        raise ApiError("review.impossible", "boxes are drawn with the decision accept")
    width, height = check.report["photo_size"]
    if any(box.xyxy[2] > width or box.xyxy[3] > height for box in boxes):
        raise ApiError("review.impossible", f"the photo has {width} x {height} pixels")
    scores = {
        (box["label"], tuple(box["xyxy"])): box["score"]
        for finding in check.report["findings"]
        for box in finding["boxes"]
    }
    marked = [
        MarkedBox(label=box.label, xyxy=box.xyxy, score=scores.get((box.label, box.xyxy)))
        for box in boxes
    ]
    return [box.model_dump(mode="json") for box in marked]


def _take_version(session: Session, check: Check, seen_version: int) -> None:
    """Compare and set in one statement: of two who saw the same version one gets through."""
    mine = update(Check).where(Check.id == check.id, Check.version == seen_version)
    statement = mine.values(version=seen_version + 1).execution_options(synchronize_session="fetch")
    if cast("CursorResult[Any]", session.execute(statement)).rowcount:
        return
    last = session.scalar(
        select(Review).where(Review.check_id == check.id).order_by(Review.version.desc()).limit(1)
    )
    session.refresh(check, ["version"])
    facts: dict[str, Any] = {"version": check.version}
    if last is not None:
        facts |= {
            "decision": last.decision,
            "reviewer_id": last.reviewer_id,
            "decided_at": last.created_at.isoformat(),
        }
    raise ApiError(
        "review.conflict", "somebody decided first: read the check again, then decide", **facts
    )


def overall_of(check: Check) -> Verdict:
    """As `vision` does it, over the final verdicts."""
    verdicts = {finding.final_verdict for finding in check.findings if not finding.advisory}
    return next((verdict for verdict in ORDER if verdict in verdicts), Verdict.NOT_ASKED)

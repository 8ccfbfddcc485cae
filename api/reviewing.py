"""Decisions of supervisors: who decides names the version they saw; the second one is told."""

from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from api import audit
from api.access import Actor
from api.errors import ApiError
from api.tables import Appeal, Check, Decision, Review, ReviewState
from vision import Verdict

ORDER = (Verdict.FAIL, Verdict.UNSURE, Verdict.PASS)


def decide(
    session: Session,
    actor: Actor,
    check: Check,
    seen_version: int,
    decision: Decision,
    changes: dict[str, str],
    comment: str,
) -> Review:
    """Write a decision down and work out the final verdicts.

    * accept: the report stands, with the changes given; the verdict follows from the findings.
    * reject: the photo is refused as a whole, it fails; needs a comment.
    * reopen: takes the last decision back; the model's verdicts are in force again.

    Raises:
        ApiError: `review.conflict`, `review.impossible`.
    """
    _check_sense(check, decision, changes, comment)
    _take_version(session, check, seen_version)
    for finding in check.findings:
        kept = finding.verdict if decision is Decision.REOPEN else finding.final_verdict
        finding.final_verdict = changes.get(finding.rule, kept)
    if decision is Decision.REJECT:
        check.final_verdict = Verdict.FAIL
    elif decision is Decision.REOPEN:
        check.final_verdict = check.verdict
    else:
        check.final_verdict = _overall(check)
    reopened = decision is Decision.REOPEN
    check.review = ReviewState.OPEN if reopened else ReviewState.DONE
    review = Review(
        check_id=check.id,
        reviewer_id=actor.id,
        decision=decision,
        comment=comment,
        changes=changes,
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


def _overall(check: Check) -> Verdict:
    """As `vision` does it, over the final verdicts."""
    verdicts = {finding.final_verdict for finding in check.findings if not finding.advisory}
    return next((verdict for verdict in ORDER if verdict in verdicts), Verdict.NOT_ASKED)

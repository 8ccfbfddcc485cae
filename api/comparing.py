"""Before and after of one work order: compared when the second picture comes, whichever it is."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import audit
from api.reviewing import overall_of
from api.services import Services
from api.tables import Check, CheckFinding, PolicyVersion, ReviewState
from vision import Checker, Photo, Shot, Verdict
from vision.rules import RULES

COMPARING = frozenset(rule for rule in RULES if RULES[rule].compares)


def picture_before(services: Services, checker: Checker, order_id: str) -> Photo | None:
    """The order's newest picture from before the work, if it has one that is still kept."""
    with services.database.read() as session:
        before = _newest(session, order_id, Shot.SITE_BEFORE)
    if before is None:
        return None
    data = _bytes(services, before)
    return None if data is None else checker.decode(data)


def compare_later(services: Services, before: Photo, order_id: str) -> None:
    """A picture from before that comes late: the one from after gets its finding now.

    A report is otherwise never changed; here it is completed, once, and the audit log says so.
    """
    with services.database.read() as session:
        after = _newest(session, order_id, Shot.SITE_AFTER)
        policy = None if after is None else session.get(PolicyVersion, after.policy_id)
    if after is None or policy is None or _is_compared(after.report):
        return
    data = _bytes(services, after)
    if data is None:
        return
    report = services.checker(policy).check(data, Shot.SITE_AFTER, before).to_json()
    added = [finding for finding in report["findings"] if finding["rule"] in COMPARING]
    if not added:
        return  # the policy does not ask
    with services.database.write() as session:
        check = session.get_one(Check, after.id, with_for_update=True)
        if not _is_compared(check.report):
            _complete(session, check, added)


def _newest(session: Session, order_id: str, shot: Shot) -> Check | None:
    statement = (
        select(Check)
        .where(Check.order_id == order_id, Check.shot == shot, Check.photo_deleted_at.is_(None))
        .order_by(Check.created_at.desc(), Check.id.desc())
        .limit(1)
    )
    found: Check | None = session.scalar(statement)
    return found


def _bytes(services: Services, check: Check) -> bytes | None:
    try:
        return services.store.get(check.photo_sha256)
    except FileNotFoundError:  # its time ran out a moment ago
        return None


def _is_compared(report: dict[str, Any]) -> bool:
    return any(finding["rule"] in COMPARING for finding in report["findings"])


def _complete(session: Session, check: Check, added: list[dict[str, Any]]) -> None:
    """Add findings to a report, and what follows from them; whoever has it open is told."""
    for position, finding in enumerate(added, len(check.findings)):
        verdict = Verdict(finding["verdict"])
        check.findings.append(
            CheckFinding(
                position=position,
                rule=finding["rule"],
                verdict=verdict,
                final_verdict=verdict,
                advisory=finding["advisory"],
            )
        )
    check.report = check.report | {"findings": [*check.report["findings"], *added]}
    if check.review != ReviewState.DONE:  # what a person decided stands
        check.verdict = check.final_verdict = overall_of(check)
        check.report["verdict"] = check.verdict
        if check.verdict in (Verdict.FAIL, Verdict.UNSURE):
            check.review = ReviewState.OPEN
    check.version += 1
    audit.append(session, None, "check.compared", f"check:{check.id}", version=check.version)

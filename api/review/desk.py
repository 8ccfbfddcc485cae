"""The queue's page and the photo's page."""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from sqlalchemy.orm import Session

from api import omissions, saved_filters
from api.access import Actor, allow
from api.review import holds, queue, showing
from api.review.page import CurrentVisitor, Visitor, page_router
from api.review.queue import Group, Order, View
from api.routes.checks import find_check
from api.schemas import PathId
from api.services import Injected
from api.tables import Check, Decision, Role
from vision import LABELS, Verdict

router = page_router()
READERS = (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
DECIDERS = (Role.SUPERVISOR, Role.ADMIN)
ANSWERS = (Verdict.PASS, Verdict.FAIL, Verdict.UNSURE, Verdict.NOT_ASKED)
CurrentView = Annotated[View, Depends(queue.read_view)]


@dataclass(frozen=True)
class Draft:
    """What somebody has filled in and not yet sent, or what was taken back."""

    changes: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    boxes: list[dict[str, Any]] | None = None


@router.get("/review", **allow(*READERS))
def queue_page(
    visitor: CurrentVisitor,
    view: CurrentView,
    services: Injected,
    after: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$")] = None,
) -> Response:
    """List what waits for a person, or what was decided."""
    actor = visitor.actor
    with services.database.read() as session:
        if after is not None:
            find_check(session, actor, after)
        checks, more = queue.list_checks(session, view, actor, after)
        counts = queue.count_choices(session, view, actor)
        seen = holds.seen(session, actor, checks)
        appealed = showing.waiting_appeals(session, checks)
        saved = saved_filters.kept(session, actor)
        missing = omissions.count_open(session, actor)
    return visitor.render(
        "queue.html",
        view=view,
        groups=list(Group),
        orders=list(Order),
        checks=[(check, showing.findings_of(check, visitor.language)) for check in checks],
        more=checks[-1].id if more else None,
        after=after,
        counts=counts,
        missing=missing,
        seen=seen,
        saved=saved,
        appealed=appealed,
        may_decide=actor.role in DECIDERS,
        sample=services.settings.sample_pass,
        worst_last=showing.worst_last,
    )


@router.get("/review/{check_id}", **allow(*READERS, scoped=True))
def photo_page(
    check_id: PathId, visitor: CurrentVisitor, view: CurrentView, services: Injected
) -> Response:
    """Show one photo with its findings; who may decide holds it meanwhile."""
    actor = visitor.actor
    held = holds.Held(None, None)
    with services.database.write() as session:
        check = find_check(session, actor, check_id)
        if actor.role in DECIDERS:
            holds.remember_look(session, actor, check)
            if showing.is_open(check):
                held = holds.take(session, actor, check.id, services.settings)
    return show(visitor, view, check_id, held)


def show(
    visitor: Visitor,
    view: View,
    check_id: str,
    held: holds.Held,
    draft: Draft | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    """Render the photo's page; a draft is filled in, a problem is said above it."""
    actor, t = visitor.actor, visitor.text
    with visitor.services.database.read() as session:
        check = find_check(session, actor, check_id)
        events = showing.history(session, check, visitor.language)
        findings = showing.findings_of(check, visitor.language)
        standing = showing.standing_review(session, check)
        drawn = standing.boxes if standing is not None else None
        if draft is None:
            draft = _taken_back(session, check)
        context: dict[str, Any] = {
            "before": queue.neighbour(session, view, actor, check.id, backwards=True),
            "following": following(session, view, actor, check.id),
            "waiting": queue.count(session, view, actor),
            "pairs": showing.pairs_of(session, actor, check, t),
            "last_photos": [
                (other, showing.findings_of(other, visitor.language))
                for other in showing.others_of_technician(session, actor, check)
            ],
            "appeal": next((e for e in events if e.kind == "appeal"), None)
            if showing.waiting_appeals(session, [check])
            else None,
        }
    is_open = showing.is_open(check)
    response: Response = visitor.render(
        "photo.html",
        status,
        here=view.link(f"/review/{check.id}"),
        check=check,
        findings=findings,
        tags=showing.tags_of(findings, check.report["photo_size"][1]),
        worst_last=showing.worst_last,
        reported=json.dumps(showing.reported_boxes(check)),
        drawn=None if is_open or drawn is None else [showing.box_of(box) for box in drawn],
        labels=[(str(label), t(f"label.{label}")) for label in LABELS],
        questions=[(flag, showing.question(flag, t)) for flag in check.flags],
        history=events,
        view=view,
        answers=ANSWERS,
        is_open=is_open,
        held=held,
        may_decide=actor.role in DECIDERS and held.by is None,
        renew_s=max(1, round(visitor.services.settings.hold_s / 3)),
        draft=draft,
        problem=problem,
        **context,
    )
    return response


def following(session: Session, view: View, actor: Actor, check_id: str) -> str | None:
    """The next check; past the end those that were skipped come round again."""
    later = queue.neighbour(session, view, actor, check_id)
    return later or queue.first(session, view, actor, but=check_id)


def _taken_back(session: Session, check: Check) -> Draft:
    """After an undo what was decided is filled in again, so that only the mistake is mended."""
    review = showing.standing_review(session, check)
    if review is None or not showing.is_open(check) or review.decision != Decision.ACCEPT:
        return Draft()
    drawn = review.boxes
    boxes = drawn and [{"label": box["label"], "xyxy": box["xyxy"]} for box in drawn]
    return Draft(review.changes, review.comment, boxes)

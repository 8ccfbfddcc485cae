"""The technician's side: own results and what to do about them, appeals, own work orders."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Form, Query, Response
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from api.access import CurrentActor, allow, visible_checks
from api.checking import CHECK_PARTS
from api.pages import Cursor, fetch
from api.review import showing
from api.review.page import CurrentVisitor, page_router
from api.review.showing import FindingShown
from api.routes.checks import find_check
from api.routes.orders import list_orders
from api.routes.reviews import AppealIn
from api.routes.reviews import appeal as make_appeal
from api.schemas import PathId, Sentence
from api.services import Injected
from api.tables import Check, ReviewState, Role
from vision import Verdict

router = page_router()
PAGE = 20


class Show(StrEnum):
    """Which results."""

    ALL = "all"
    TO_DO = "to_do"


class State(StrEnum):
    """What a result means to who sent the photo."""

    PASSED = "passed"
    RETAKE = "retake"
    RETAKEN = "retaken"
    WAITING = "waiting"
    APPEALED = "appealed"
    NOTHING_ASKED = "nothing_asked"


@dataclass(frozen=True)
class Result:
    """A check, and what its technician has to know.

    Attributes:
        check: with its parts.
        state: what it means.
        to_fix: findings that failed, then those that are unsure; none that are advisory.
        rest: the others.
    """

    check: Check
    state: State
    to_fix: list[FindingShown]
    rest: list[FindingShown]


_newer = aliased(Check)
_RETAKEN = exists().where(
    _newer.order_id == Check.order_id,
    _newer.technician_id == Check.technician_id,
    _newer.shot == Check.shot,
    or_(
        _newer.created_at > Check.created_at,
        and_(_newer.created_at == Check.created_at, _newer.id > Check.id),
    ),
)


def _is_to_do() -> ColumnElement[bool]:
    """A photo that must be taken again, and was not yet."""
    decided = and_(Check.final_verdict == Verdict.UNSURE, Check.review == ReviewState.DONE)
    return and_(or_(Check.final_verdict == Verdict.FAIL, decided), ~_RETAKEN)


@router.get("/results", **allow(Role.TECHNICIAN))
def results_page(
    visitor: CurrentVisitor,
    services: Injected,
    show: Annotated[Show, Query()] = Show.ALL,
    cursor: Cursor = None,
) -> Response:
    """List one's own photos, newest first, with what to fix."""
    statement = visible_checks(select(Check).options(*CHECK_PARTS), visitor.actor)
    if show is Show.TO_DO:
        statement = statement.where(_is_to_do())
    with services.database.read() as session:
        rows, following = fetch(session, statement, Check, PAGE, cursor)
        results = _results(session, list(rows), visitor.language)
    return visitor.render(
        "results.html", results=results, following=following, show=show, shows=list(Show)
    )


def _results(session: Session, checks: list[Check], language: str) -> list[Result]:
    waiting = showing.waiting_appeals(session, checks)
    ids = [check.id for check in checks]
    retaken = set(session.scalars(select(Check.id).where(Check.id.in_(ids), _RETAKEN)))
    results = []
    for check in checks:
        findings = showing.findings_of(check, language)
        to_fix = [
            finding
            for verdict in (Verdict.FAIL, Verdict.UNSURE)
            for finding in findings
            if finding.verdict is verdict and not finding.advisory
        ]
        rest = [finding for finding in findings if finding not in to_fix]
        state = _state(check, check.id in waiting, check.id in retaken)
        results.append(Result(check, state, to_fix, rest))
    return results


def _state(check: Check, is_appealed: bool, is_retaken: bool) -> State:
    if is_appealed:
        return State.APPEALED
    match Verdict(check.final_verdict):
        case Verdict.PASS:
            return State.PASSED
        case Verdict.NOT_ASKED:
            return State.NOTHING_ASKED
        case Verdict.UNSURE if check.review == ReviewState.OPEN:
            return State.WAITING
        case _:
            return State.RETAKEN if is_retaken else State.RETAKE


@router.get("/results/{check_id}", **allow(Role.TECHNICIAN, scoped=True))
def result_page(check_id: PathId, visitor: CurrentVisitor, services: Injected) -> Response:
    """Show one of one's own photos: what is wrong, what to do, and what became of it."""
    with services.database.read() as session:
        check = find_check(session, visitor.actor, check_id)
        (result,) = _results(session, [check], visitor.language)
        events = showing.history(session, check, visitor.language)
    may_appeal = result.state in (State.RETAKE, State.RETAKEN)
    return visitor.render(
        "result.html",
        result=result,
        check=check,
        events=events,
        may_appeal=may_appeal,
        worst_last=showing.worst_last,
    )


@router.post("/results/{check_id}/appeal", **allow(Role.TECHNICIAN, scoped=True))
def appeal(
    check_id: PathId,
    text: Annotated[Sentence, Form()],
    visitor: CurrentVisitor,
    actor: CurrentActor,
    services: Injected,
) -> Response:
    """Ask for another look."""
    make_appeal(check_id, AppealIn(text=text), actor, services)
    return visitor.redirect(f"/results/{check_id}", "results.appeal_sent")


@router.get("/orders", **allow(Role.TECHNICIAN))
def orders_page(visitor: CurrentVisitor, services: Injected, cursor: Cursor = None) -> Response:
    """List one's own work orders: which photos are asked, which are in, and how they stand."""
    page = list_orders(visitor.actor, services, limit=PAGE, cursor=cursor)
    return visitor.render("orders.html", orders=page.items, following=page.next)

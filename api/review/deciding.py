"""What supervisors send: decisions, one or several, undoing, and holding what is open."""

import json
from collections import Counter
from typing import Annotated, Any, Literal

from fastapi import Depends, Form, Request, Response
from pydantic import Field, ValidationError
from starlette.datastructures import FormData

from api.access import Actor, CurrentActor, allow
from api.errors import ApiError
from api.review import holds, showing
from api.review.desk import DECIDERS, CurrentView, Draft, following, show
from api.review.page import CurrentVisitor, Visitor, page_router
from api.reviewing import decide
from api.routes.checks import find_check
from api.routes.reviews import ReviewIn
from api.schemas import Comment, Id, PathId
from api.services import Injected, Services
from api.tables import Check, Decision

router = page_router()
RULE = "rule:"
BATCH = 100
Token = Annotated[Id, Form()]
Version = Annotated[int, Form(ge=1, le=2**31 - 2)]


async def read_form(request: Request) -> FormData:
    """The form's fields, among them one a rule."""
    return await request.form()


SentForm = Annotated[FormData, Depends(read_form)]


@router.post("/review/{check_id}/decision", **allow(*DECIDERS, scoped=True, also=(409,)))
def decide_page(
    check_id: PathId, visitor: CurrentVisitor, view: CurrentView, form: SentForm, services: Injected
) -> Response:
    """Accept or reject, then go on to the next; what cannot be taken comes back filled in."""
    actor = visitor.actor
    try:
        with services.database.write() as session:
            check = find_check(session, actor, check_id)
            body = _read_review(form, check)
            changes = {str(rule): str(verdict) for rule, verdict in body.changes.items()}
            review = decide(
                session,
                actor,
                check,
                body.version,
                body.decision,
                changes,
                body.comment,
                body.boxes,
            )
            holds.settle(session, check.id)
            then = following(session, view, actor, check.id)
    except ApiError as error:
        if error.code not in ("review.conflict", "review.impossible"):
            raise
        return _show_again(visitor, view, check_id, form, error)
    path = view.link(f"/review/{then}" if then else "/review")
    return visitor.redirect(
        path,
        f"photo.flash.{body.decision}",
        order=check.order.number,
        undo=check.id,
        version=review.version,
    )


def _read_review(form: FormData, check: Check) -> ReviewIn:
    """A decision out of the form; only what differs from the present verdicts is a change."""
    decision = form.get("decision")
    body: dict[str, Any] = {"version": form.get("version"), "decision": decision}
    if decision == Decision.REJECT:
        body["comment"] = form.get("why", "")
    else:
        body |= {"comment": form.get("comment", ""), "changes": _changes(form, check)}
        if boxes := form.get("boxes"):
            body["boxes"] = _json(boxes)
    try:
        return ReviewIn.model_validate(body)
    except ValidationError as error:
        raise ApiError("request.invalid", "the form cannot be used") from error


def _changes(form: FormData, check: Check) -> dict[str, Any]:
    present = {finding.rule: finding.final_verdict for finding in check.findings}
    given = {name.removeprefix(RULE): form[name] for name in form if name.startswith(RULE)}
    return {rule: verdict for rule, verdict in given.items() if present.get(rule) != verdict}


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError) as error:
        raise ApiError("request.invalid", "the boxes are no JSON") from error


def _show_again(
    visitor: Visitor, view: CurrentView, check_id: str, form: FormData, error: ApiError
) -> Response:
    """The page as it is by now, with what was filled in, and who decided meanwhile."""
    t = visitor.text
    problem = t("photo.impossible")
    with visitor.services.database.write() as session:
        check = find_check(session, visitor.actor, check_id)
        if error.code == "review.conflict":
            event = showing.history(session, check, visitor.language)[0]
            when = visitor.moment(event.at)
            problem = t(f"photo.conflict.{event.kind}", who=event.who, when=when)
        held = holds.Held(None, None)
        if showing.is_open(check):
            held = holds.take(session, visitor.actor, check_id, visitor.services.settings)
        words = form.get("why") if form.get("decision") == Decision.REJECT else form.get("comment")
        boxes = form.get("boxes")
        draft = Draft(
            {rule: str(verdict) for rule, verdict in _changes(form, check).items()},
            str(words or ""),
            _json(boxes) if boxes else None,
        )
    status = 409 if error.code == "review.conflict" else 422
    return show(visitor, view, check_id, held, draft, problem, status)


@router.post("/review/{check_id}/undo", **allow(*DECIDERS, scoped=True, also=(409,)))
def undo(
    check_id: PathId,
    visitor: CurrentVisitor,
    view: CurrentView,
    version: Version,
    services: Injected,
) -> Response:
    """Take the last decision back and show the photo again."""
    try:
        with services.database.write() as session:
            check = find_check(session, visitor.actor, check_id)
            decide(session, visitor.actor, check, version, Decision.REOPEN, {}, "")
            holds.settle(session, check.id)
    except ApiError as error:
        if error.code not in ("review.conflict", "review.impossible"):
            raise
        return visitor.redirect(view.link(f"/review/{check_id}"), "photo.flash.too_late")
    return visitor.redirect(view.link(f"/review/{check_id}"), "photo.flash.reopen")


@router.post("/review/{check_id}/hold", **allow(*DECIDERS, scoped=True))
def renew_hold(
    check_id: PathId,
    visitor: CurrentVisitor,
    token: Token,
    services: Injected,
) -> Response:
    """Keep the check while its page is open; the answer tells whoever lost it."""
    with services.database.write() as session:
        find_check(session, visitor.actor, check_id)
        if holds.renew(session, check_id, token, services.settings):
            return Response(status_code=204)
    return visitor.render("hold_lost.html")


@router.post("/review/{check_id}/release", status_code=204, **allow(*DECIDERS, scoped=True))
def release_hold(
    check_id: PathId, actor: CurrentActor, token: Token, services: Injected
) -> Response:
    """Let go of the check: its page was left."""
    with services.database.write() as session:
        find_check(session, actor, check_id)
        holds.release(session, check_id, token)
    return Response(status_code=204)


@router.post("/review/decisions", **allow(*DECIDERS))
def decide_several(
    visitor: CurrentVisitor,
    view: CurrentView,
    services: Injected,
    decision: Annotated[Literal["accept", "reject"], Form()],
    items: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9a-f]{32}:[0-9]{1,9}$")]],
        Form(alias="item", max_length=BATCH),
    ],
    why: Annotated[Comment, Form()] = "",
) -> Response:
    """Decide what one has opened before; every check for itself, so that one does not stop all."""
    outcomes: Counter[str] = Counter()
    for item in items:
        check_id, _, version = item.partition(":")
        seen = int(version)
        outcomes[_decide_one(services, visitor.actor, check_id, seen, decision, why)] += 1
    done = outcomes.pop("done", 0)
    key = f"queue.flash.{decision}" if not outcomes else "queue.flash.partly"
    return visitor.redirect(
        view.link("/review"),
        key,
        done=done,
        conflicts=outcomes["review.conflict"],
        others=outcomes["unseen"] + outcomes["review.impossible"],
    )


def _decide_one(
    services: Services, actor: Actor, check_id: str, version: int, decision: str, why: str
) -> str:
    try:
        with services.database.write() as session:
            check = find_check(session, actor, check_id)
            if check.version == version and not holds.has_seen(session, actor, check_id, version):
                return "unseen"
            decide(session, actor, check, version, Decision(decision), {}, why)
            holds.settle(session, check_id)
    except ApiError as error:
        if error.code not in ("review.conflict", "review.impossible"):
            raise
        return error.code
    return "done"

"""The page of photos that could not be taken: why, and a supervisor's answer."""

from typing import Annotated, Literal

from fastapi import Form, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from api import omissions
from api.access import allow, visible_omissions
from api.errors import ApiError
from api.pages import Cursor, fetch
from api.review.desk import DECIDERS, READERS
from api.review.page import CurrentVisitor, page_router
from api.routes.orders import newest_checks
from api.schemas import Comment, PathId
from api.services import Injected
from api.tables import Decision, Omission, OmissionState

router = page_router()
PAGE = 24
PATH = "/review/omissions"


@router.get(PATH, **allow(*READERS))
def omissions_page(
    visitor: CurrentVisitor,
    services: Injected,
    decided: Annotated[bool, Query()] = False,
    cursor: Cursor = None,
) -> Response:
    """List the photos that could not be taken: those without an answer, or those with one."""
    parts = (*omissions.PARTS, joinedload(Omission.decider))
    wanted = (
        Omission.state != OmissionState.OPEN if decided else Omission.state == OmissionState.OPEN
    )
    statement = visible_omissions(select(Omission).options(*parts), visitor.actor).where(wanted)
    with services.database.read() as session:
        rows, following = fetch(session, statement, Omission, PAGE, cursor)
        photos = newest_checks(session, [row.order_id for row in rows])
    return visitor.render(
        "omissions.html",
        path=PATH,
        rows=rows,
        photos=photos,
        following=following,
        decided=decided,
        may_decide=visitor.actor.role in DECIDERS,
    )


@router.post(PATH + "/{omission_id}/decision", **allow(*DECIDERS, scoped=True, also=(409,)))
def decide_omission_page(
    omission_id: PathId,
    visitor: CurrentVisitor,
    services: Injected,
    decision: Annotated[Literal["accept", "reject", "reopen"], Form()],
    version: Annotated[int, Form(ge=1, le=2**31 - 2)],
    comment: Annotated[Comment, Form()] = "",
) -> Response:
    """Answer one; whoever was slower is told so and sees the answer that stands."""
    flash = f"omission.flash.{decision}"
    try:
        with services.database.write() as session:
            row = omissions.find(session, visitor.actor, omission_id)
            number = row.order.number
            omissions.decide(session, visitor.actor, row, version, Decision(decision), comment)
    except ApiError as error:
        if error.code not in ("review.conflict", "review.impossible"):
            raise
        flash = "omission.flash.too_late" if error.code == "review.conflict" else "omission.why"
    return visitor.redirect(PATH, flash, order=number)

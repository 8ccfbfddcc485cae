"""Keeping and deleting filters of the queue; its page lists them."""

from typing import Annotated

from fastapi import Form, Response
from pydantic import AfterValidator, Field

from api import saved_filters
from api.access import allow
from api.review.page import CurrentVisitor, page_router
from api.saved_filters import MAX_QUERY, canonical
from api.schemas import FilterName, PathId
from api.services import Injected
from api.tables import Role

router = page_router()
DECIDERS = (Role.SUPERVISOR, Role.ADMIN)
Query = Annotated[str, Form(), Field(max_length=MAX_QUERY), AfterValidator(canonical)]


@router.post("/filters", **allow(*DECIDERS))
def keep_filter(
    name: Annotated[FilterName, Form()],
    visitor: CurrentVisitor,
    services: Injected,
    query: Query = "",
) -> Response:
    """Keep the queue's present filter under a name."""
    with services.database.write() as session:
        saved_filters.keep(session, visitor.actor, name, query)
    return visitor.redirect(_queue(query), "filters.saved", name=name)


@router.post("/filters/{filter_id}/delete", **allow(*DECIDERS, scoped=True))
def delete_filter(
    filter_id: PathId, visitor: CurrentVisitor, services: Injected, query: Query = ""
) -> Response:
    """Delete one of one's own filters; what is shown stays."""
    with services.database.write() as session:
        saved_filters.drop(session, visitor.actor, filter_id)
    return visitor.redirect(_queue(query), "filters.deleted")


def _queue(query: str) -> str:
    return f"/review?{query}" if query else "/review"

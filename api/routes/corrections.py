"""Corrections: reviewed checks handed out as training data."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime
from sqlalchemy import select

from api import audit
from api.access import CurrentActor, allow
from api.corrections import Since, archive, decided, lines
from api.filters import Filtered
from api.services import Injected
from api.tables import Check, Role

router = APIRouter(prefix="/v1/corrections", tags=["corrections"])
MAX_CHECKS = 5000
FILE: dict[str, Any] = {
    "response_class": Response,
    "response_description": "A ZIP, or the lines alone; docs/corrections.md describes both",
}


class Form(StrEnum):
    """With pictures or without."""

    ZIP = "zip"
    JSONL = "jsonl"


@router.get("", **FILE, **allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR))
def export_corrections(
    actor: CurrentActor,
    services: Injected,
    filtered: Filtered,
    form: Form = Form.ZIP,
    decided_after: Annotated[
        AwareDatetime | None,
        Query(description="`decided_at` of the last line one has: only later decisions follow"),
    ] = None,
    overruled: Annotated[bool, Query(description="only what differs from the model")] = False,
    limit: Annotated[int, Query(ge=1, le=MAX_CHECKS, description="the earliest first")] = 1000,
) -> Response:
    """Hand out what reviewers decided, with the photos, as training data.

    Names, staff numbers, places and words of people are not in it. The audit log keeps which
    checks were handed out to whom.
    """
    since = Since(decided_after, overruled, limit)
    with services.database.read() as session:
        statement = decided(filtered.apply(select(Check.id), actor), since)
        ids = list(session.scalars(statement))
    with services.database.write() as session:
        facts = {"form": form, "filters": filtered.facts(), "checks": ids}
        audit.append(session, actor.id, "corrections.exported", "corrections", **facts)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="corrections.{form}"',
    }
    if form is Form.JSONL:
        text = lines(services.database, ids)
        return StreamingResponse(text, media_type="application/jsonl", headers=headers)
    blur = services.settings.blur_faces
    packed = archive(services.database, services.store, ids, blur)
    return StreamingResponse(packed, media_type="application/zip", headers=headers)

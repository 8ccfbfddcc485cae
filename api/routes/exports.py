"""Tables for spreadsheets: checks and figures as CSV or Excel."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import audit, exports
from api.access import ALL, Actor, CurrentActor, allow
from api.errors import ApiError
from api.exports import Table, Words
from api.figures import Scoped
from api.filters import Filtered
from api.services import Injected, Services
from api.sheets import CSV_TYPE, XLSX_TYPE, Sheet, to_csv, to_xlsx
from api.tables import Role

router = APIRouter(prefix="/v1/exports", tags=["exports"])
FILE: dict[str, Any] = {"response_class": Response, "response_description": "The file"}


class Form(StrEnum):
    """Kind of file."""

    CSV = "csv"
    XLSX = "xlsx"


class Language(StrEnum):
    """Of headings and verdicts."""

    EN = "en"
    ZH_CN = "zh-CN"


In = Annotated[Language | None, Query(description="words instead of codes")]


@router.get("/checks", **FILE, **allow(*ALL))
def export_checks(
    actor: CurrentActor,
    services: Injected,
    filtered: Filtered,
    form: Form = Form.CSV,
    lang: In = None,
) -> Response:
    """Hand out the checks one may see as a table, newest first; at most 20 000."""
    with services.database.read() as session:
        sheet = exports.checks(session, actor, filtered, Words(lang), services.settings.zone)
        data = _write(form, [sheet])
    _note(services, actor, "checks.exported", form, filtered.facts())
    return _file(data, form, "checks")


@router.get("/statistics", **FILE, **allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR))
def export_statistics(
    actor: CurrentActor,
    services: Injected,
    scope: Scoped,
    form: Form = Form.XLSX,
    table: Annotated[
        Table | None, Query(description="left out, an Excel file has all, each on its sheet")
    ] = None,
    lang: In = None,
) -> Response:
    """Hand out the statistics as tables."""
    if table is None and form is Form.CSV:
        errors = [{"field": "table", "message": "a CSV has one table"}]
        raise ApiError("request.invalid", "name the table", errors=errors)
    with services.database.read() as session:
        tables = tuple(Table) if table is None else (table,)
        sheets = [exports.statistics(session, actor, scope, t, Words(lang)) for t in tables]
        data = _write(form, sheets)
    _note(services, actor, "statistics.exported", form, {})
    return _file(data, form, "statistics" if table is None else f"statistics-{table}")


def _write(form: Form, sheets: list[Sheet]) -> bytes:
    return to_csv(sheets[0]) if form is Form.CSV else to_xlsx(*sheets)


def _note(
    services: Services, actor: Actor, action: str, form: Form, filters: dict[str, str]
) -> None:
    with services.database.write() as session:
        audit.append(session, actor.id, action, "export", form=form, filters=filters)


def _file(data: bytes, form: Form, name: str) -> Response:
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=CSV_TYPE if form is Form.CSV else XLSX_TYPE, headers=headers)

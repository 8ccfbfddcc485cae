"""The overview: how many pass, by what, and how often supervisors say something else."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import figures
from api.access import Actor, allow
from api.errors import ApiError
from api.figures import By, PassRate, Scope
from api.review.charts import pass_rate_line
from api.review.page import CurrentVisitor, page_router
from api.services import Injected
from api.tables import Role, Team
from vision import Shot

router = page_router()
READERS = (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
DAYS = 30  # shown unless others are asked for
MOST = 50  # technicians shown; the tables to download have all
SPANS = (7, 30, 90)
_scope = TypeAdapter(Scope)


@dataclass(frozen=True)
class Asked:
    """What the overview is about; `query` is its address after the `?`."""

    scope: Scope

    @property
    def query(self) -> str:
        """For the tables to download."""
        scope = self.scope
        named = {
            "team": scope.team,
            "shot": scope.shot,
            "from_day": scope.from_day,
            "to_day": scope.to_day,
        }
        return urlencode({name: str(value) for name, value in named.items() if value is not None})

    def spanning(self, days: int) -> "Asked":
        """The same over the last so many days."""
        if self.scope.to_day is None:
            return self
        start = self.scope.to_day - timedelta(days=days - 1)
        return Asked(replace(self.scope, from_day=start))


def read_asked(request: Request, services: Injected) -> Asked:
    """What the address asks for; the last 30 days unless it names others.

    Raises:
        ApiError: `request.invalid`.
    """
    names = ("team", "shot", "from_day", "to_day")
    given = {name: value for name in names if (value := request.query_params.get(name))}
    today = datetime.now(services.settings.zone).date()
    given.setdefault("to_day", today.isoformat())
    try:
        scope = _scope.validate_python(given)
    except ValidationError as error:
        raise ApiError("request.invalid", "the filter cannot be used") from error
    asked = Asked(scope)
    return asked if scope.from_day is not None else asked.spanning(DAYS)


CurrentAsked = Annotated[Asked, Depends(read_asked)]


@router.get("/overview", **allow(*READERS))
def overview_page(visitor: CurrentVisitor, asked: CurrentAsked, services: Injected) -> Response:
    """Show the figures, with a table beside every chart."""
    actor, scope = visitor.actor, asked.scope
    with services.database.read() as session:
        rates = {by: figures.pass_rates(session, actor, by, scope) for by in By}
        context: dict[str, Any] = {
            "summary": figures.summary(session, actor, scope),
            "overruled": figures.overruled(session, actor, scope),
            "teams": _teams(session, actor),
        }
    return visitor.render(
        "overview.html",
        asked=asked,
        scope=scope,
        spans=SPANS,
        shots=list(Shot),
        by_rule=rates[By.RULE],
        by_team=rates[By.TEAM],
        by_technician=_most_failures(rates[By.TECHNICIAN]),
        technicians=len(rates[By.TECHNICIAN]),
        by_shot=rates[By.SHOT],
        by_day=rates[By.DAY],
        line=pass_rate_line(rates[By.DAY]),
        **context,
    )


def _teams(session: Session, actor: Actor) -> list[Team]:
    """Those to choose from."""
    statement = select(Team).order_by(Team.name)
    if not actor.sees_all:
        statement = statement.where(Team.id.in_(actor.teams))
    return list(session.scalars(statement))


def _most_failures(rates: list[PassRate]) -> list[PassRate]:
    """Those whose photos failed most often first."""
    return sorted(rates, key=lambda rate: (-rate.failed, rate.pass_rate or 0, rate.name))[:MOST]

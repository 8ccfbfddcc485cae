"""Figures over checks: who passes, and how often the model is overruled."""

from fastapi import APIRouter

from api import figures
from api.access import ALL, CurrentActor, allow
from api.figures import By, Overruled, PassRate, Scoped, Summary
from api.services import Injected
from api.tables import Role

router = APIRouter(prefix="/v1/statistics", tags=["statistics"])


@router.get("/summary", **allow(*ALL))
def summary(actor: CurrentActor, services: Injected, scope: Scoped) -> Summary:
    """How many checks there are, how they ended, and what waits for a person."""
    with services.database.read() as session:
        return figures.summary(session, actor, scope)


@router.get("/pass-rate", **allow(*ALL))
def pass_rate(actor: CurrentActor, services: Injected, by: By, scope: Scoped) -> list[PassRate]:
    """Pass rates over the checks one may see; at most 1000 groups, of days the latest."""
    with services.database.read() as session:
        return figures.pass_rates(session, actor, by, scope)


@router.get("/overruled", **allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR))
def overruled(actor: CurrentActor, services: Injected, scope: Scoped) -> list[Overruled]:
    """How often people changed what the model said, by rule, over accepted checks."""
    with services.database.read() as session:
        return figures.overruled(session, actor, scope)

"""Figures over checks: who passes, and how often the model is overruled."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, case, func, select

from api.access import ALL, AnySelect, CurrentActor, allow, visible_checks
from api.schemas import Id
from api.services import Injected
from api.tables import Account, Check, CheckFinding, ReviewState, Role, Team
from vision import Verdict

router = APIRouter(prefix="/v1/statistics", tags=["statistics"])
From = Annotated[date | None, Query(description="first day, in the service's time zone")]
To = Annotated[date | None, Query(description="last day, inclusive")]
MAX_ROWS = 1000


class By(StrEnum):
    """What the figures are grouped by."""

    RULE = "rule"
    TEAM = "team"
    TECHNICIAN = "technician"
    DAY = "day"
    SHOT = "shot"


class PassRate(BaseModel):
    """One group; final verdicts, so reviews count."""

    key: str = Field(description="rule, team or technician identifier, day, shot")
    name: str = Field(description="the same for people")
    total: int
    passed: int
    failed: int
    unsure: int
    pass_rate: float | None = Field(description="passed ÷ (passed + failed); null if neither")


class Overruled(BaseModel):
    """One rule: of the model's PASS and FAIL that people looked at, how many they changed."""

    rule: str
    reviewed: int
    overruled: int
    share: float
    unsure_resolved: int = Field(description="UNSURE that became PASS or FAIL; not in the share")


@router.get("/pass-rate", **allow(*ALL))
def pass_rate(
    actor: CurrentActor,
    services: Injected,
    by: By,
    team: Id | None = None,
    technician: Id | None = None,
    from_day: From = None,
    to_day: To = None,
) -> list[PassRate]:
    """Pass rates over the checks one may see; at most 1000 groups."""
    key, name, verdict = _columns(by)
    counts = [_count(verdict == wanted) for wanted in (Verdict.PASS, Verdict.FAIL, Verdict.UNSURE)]
    statement = select(key, name, func.count(), *counts).select_from(Check)
    if by is By.RULE:
        statement = statement.join(CheckFinding, CheckFinding.check_id == Check.id)
    elif by is By.TEAM:
        statement = statement.join(Team, Team.id == Check.team_id)
    elif by is By.TECHNICIAN:
        statement = statement.join(Account, Account.id == Check.technician_id)
    statement = _within(visible_checks(statement, actor), from_day, to_day)
    if team is not None:
        statement = statement.where(Check.team_id == team)
    if technician is not None:
        statement = statement.where(Check.technician_id == technician)
    statement = statement.group_by(key, name).order_by(key).limit(MAX_ROWS)
    with services.database.read() as session:
        rows = session.execute(statement).all()
    return [
        PassRate(
            key=str(row[0]),
            name=str(row[1]),
            total=row[2],
            passed=row[3],
            failed=row[4],
            unsure=row[5],
            pass_rate=round(row[3] / (row[3] + row[4]), 4) if row[3] + row[4] else None,
        )
        for row in rows
    ]


def _columns(by: By) -> tuple[Any, Any, Any]:
    """What to group by, how it is called, and whose verdict counts."""
    match by:
        case By.RULE:
            return CheckFinding.rule, CheckFinding.rule, CheckFinding.final_verdict
        case By.TEAM:
            return Team.id, Team.name, Check.final_verdict
        case By.TECHNICIAN:
            return Account.id, Account.name, Check.final_verdict
        case By.DAY:
            return Check.day, Check.day, Check.final_verdict
        case By.SHOT:
            return Check.shot, Check.shot, Check.final_verdict


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """In how many rows of the group it holds."""
    return func.sum(case((condition, 1), else_=0))


def _within(statement: AnySelect, from_day: date | None, to_day: date | None) -> AnySelect:
    if from_day is not None:
        statement = statement.where(Check.day >= from_day)
    if to_day is not None:
        statement = statement.where(Check.day <= to_day)
    return statement


@router.get("/overruled", **allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR))
def overruled(
    actor: CurrentActor, services: Injected, from_day: From = None, to_day: To = None
) -> list[Overruled]:
    """How often people changed what the model said, by rule, over decided checks."""
    certain = CheckFinding.verdict.in_((Verdict.PASS, Verdict.FAIL))
    changed = CheckFinding.verdict != CheckFinding.final_verdict
    resolved = CheckFinding.final_verdict.in_((Verdict.PASS, Verdict.FAIL))
    statement = (
        select(
            CheckFinding.rule,
            _count(certain),
            _count(certain & changed),
            _count((CheckFinding.verdict == Verdict.UNSURE) & resolved),
        )
        .select_from(Check)
        .join(CheckFinding, CheckFinding.check_id == Check.id)
        .where(Check.review == ReviewState.DONE)
        .group_by(CheckFinding.rule)
        .order_by(CheckFinding.rule)
    )
    statement = _within(visible_checks(statement, actor), from_day, to_day)
    with services.database.read() as session:
        rows = session.execute(statement).all()
    return [
        Overruled(
            rule=rule,
            reviewed=reviewed,
            overruled=changed_count,
            share=round(changed_count / reviewed, 4) if reviewed else 0.0,
            unsure_resolved=resolved_count,
        )
        for rule, reviewed, changed_count, resolved_count in rows
    ]

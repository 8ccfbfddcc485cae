"""Figures over checks: how many pass, by what, and how often people say something else."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from api.access import Actor, AnySelect, visible_checks
from api.decided import last_review_id
from api.schemas import Id
from api.tables import Account, Appeal, Check, CheckFinding, Decision, Review, ReviewState, Team
from vision import Shot, Verdict

MAX_ROWS = 1000


@dataclass(frozen=True)
class Scope:
    """Which checks are counted: parameters of the query; None counts all."""

    team: Annotated[Id | None, Query(description="identifier")] = None
    technician: Annotated[Id | None, Query(description="identifier")] = None
    shot: Annotated[Shot | None, Query()] = None
    from_day: Annotated[date | None, Query(description="first day, in the service's time zone")] = (
        None
    )
    to_day: Annotated[date | None, Query(description="last day, inclusive")] = None

    def apply(self, statement: AnySelect, actor: Actor) -> AnySelect:
        """Only what is counted and may be seen; the statement selects from `Check`."""
        statement = visible_checks(statement, actor)
        for column, value in (
            (Check.team_id, self.team),
            (Check.technician_id, self.technician),
            (Check.shot, self.shot),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if self.from_day is not None:
            statement = statement.where(Check.day >= self.from_day)
        if self.to_day is not None:
            statement = statement.where(Check.day <= self.to_day)
        return statement


Scoped = Annotated[Scope, Depends()]


class By(StrEnum):
    """What the figures are grouped by."""

    RULE = "rule"
    TEAM = "team"
    TECHNICIAN = "technician"
    DAY = "day"
    SHOT = "shot"


class Counts(BaseModel):
    """Final verdicts, so reviews count."""

    total: int
    passed: int
    failed: int
    unsure: int
    pass_rate: float | None = Field(description="passed ÷ (passed + failed); null if neither")


def _counts(
    total: int, passed: int | None, failed: int | None, unsure: int | None
) -> dict[str, Any]:
    """The fields of `Counts` from a row; sums over no rows are null."""
    good, bad = passed or 0, failed or 0
    rate = round(good / (good + bad), 4) if good + bad else None
    return {
        "total": total,
        "passed": good,
        "failed": bad,
        "unsure": unsure or 0,
        "pass_rate": rate,
    }


class PassRate(Counts):
    """One group."""

    key: str = Field(description="rule, team or technician identifier, day, shot")
    name: str = Field(description="the same for people")


class Overruled(BaseModel):
    """One rule: of the model's PASS and FAIL that people looked at, how many they changed."""

    rule: str
    reviewed: int
    overruled: int
    share: float
    false_alarms: int = Field(description="FAIL that became PASS")
    missed: int = Field(description="PASS that became FAIL; of PASS only a sample is looked at")
    unsure_resolved: int = Field(description="UNSURE that became PASS or FAIL; not in the share")


class Summary(Counts):
    """Everything together."""

    unsure_share: float | None = Field(description="unsure ÷ total; null without checks")
    decided: int = Field(description="checks that a person has decided on")
    waiting: int = Field(description="checks that wait for a person")
    appeals_waiting: int


def pass_rates(session: Session, actor: Actor, by: By, scope: Scope) -> list[PassRate]:
    """Pass rates by group, at most 1000 groups; of days the latest."""
    key, name, verdict = _columns(by)
    statement = select(key, name, func.count(), *_by_verdict(verdict)).select_from(Check)
    if by is By.RULE:
        statement = statement.join(CheckFinding, CheckFinding.check_id == Check.id)
    elif by is By.TEAM:
        statement = statement.join(Team, Team.id == Check.team_id)
    elif by is By.TECHNICIAN:
        statement = statement.join(Account, Account.id == Check.technician_id)
    statement = scope.apply(statement, actor).group_by(key, name)
    statement = statement.order_by(key.desc() if by is By.DAY else name, key).limit(MAX_ROWS)
    rows = session.execute(statement).all()
    rates = [PassRate(key=str(row[0]), name=str(row[1]), **_counts(*row[2:])) for row in rows]
    return rates[::-1] if by is By.DAY else rates


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


def _by_verdict(verdict: Any) -> list[ColumnElement[int]]:
    return [_count(verdict == wanted) for wanted in (Verdict.PASS, Verdict.FAIL, Verdict.UNSURE)]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """In how many rows of the group it holds."""
    return func.sum(case((condition, 1), else_=0))


def overruled(session: Session, actor: Actor, scope: Scope) -> list[Overruled]:
    """How often people changed what the model said, by rule.

    Over checks that were accepted: who rejects a photo as a whole says nothing about its rules.
    """
    said, final = CheckFinding.verdict, CheckFinding.final_verdict
    certain = said.in_((Verdict.PASS, Verdict.FAIL))
    statement = (
        select(
            CheckFinding.rule,
            _count(certain),
            _count(certain & (said != final)),
            _count((said == Verdict.FAIL) & (final == Verdict.PASS)),
            _count((said == Verdict.PASS) & (final == Verdict.FAIL)),
            _count((said == Verdict.UNSURE) & final.in_((Verdict.PASS, Verdict.FAIL))),
        )
        .select_from(Check)
        .join(CheckFinding, CheckFinding.check_id == Check.id)
        .join(Review, Review.id == last_review_id())
        .where(Check.review == ReviewState.DONE, Review.decision == Decision.ACCEPT)
        .group_by(CheckFinding.rule)
        .order_by(CheckFinding.rule)
    )
    return [
        Overruled(
            rule=rule,
            reviewed=reviewed,
            overruled=changed,
            share=round(changed / reviewed, 4) if reviewed else 0.0,
            false_alarms=false_alarms,
            missed=missed,
            unsure_resolved=resolved,
        )
        for rule, reviewed, changed, false_alarms, missed, resolved in session.execute(
            scope.apply(statement, actor)
        )
    ]


def summary(session: Session, actor: Actor, scope: Scope) -> Summary:
    """Everything together."""
    states = [_count(Check.review == state) for state in (ReviewState.DONE, ReviewState.OPEN)]
    counts = select(func.count(), *_by_verdict(Check.final_verdict), *states).select_from(Check)
    *verdicts, done, waiting = session.execute(scope.apply(counts, actor)).one()
    asked = (
        select(func.count())
        .select_from(Check)
        .join(Appeal, (Appeal.check_id == Check.id) & Appeal.answered_by.is_(None))
    )
    known = _counts(*verdicts)
    total = known["total"]
    return Summary(
        **known,
        unsure_share=round(known["unsure"] / total, 4) if total else None,
        decided=done or 0,
        waiting=waiting or 0,
        appeals_waiting=session.scalars(scope.apply(asked, actor)).one(),
    )

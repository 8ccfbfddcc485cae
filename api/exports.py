"""Checks and figures as tables for spreadsheets, in codes for machines or in words for people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import figures
from api.access import Actor
from api.checking import CHECK_PARTS
from api.errors import ApiError
from api.figures import By, Scope
from api.filters import CheckFilter
from api.review.texts import lookup
from api.sheets import Cell, Sheet
from api.tables import Check, Role, Team
from vision import Verdict
from vision.policy import RuleId
from vision.texts import rule_name, verdict_name

MAX_ROWS = 20_000
BATCH = 500
CHECK_COLUMNS = (
    "check",
    "sent_at",
    "day",
    "work_order",
    "technician",
    "technician_name",
    "team",
    "shot",
    "verdict",
    "final_verdict",
    "review",
    "flags",
    "model_version",
)
RATE_COLUMNS = ("name", "total", "passed", "failed", "unsure", "pass_rate")
OVERRULED_COLUMNS = tuple(figures.Overruled.model_fields)
COLUMNS = frozenset((*CHECK_COLUMNS, *By, *RATE_COLUMNS, *OVERRULED_COLUMNS))
"""Every heading there is; `export.columns` of the texts names them."""


class Table(StrEnum):
    """Tables of figures."""

    RULE = By.RULE
    TEAM = By.TEAM
    TECHNICIAN = By.TECHNICIAN
    DAY = By.DAY
    SHOT = By.SHOT
    OVERRULED = "overruled"


TABLES = frozenset(("checks", *Table))
"""Every table there is; `export.tables` of the texts names them."""


@dataclass(frozen=True)
class Words:
    """How headings and codes are written: a language's words, or as they are for None."""

    language: str | None

    def column(self, code: str) -> str:
        """A heading."""
        return code if self.language is None else lookup(self.language)(f"export.columns.{code}")

    def rule(self, rule: str) -> str:
        """A rule."""
        return rule if self.language is None else rule_name(rule, self.language)

    def verdict(self, verdict: str) -> str:
        """A verdict."""
        return verdict if self.language is None else verdict_name(Verdict(verdict), self.language)

    def table(self, code: str) -> str:
        """Name of a table."""
        return code if self.language is None else lookup(self.language)(f"export.tables.{code}")

    def name(self, area: str, code: str) -> str:
        """A shot, state of review, or flag."""
        return code if self.language is None else lookup(self.language)(f"{area}.{code}")


def checks(
    session: Session, actor: Actor, filtered: CheckFilter, words: Words, zone: ZoneInfo
) -> Sheet:
    """One row a check, newest first: what was said of it, then every rule's final verdict.

    Raises:
        ApiError: `export.too_large`.
    """
    count = session.scalars(filtered.apply(select(func.count()).select_from(Check), actor)).one()
    if count > MAX_ROWS:
        raise ApiError(
            "export.too_large",
            f"these are {count} checks, a table has at most {MAX_ROWS}: choose fewer days",
        )
    rows = _check_rows(session, actor, filtered, words, zone)
    header = [words.column(code) for code in CHECK_COLUMNS]
    return Sheet(words.table("checks"), header + [words.rule(rule) for rule in RuleId], rows)


def _check_rows(
    session: Session, actor: Actor, filtered: CheckFilter, words: Words, zone: ZoneInfo
) -> Iterator[list[Cell]]:
    teams = {team.id: team.name for team in session.scalars(select(Team))}
    ids = filtered.apply(select(Check.id), actor)
    ids = ids.order_by(Check.created_at.desc(), Check.id.desc())
    wanted = session.scalars(ids).all()
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        statement = select(Check).where(Check.id.in_(batch)).options(*CHECK_PARTS)
        found = {check.id: check for check in session.scalars(statement)}
        for check_id in batch:
            yield _check_row(found[check_id], actor, teams, words, zone)
        session.expunge_all()  # reports are large


def _check_row(
    check: Check, actor: Actor, teams: dict[str, str], words: Words, zone: ZoneInfo
) -> list[Cell]:
    flags = [] if actor.role is Role.TECHNICIAN else check.flags
    final = {finding.rule: words.verdict(finding.final_verdict) for finding in check.findings}
    return [
        check.id,
        check.created_at.astimezone(zone),
        check.day,
        check.order.number,
        check.technician.login,
        check.technician.name,
        teams[check.team_id],
        words.name("shot", check.shot),
        words.verdict(check.verdict),
        words.verdict(check.final_verdict),
        words.name("export.reviews", check.review),
        ", ".join(words.name("flag.short", flag.kind) for flag in flags),
        check.model_version,
        *(final.get(rule) for rule in RuleId),
    ]


def statistics(session: Session, actor: Actor, scope: Scope, table: Table, words: Words) -> Sheet:
    """One table of the figures."""
    if table is Table.OVERRULED:
        columns, rows = OVERRULED_COLUMNS, _overruled_rows(session, actor, scope, words)
    else:
        columns, rows = (table.value, *RATE_COLUMNS), _rates(session, actor, scope, table, words)
    return Sheet(words.table(table), [words.column(code) for code in columns], rows)


def _rates(
    session: Session, actor: Actor, scope: Scope, table: Table, words: Words
) -> list[list[Cell]]:
    """Keys stay codes, so that tables of two languages can be put together; names are words."""
    named: dict[Table, Callable[[str], str]] = {
        Table.RULE: words.rule,
        Table.SHOT: partial(words.name, "shot"),
    }
    name = named.get(table, str)
    return [
        [rate.key, name(rate.name), *(getattr(rate, code) for code in RATE_COLUMNS[1:])]
        for rate in figures.pass_rates(session, actor, By(table.value), scope)
    ]


def _overruled_rows(session: Session, actor: Actor, scope: Scope, words: Words) -> list[list[Cell]]:
    return [
        [words.rule(row.rule), *(getattr(row, code) for code in OVERRULED_COLUMNS[1:])]
        for row in figures.overruled(session, actor, scope)
    ]

"""The queue: which checks wait for a person, in which order, and how many of each kind."""

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from api.access import Actor
from api.checking import CHECK_PARTS
from api.errors import ApiError
from api.filters import CheckFilter
from api.review.holds import not_held_by_others
from api.tables import Account, Appeal, Check, CheckFinding, Flag, ReviewState, Team
from vision import Verdict

PAGE = 24


class Group(StrEnum):
    """Why a check waits; one may wait for several reasons."""

    FAILED = "failed"
    UNSURE = "unsure"
    FLAGGED = "flagged"
    APPEALED = "appealed"
    SAMPLE = "sample"


class Order(StrEnum):
    """Which of equally pressing checks comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"


_FLAGGED = exists().where(Flag.check_id == Check.id)
_APPEALED = exists().where(Appeal.check_id == Check.id)
_WAITING = exists().where(Appeal.check_id == Check.id, Appeal.answered_by.is_(None))
# Of what never changes, so that a check keeps its place while people decide.
_rank = case(
    (Check.verdict == Verdict.FAIL, 0),
    (Check.verdict == Verdict.UNSURE, 1),
    (or_(_FLAGGED, _APPEALED), 2),
    else_=3,
)
_GROUPS: dict[Group, ColumnElement[bool]] = {
    Group.FAILED: Check.verdict == Verdict.FAIL,
    Group.UNSURE: Check.verdict == Verdict.UNSURE,
    Group.FLAGGED: _FLAGGED,
    Group.APPEALED: _WAITING,
    Group.SAMPLE: _rank == 3,
}


@dataclass(frozen=True)
class View:
    """The part of the queue that somebody looks at; `query` is its address after the `?`."""

    group: Group | None = None
    order: Order = Order.NEWEST
    decided: bool = False
    filter: CheckFilter = field(default_factory=CheckFilter)

    @property
    def query(self) -> str:
        """What differs from the whole queue."""
        named: dict[str, Any] = {
            one.name: getattr(self.filter, one.name) for one in fields(self.filter)
        }
        named |= {"group": self.group, "decided": self.decided or None}
        if self.order is not Order.NEWEST:
            named["order"] = self.order
        kept = {name: str(value) for name, value in named.items() if value is not None}
        return urlencode(kept)

    def link(self, path: str, **changes: Any) -> str:
        """An address with this view; changes replace parts of it."""
        query = replace(self, **changes).query if changes else self.query
        return f"{path}?{query}" if query else path


_view = TypeAdapter(View)


def read_view(request: Request) -> View:
    """The view out of the address; empty fields, as forms send them, count as left out.

    Raises:
        ApiError: `request.invalid`.
    """
    given = {name: value for name, value in request.query_params.items() if value}
    names = {one.name for one in fields(CheckFilter)} - {"review", "rule_verdict"}
    wanted = {name: given[name] for name in names & set(given)}
    own = {name: given[name] for name in {"group", "order", "decided"} & set(given)}
    try:
        view = _view.validate_python(own | {"filter": wanted})
    except ValidationError as error:
        raise ApiError("request.invalid", "the filter cannot be used") from error
    if view.filter.rule is not None:
        looked_for = Verdict.UNSURE if view.group is Group.UNSURE else Verdict.FAIL
        view = replace(view, filter=replace(view.filter, rule_verdict=looked_for))
    return view


def _scope(statement: Select[Any], view: View, actor: Actor) -> Select[Any]:
    statement = view.filter.apply(statement, actor)
    if view.group is not None:
        statement = statement.where(_GROUPS[view.group])
    if view.decided:
        return statement.where(Check.review == ReviewState.DONE)
    return statement.where(Check.review == ReviewState.OPEN, not_held_by_others(actor))


def _ordered(statement: Select[Any], view: View, backwards: bool = False) -> Select[Any]:
    newest = (view.order is Order.NEWEST) != backwards
    rank = _rank.desc() if backwards else _rank.asc()
    if newest:
        return statement.order_by(rank, Check.created_at.desc(), Check.id.desc())
    return statement.order_by(rank, Check.created_at, Check.id)


def _beyond(session: Session, view: View, check_id: str, backwards: bool) -> ColumnElement[bool]:
    """Whatever comes after a check in the queue, or before it; the check need not be in it."""
    place = select(_rank, Check.created_at).where(Check.id == check_id)
    rank, created_at = session.execute(place).one()
    newest = (view.order is Order.NEWEST) != backwards
    at, row = Check.created_at, Check.id
    later = (at < created_at, row < check_id) if newest else (at > created_at, row > check_id)
    further = _rank < rank if backwards else _rank > rank
    return or_(further, and_(_rank == rank, or_(later[0], and_(at == created_at, later[1]))))


def list_checks(
    session: Session, view: View, actor: Actor, after: str | None
) -> tuple[list[Check], bool]:
    """One page of the queue, after a check or from the start, and whether more follow."""
    statement = _scope(select(Check).options(*CHECK_PARTS), view, actor)
    if after is not None:
        statement = statement.where(_beyond(session, view, after, backwards=False))
    rows = list(session.scalars(_ordered(statement, view).limit(PAGE + 1)))
    return rows[:PAGE], len(rows) > PAGE


def neighbour(
    session: Session, view: View, actor: Actor, check_id: str, backwards: bool = False
) -> str | None:
    """The check that comes next in the queue, or the one before."""
    statement = _scope(select(Check.id), view, actor).where(
        _beyond(session, view, check_id, backwards), Check.id != check_id
    )
    found: str | None = session.scalar(_ordered(statement, view, backwards).limit(1))
    return found


def first(session: Session, view: View, actor: Actor, but: str) -> str | None:
    """Where the queue begins, `but` left out: what was skipped comes round again."""
    statement = _scope(select(Check.id), view, actor).where(Check.id != but)
    found: str | None = session.scalar(_ordered(statement, view).limit(1))
    return found


def count(session: Session, view: View, actor: Actor) -> int:
    """How many there are."""
    number: int = session.scalars(_scope(select(func.count(Check.id)), view, actor)).one()
    return number


@dataclass(frozen=True)
class Choice:
    """One value of a filter, what it is called, and how many checks it would leave."""

    value: str
    name: str
    count: int


@dataclass(frozen=True)
class Counts:
    """How many checks every choice would leave, the other filters as they are."""

    total: int
    groups: dict[Group, int]
    shots: list[Choice]
    rules: list[Choice]
    teams: list[Choice]
    technicians: list[Choice]


def count_choices(session: Session, view: View, actor: Actor) -> Counts:
    """Count for every filter as if it were not set."""
    everything = replace(view, group=None)
    sums = [func.sum(case((condition, 1), else_=0)) for condition in _GROUPS.values()]
    columns: list[Any] = [func.count(Check.id), *sums]
    statement = _scope(select(*columns), everything, actor)
    total, *per_group = session.execute(statement).one()

    def choices(key: Any, name: Any, without: str, *joined: Any) -> list[Choice]:
        open_view = replace(view, filter=replace(view.filter, **{without: None}))
        grouped = _scope(select(key, name, func.count()).select_from(Check), open_view, actor)
        for target, condition in joined:
            grouped = grouped.join(target, condition)
        rows = session.execute(grouped.group_by(key, name).order_by(func.count().desc(), name))
        return [Choice(str(value), str(shown), number) for value, shown, number in rows]

    wanted = Verdict.UNSURE if view.group is Group.UNSURE else Verdict.FAIL
    is_wanted = and_(CheckFinding.check_id == Check.id, CheckFinding.final_verdict == wanted)
    return Counts(
        total=total,
        groups={group: number or 0 for group, number in zip(_GROUPS, per_group, strict=True)},
        shots=choices(Check.shot, Check.shot, "shot"),
        rules=choices(CheckFinding.rule, CheckFinding.rule, "rule", (CheckFinding, is_wanted)),
        teams=choices(Team.id, Team.name, "team", (Team, Team.id == Check.team_id)),
        technicians=choices(
            Account.login, Account.name, "technician", (Account, Account.id == Check.technician_id)
        ),
    )

"""Which checks are meant: the filters that listings, exports and training data share."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import select

from api.access import Actor, AnySelect, visible_checks
from api.errors import ApiError
from api.schemas import Id, Login, Number
from api.tables import Account, Check, CheckFinding, Flag, FlagKind, ReviewState, Role, WorkOrder
from vision import Shot, Verdict
from vision.policy import RuleId


@dataclass(frozen=True)
class CheckFilter:
    """Parameters of the query; None filters nothing."""

    verdict: Annotated[Verdict | None, Query(description="final verdict")] = None
    rule: Annotated[RuleId | None, Query(description="whose finding has rule_verdict")] = None
    rule_verdict: Annotated[Verdict | None, Query(description="FAIL if left out")] = None
    shot: Annotated[Shot | None, Query()] = None
    review: Annotated[ReviewState | None, Query()] = None
    flag: Annotated[FlagKind | None, Query()] = None
    technician: Annotated[Login | None, Query(description="login")] = None
    team: Annotated[Id | None, Query(description="identifier")] = None
    work_order: Annotated[Number | None, Query(description="number")] = None
    model_version: Annotated[str | None, Query(pattern=r"^[\x20-\x7e]{1,100}$")] = None
    from_day: Annotated[date | None, Query(description="in the service's time zone")] = None
    to_day: Annotated[date | None, Query(description="inclusive")] = None

    def apply(self, statement: AnySelect, actor: Actor) -> AnySelect:
        """Only the checks meant that the actor may see; the statement selects from `Check`.

        Raises:
            ApiError: `auth.role`, a technician asks by flag, and is not shown flags.
        """
        if self.flag is not None and actor.role is Role.TECHNICIAN:
            raise ApiError("auth.role", "technicians are not shown flags")
        statement = visible_checks(statement, actor)
        for column, value in (
            (Check.final_verdict, self.verdict),
            (Check.shot, self.shot),
            (Check.review, self.review),
            (Check.team_id, self.team),
            (Check.model_version, self.model_version),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if self.rule is not None:
            matching = select(CheckFinding.check_id).where(
                CheckFinding.rule == self.rule,
                CheckFinding.final_verdict == (self.rule_verdict or Verdict.FAIL),
            )
            statement = statement.where(Check.id.in_(matching))
        if self.flag is not None:
            flagged = select(Flag.check_id).where(Flag.kind == self.flag)
            statement = statement.where(Check.id.in_(flagged))
        if self.technician is not None:
            people = select(Account.id).where(Account.login == self.technician)
            statement = statement.where(Check.technician_id.in_(people))
        if self.work_order is not None:
            orders = select(WorkOrder.id).where(WorkOrder.number == self.work_order)
            statement = statement.where(Check.order_id.in_(orders))
        if self.from_day is not None:
            statement = statement.where(Check.day >= self.from_day)
        if self.to_day is not None:
            statement = statement.where(Check.day <= self.to_day)
        return statement

    def facts(self) -> dict[str, str]:
        """What was asked for, for the audit log; whose login it was is not."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: str(value) for name, value in named.items() if value is not None}
        return kept | ({"technician": "one"} if self.technician is not None else {})


Filtered = Annotated[CheckFilter, Depends()]

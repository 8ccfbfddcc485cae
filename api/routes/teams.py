"""Teams."""

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api import audit
from api.access import CurrentActor, allow
from api.errors import ApiError
from api.pages import Cursor, Limit, Page, fetch
from api.schemas import Created, Name, Strict
from api.services import Injected
from api.tables import Role, Team

router = APIRouter(prefix="/v1/teams", tags=["teams"])


class TeamIn(Strict):
    """A new team."""

    name: Name


class TeamOut(Created):
    """A team."""

    name: str


@router.post("", status_code=201, **allow(Role.ADMIN, also=(409,)))
def make_team(body: TeamIn, actor: CurrentActor, services: Injected) -> TeamOut:
    """Make a team."""
    with services.database.write() as session:
        team = Team(name=body.name)
        try:
            with session.begin_nested():
                session.add(team)
        except IntegrityError as error:
            raise ApiError("request.conflict", "there is a team of this name") from error
        audit.append(session, actor.id, "team.made", f"team:{team.id}")
        return TeamOut(id=team.id, created_at=team.created_at, name=team.name)


@router.get("", **allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR))
def list_teams(
    actor: CurrentActor, services: Injected, limit: Limit = 50, cursor: Cursor = None
) -> Page[TeamOut]:
    """List the teams one looks after, or all."""
    statement = select(Team)
    if not actor.sees_all:
        statement = statement.where(Team.id.in_(actor.teams))
    with services.database.read() as session:
        rows, following = fetch(session, statement, Team, limit, cursor)
    items = [TeamOut(id=row.id, created_at=row.created_at, name=row.name) for row in rows]
    return Page(items=items, next=following)

"""Who is asking, and who may ask: authentication, roles of a route, which rows are visible."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from api.credentials import hash_secret, is_csrf_token
from api.errors import ApiError
from api.problems import answers
from api.services import Injected
from api.tables import Account, ApiKey, Check, Gear, Omission, Role, SignIn, WorkOrder, now

COOKIE = "ppe_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ALL = (Role.TECHNICIAN, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="An API key.")
_cookie = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    scheme_name="session",
    description="Of POST /v1/session; changes also need the header X-CSRF-Token.",
)


@dataclass(frozen=True)
class Actor:
    """The account behind a request.

    Attributes:
        id: of the account.
        name: of the account, for people.
        role: of the account.
        teams: the technician's own, or those the supervisor looks after.
        token: of the session cookie; None with an API key.
        must_change_password: nothing else is allowed before.
    """

    id: str
    name: str
    role: Role
    teams: frozenset[str]
    token: str | None
    must_change_password: bool

    @property
    def sees_all(self) -> bool:
        """Not bound to teams."""
        return self.role in (Role.ADMIN, Role.AUDITOR)


async def _sent_csrf_token(request: Request) -> str:
    """Of the header, or of the field that forms of the pages have in its place."""
    header = request.headers.get("X-CSRF-Token")
    if header is not None or request.method in SAFE_METHODS or COOKIE not in request.cookies:
        return header or ""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    field = (await request.form()).get("csrf_token", "")
    return field if isinstance(field, str) else ""


def authenticate(
    request: Request,
    services: Injected,
    key: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    token: Annotated[str | None, Security(_cookie)],
    sent: Annotated[str, Depends(_sent_csrf_token)],
) -> Actor:
    """Find the account by API key, else by session cookie.

    Raises:
        ApiError: `auth.required`, `auth.invalid`, `auth.csrf`.
    """
    if key is None and token is None:
        raise ApiError("auth.required", "sign in, or send an API key as `Authorization: Bearer …`")
    with services.database.read() as session:
        if key is not None:
            token = None
            owner = select(ApiKey.account_id).where(
                ApiKey.secret_hash == hash_secret(key.credentials), ApiKey.revoked_at.is_(None)
            )
        else:
            owner = select(SignIn.account_id).where(
                SignIn.token_hash == hash_secret(token or ""), SignIn.expires_at > now()
            )
        account = session.scalar(
            select(Account)
            .where(Account.id.in_(owner), Account.active)
            .options(selectinload(Account.teams))
        )
    if account is None:
        raise ApiError("auth.invalid", "the key is unknown or revoked, or the session has ended")
    if token is not None and request.method not in SAFE_METHODS and not is_csrf_token(sent, token):
        raise ApiError("auth.csrf", "the header X-CSRF-Token is missing or wrong")
    return _actor(account, token)


def _actor(account: Account, token: str | None) -> Actor:
    role = Role(account.role)
    if role is Role.SUPERVISOR:
        teams = frozenset(team.id for team in account.teams)
    else:
        teams = frozenset(filter(None, [account.team_id]))
    must_change = token is not None and account.must_change_password
    return Actor(account.id, account.name, role, teams, token, must_change)


CurrentActor = Annotated[Actor, Depends(authenticate)]


def allow(
    *roles: Role,
    scoped: bool = False,
    also: tuple[int, ...] = (),
    even_with_handed_out_password: bool = False,
) -> Any:
    """Keyword arguments of a route: who may call it, checked and written into OpenAPI.

    Args:
        roles: that may call it.
        scoped: technicians see what is theirs and supervisors what is their teams'; the rest
            answers 404.
        also: statuses of further error answers.
        even_with_handed_out_password: for the route that changes it.
    """

    def check(actor: CurrentActor) -> None:
        if actor.must_change_password and not even_with_handed_out_password:
            raise ApiError(
                "auth.password_change_required",
                "replace the handed-out password first: PUT /v1/session/password",
            )
        if actor.role not in roles:
            raise ApiError("auth.role", f"this needs the role {' or '.join(roles)}")

    statuses = {401, 403, 422, *also} | ({404} if scoped else set())
    return {
        "dependencies": [Depends(check)],
        "openapi_extra": {"x-roles": sorted(roles), "x-scope": "team" if scoped else "all"},
        "responses": answers(*sorted(statuses)),
    }


PUBLIC = {"x-roles": ["public"], "x-scope": "all"}


def public(*statuses: int) -> Any:
    """Keyword arguments of a route that anybody may call, with its error answers."""
    return {"openapi_extra": PUBLIC, "responses": answers(*statuses)}


AnySelect = TypeVar("AnySelect", bound=Select[*tuple[Any, ...]])


def visible_checks(statement: AnySelect, actor: Actor) -> AnySelect:
    """Only the checks the actor may see."""
    return _visible(statement, actor, Check)


def visible_orders(statement: AnySelect, actor: Actor) -> AnySelect:
    """Only the work orders the actor may see."""
    return _visible(statement, actor, WorkOrder)


def visible_omissions(statement: AnySelect, actor: Actor) -> AnySelect:
    """Only the missing photos the actor may see."""
    return _visible(statement, actor, Omission)


def _visible(
    statement: AnySelect, actor: Actor, table: type[Check | WorkOrder | Omission]
) -> AnySelect:
    """What is of a supervisor's teams, or of the technician."""
    if actor.sees_all:
        return statement
    if actor.role is Role.SUPERVISOR:
        return statement.where(table.team_id.in_(actor.teams))
    return statement.where(table.technician_id == actor.id)


def visible_accounts(statement: AnySelect, actor: Actor) -> AnySelect:
    """Only the accounts the actor may see; a supervisor sees the teams' technicians."""
    if actor.sees_all:
        return statement
    if actor.role is Role.SUPERVISOR:
        return statement.where((Account.team_id.in_(actor.teams)) | (Account.id == actor.id))
    return statement.where(Account.id == actor.id)


def visible_gear(statement: AnySelect, actor: Actor) -> AnySelect:
    """Only the gear of accounts the actor may see."""
    if actor.sees_all:
        return statement
    return statement.where(Gear.technician_id.in_(visible_accounts(select(Account.id), actor)))


def find_account(session: Session, actor: Actor, account_id: str) -> Account | None:
    """One account, if it may be seen."""
    statement = visible_accounts(select(Account).where(Account.id == account_id), actor)
    found: Account | None = session.scalar(statement)
    return found

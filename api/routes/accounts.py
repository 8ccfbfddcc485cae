"""Accounts, their passwords and API keys."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from api import audit
from api.access import CurrentActor, allow, find_account, visible_accounts
from api.accounts import (
    add_account,
    add_key,
    check_teams,
    close_account,
    find_teams,
    hand_out_password,
)
from api.errors import ApiError, not_found
from api.pages import Cursor, Limit, Page, fetch
from api.schemas import Created, Id, Login, Name, PathId, Strict
from api.services import Injected
from api.tables import Account, ApiKey, Role, now

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
READERS = (Role.TECHNICIAN, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)


class AccountIn(Strict):
    """A new account."""

    login: Login
    name: Name
    role: Role
    team_id: Id | None = Field(None, description="of a technician")
    team_ids: list[Id] = Field([], max_length=200, description="a supervisor looks after")
    password: bool = Field(True, description="hand out a password; machines need only keys")


class AccountChange(Strict):
    """What to change; fields left out stay."""

    name: Name | None = None
    team_id: Id | None = None
    team_ids: list[Id] | None = Field(None, max_length=200)
    active: bool | None = None


class AccountOut(Created):
    """An account."""

    login: str
    name: str
    role: Role
    team_id: str | None
    team_ids: list[str]
    active: bool
    erased_at: datetime | None

    @classmethod
    def of(cls, account: Account) -> "AccountOut":
        """From its row."""
        return cls(
            id=account.id,
            created_at=account.created_at,
            login=account.login,
            name=account.name,
            role=account.role,
            team_id=account.team_id,
            team_ids=[team.id for team in account.teams],
            active=account.active,
            erased_at=account.erased_at,
        )


class Password(BaseModel):
    """A handed-out password, shown once; it has to be changed at the first sign-in."""

    password: str


class NewAccount(AccountOut):
    """A new account with its handed-out password, shown once."""

    password: str | None


class KeyIn(Strict):
    """What a key is for."""

    name: Name = Field(examples=["store-and-forward agent"])


class KeyOut(Created):
    """An API key without its secret."""

    name: str
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """From its row."""
        return cls(id=key.id, created_at=key.created_at, name=key.name, revoked_at=key.revoked_at)


class NewKey(KeyOut):
    """An API key; the secret is shown this once."""

    key: str


@router.post("", status_code=201, **allow(Role.ADMIN, also=(409,)))
def make_account(body: AccountIn, actor: CurrentActor, services: Injected) -> NewAccount:
    """Make an account."""
    check_teams(body.role, body.team_id, body.team_ids)
    with services.database.write() as session:
        if body.team_id:
            find_teams(session, [body.team_id])
        account = Account(
            login=body.login,
            name=body.name,
            role=body.role,
            team_id=body.team_id,
            teams=find_teams(session, body.team_ids),
            must_change_password=False,
            active=True,
        )
        add_account(session, account)
        password = hand_out_password(session, account) if body.password else None
        audit.append(session, actor.id, "account.made", f"account:{account.id}", role=body.role)
        return NewAccount(**AccountOut.of(account).model_dump(), password=password)


@router.get("", **allow(*READERS))
def list_accounts(
    actor: CurrentActor,
    services: Injected,
    role: Role | None = None,
    team: Id | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AccountOut]:
    """List the accounts one may see: oneself, one's teams' technicians, or all."""
    statement = visible_accounts(select(Account), actor).options(selectinload(Account.teams))
    if role is not None:
        statement = statement.where(Account.role == role)
    if team is not None:
        statement = statement.where(Account.team_id == team)
    with services.database.read() as session:
        rows, following = fetch(session, statement, Account, limit, cursor)
        return Page(items=[AccountOut.of(row) for row in rows], next=following)


@router.get("/{account_id}", **allow(*READERS, scoped=True))
def get_account(account_id: PathId, actor: CurrentActor, services: Injected) -> AccountOut:
    """Show one account."""
    with services.database.read() as session:
        account = find_account(session, actor, account_id)
        if account is None:
            raise not_found("account")
        return AccountOut.of(account)


@router.patch("/{account_id}", **allow(Role.ADMIN, also=(404,)))
def change_account(
    account_id: PathId, body: AccountChange, actor: CurrentActor, services: Injected
) -> AccountOut:
    """Change a name or teams, close an account or open it again."""
    with services.database.write() as session:
        account = _get(session, account_id)
        if account.erased_at is not None:
            raise ApiError("request.invalid", "the account was erased and stays closed")
        role = Role(account.role)
        check_teams(role, body.team_id or account.team_id, body.team_ids or [])
        if body.name is not None:
            account.name = body.name
        if body.team_id is not None:
            find_teams(session, [body.team_id])
            account.team_id = body.team_id
        if body.team_ids is not None:
            account.teams = find_teams(session, body.team_ids)
        if body.active is False:
            if account.id == actor.id:
                raise ApiError("request.invalid", "nobody closes their own account")
            close_account(session, account)
        elif body.active:
            account.active = True
        fields = sorted(body.model_fields_set)
        audit.append(session, actor.id, "account.changed", f"account:{account.id}", fields=fields)
        return AccountOut.of(account)


@router.post("/{account_id}/password", status_code=201, **allow(Role.ADMIN, also=(404,)))
def reset_password(account_id: PathId, actor: CurrentActor, services: Injected) -> Password:
    """Hand out a new password; the account's sessions end."""
    with services.database.write() as session:
        account = _get(session, account_id)
        if not account.active:
            raise ApiError("request.invalid", "the account is closed")
        password = hand_out_password(session, account)
        audit.append(session, actor.id, "password.handed_out", f"account:{account.id}")
    return Password(password=password)


@router.post("/{account_id}/keys", status_code=201, **allow(Role.ADMIN, also=(404,)))
def make_key(account_id: PathId, body: KeyIn, actor: CurrentActor, services: Injected) -> NewKey:
    """Make an API key for a machine; it may do what the account may."""
    with services.database.write() as session:
        account = _get(session, account_id)
        if not account.active:
            raise ApiError("request.invalid", "the account is closed")
        key, secret = add_key(session, account, body.name)
        audit.append(session, actor.id, "key.made", f"key:{key.id}", account=account.id)
        return NewKey(**KeyOut.of(key).model_dump(), key=secret)


@router.get("/{account_id}/keys", **allow(Role.ADMIN, Role.AUDITOR, also=(404,)))
def list_keys(
    account_id: PathId, services: Injected, limit: Limit = 50, cursor: Cursor = None
) -> Page[KeyOut]:
    """List an account's keys, the revoked ones too."""
    with services.database.read() as session:
        _get(session, account_id)
        statement = select(ApiKey).where(ApiKey.account_id == account_id)
        rows, following = fetch(session, statement, ApiKey, limit, cursor)
        return Page(items=[KeyOut.of(row) for row in rows], next=following)


@router.delete("/{account_id}/keys/{key_id}", status_code=204, **allow(Role.ADMIN, also=(404,)))
def revoke_key(account_id: PathId, key_id: PathId, actor: CurrentActor, services: Injected) -> None:
    """Revoke a key at once and for good."""
    with services.database.write() as session:
        key = session.get(ApiKey, key_id)
        if key is None or key.account_id != account_id:
            raise not_found("key")
        if key.revoked_at is None:
            key.revoked_at = now()
            audit.append(session, actor.id, "key.revoked", f"key:{key.id}", account=account_id)


def _get(session: Session, account_id: str) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise not_found("account")
    return account

"""Accounts: the first admin, making one, handing out passwords and keys."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api import audit
from api.credentials import hash_password, hash_secret, new_key, new_password
from api.errors import ApiError, not_found
from api.tables import Account, ApiKey, Role, SignIn, Team, now

FIRST_LOGIN = "admin"


def ensure_admin(session: Session) -> str | None:
    """Make the first account where there is none; its one-time password, to be printed once."""
    if session.scalar(select(Account.id).limit(1)) is not None:
        return None
    account = Account(login=FIRST_LOGIN, name="Administrator", role=Role.ADMIN)
    session.add(account)
    password = hand_out_password(session, account)
    audit.append(session, None, "account.made", f"account:{account.id}", role=Role.ADMIN)
    return password


def hand_out_password(session: Session, account: Account) -> str:
    """A new password that has to be changed at the first sign-in; all sessions end."""
    password = new_password()
    account.password_hash = hash_password(password)
    account.must_change_password = True
    session.flush()
    session.execute(delete(SignIn).where(SignIn.account_id == account.id))
    return password


def add_account(session: Session, account: Account) -> None:
    """Store a new account.

    Raises:
        ApiError: `request.conflict`.
    """
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise ApiError("request.conflict", "this login is taken") from error


def find_teams(session: Session, ids: Sequence[str]) -> list[Team]:
    """Teams by their identifiers.

    Raises:
        ApiError: `request.invalid`.
    """
    teams = list(session.scalars(select(Team).where(Team.id.in_(ids))))
    if len(teams) != len(set(ids)):
        raise ApiError("request.invalid", "there is no such team")
    return teams


def check_teams(role: Role, team_id: str | None, team_ids: Sequence[str]) -> None:
    """A technician has one team, a supervisor some, nobody else any.

    Raises:
        ApiError: `request.invalid`.
    """
    if (team_id is not None) != (role is Role.TECHNICIAN):
        raise ApiError("request.invalid", "a technician has a team_id, other roles have none")
    if team_ids and role is not Role.SUPERVISOR:
        raise ApiError("request.invalid", "only a supervisor has team_ids")


def add_key(session: Session, account: Account, name: str) -> tuple[ApiKey, str]:
    """A new API key; the secret is shown once and not kept."""
    secret = new_key()
    key = ApiKey(account_id=account.id, name=name, secret_hash=hash_secret(secret))
    session.add(key)
    session.flush()
    return key, secret


def close_account(session: Session, account: Account) -> None:
    """Nobody gets in with it any more: sessions and keys end."""
    account.active = False
    session.execute(delete(SignIn).where(SignIn.account_id == account.id))
    keys = update(ApiKey).where(ApiKey.account_id == account.id, ApiKey.revoked_at.is_(None))
    session.execute(keys.values(revoked_at=now()))


def reset_password(session: Session, login: str) -> str:
    """Hand out a password from the command line.

    Raises:
        ApiError: `request.not_found`.
    """
    account = session.scalar(select(Account).where(Account.login == login, Account.active))
    if account is None:
        raise not_found("open account")
    password = hand_out_password(session, account)
    audit.append(session, None, "password.handed_out", f"account:{account.id}")
    return password

"""Signing in and out with a password."""

import hashlib
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api import audit
from api.access import ALL, COOKIE, Actor, CurrentActor, allow, public
from api.credentials import (
    MIN_PASSWORD,
    csrf_token,
    hash_password,
    hash_secret,
    is_password,
    new_token,
)
from api.errors import ApiError
from api.schemas import Login, Strict
from api.services import Injected, Services
from api.tables import Account, LoginFailure, Role, SignIn, now

router = APIRouter(prefix="/v1/session", tags=["session"])
ADDRESS_FACTOR = 6  # an office shares one address: so many times the attempts of one name


class Credentials(Strict):
    """Name and password."""

    login: Login = Field(examples=["admin"])
    password: str = Field(min_length=1, max_length=200, examples=["correct horse battery"])


class NewPassword(Strict):
    """The present password and its replacement."""

    present: str = Field(min_length=1, max_length=200)
    new: str = Field(min_length=MIN_PASSWORD, max_length=200)


class SessionOut(BaseModel):
    """Who is signed in."""

    account_id: str
    role: Role
    csrf_token: str | None = Field(
        description="send it as X-CSRF-Token with every change; null with an API key"
    )
    must_change_password: bool


@router.post("", status_code=201, **public(401, 422, 429))
def sign_in(
    body: Credentials, request: Request, response: Response, services: Injected
) -> SessionOut:
    """Sign in; the answer sets the session cookie."""
    settings = services.settings
    address = request.client.host if request.client else ""
    limits = {
        _who("name", body.login, address): settings.login_attempts,
        _who("address", address): settings.login_attempts * ADDRESS_FACTOR,
    }
    since = now() - timedelta(seconds=settings.login_window_s)
    with services.database.read() as session:
        for who, limit in limits.items():
            failures = select(func.count()).where(LoginFailure.who == who, LoginFailure.at > since)
            if session.scalars(failures).one() >= limit:
                raise ApiError(
                    "auth.too_many_attempts",
                    "too many wrong passwords; wait",
                    retry_after=settings.login_window_s,
                )
        account = session.scalar(select(Account).where(Account.login == body.login, Account.active))
    if not is_password(body.password, account.password_hash if account else None) or not account:
        _remember_failure(services, limits)
        raise ApiError("auth.wrong_password", "name or password is wrong")
    token = new_token()
    with services.database.write() as session:
        names = next(iter(limits))
        session.execute(delete(LoginFailure).where(LoginFailure.who == names))
        session.execute(delete(SignIn).where(SignIn.expires_at <= now()))
        _begin(session, services, account.id, token)
        audit.append(session, account.id, "session.began", f"account:{account.id}")
    _set_cookie(request, response, services, token)
    return SessionOut(
        account_id=account.id,
        role=account.role,
        csrf_token=csrf_token(token),
        must_change_password=account.must_change_password,
    )


def _who(*parts: str) -> str:
    """A hash, so that the table holds neither names nor addresses."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _remember_failure(services: Services, who: dict[str, int]) -> None:
    with services.database.write() as session:
        expired = now() - timedelta(seconds=services.settings.login_window_s)
        session.execute(delete(LoginFailure).where(LoginFailure.at <= expired))
        session.add_all(LoginFailure(who=one, at=now()) for one in who)


def _begin(session: Session, services: Services, account_id: str, token: str) -> None:
    hours = timedelta(hours=services.settings.session_hours)
    session.add(
        SignIn(
            token_hash=hash_secret(token),
            account_id=account_id,
            created_at=now(),
            expires_at=now() + hours,
        )
    )


def _set_cookie(request: Request, response: Response, services: Services, token: str) -> None:
    secure = services.settings.cookie_secure
    response.set_cookie(
        COOKIE,
        token,
        max_age=round(services.settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https" if secure is None else secure,
    )


@router.get("", **allow(*ALL, even_with_handed_out_password=True))
def who_am_i(actor: CurrentActor) -> SessionOut:
    """Say who is signed in."""
    return _session_out(actor)


def _session_out(actor: Actor) -> SessionOut:
    return SessionOut(
        account_id=actor.id,
        role=actor.role,
        csrf_token=csrf_token(actor.token) if actor.token else None,
        must_change_password=actor.must_change_password,
    )


@router.delete("", status_code=204, **allow(*ALL, even_with_handed_out_password=True))
def sign_out(actor: CurrentActor, response: Response, services: Injected) -> None:
    """End the session; with an API key nothing happens."""
    if actor.token is None:
        return
    with services.database.write() as session:
        session.execute(delete(SignIn).where(SignIn.token_hash == hash_secret(actor.token)))
        audit.append(session, actor.id, "session.ended", f"account:{actor.id}")
    response.delete_cookie(COOKIE)


@router.put("/password", status_code=204, **allow(*ALL, even_with_handed_out_password=True))
def change_password(
    body: NewPassword, actor: CurrentActor, request: Request, response: Response, services: Injected
) -> None:
    """Change one's own password; all other sessions of the account end."""
    with services.database.read() as session:
        account = session.get_one(Account, actor.id)
    if not is_password(body.present, account.password_hash):
        raise ApiError("auth.wrong_password", "the present password is wrong")
    if body.new == body.present:
        raise ApiError("request.invalid", "the new password is the old one")
    token = new_token() if actor.token else None
    with services.database.write() as session:
        account = session.get_one(Account, actor.id)
        account.password_hash = hash_password(body.new)
        account.must_change_password = False
        session.execute(delete(SignIn).where(SignIn.account_id == actor.id))
        if token:
            _begin(session, services, actor.id, token)
        audit.append(session, actor.id, "password.changed", f"account:{actor.id}")
    if token:
        _set_cookie(request, response, services, token)

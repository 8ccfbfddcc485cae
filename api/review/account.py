"""Signing in and out, the password, the language, and where each role begins."""

from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from api.access import ALL, CurrentActor, allow, public
from api.credentials import MIN_PASSWORD
from api.errors import ApiError, status_of
from api.review.navigation import home_of
from api.review.page import (
    LANGUAGE_COOKIE,
    AnyVisitor,
    CurrentVisitor,
    local_path,
    page_router,
)
from api.routes import session as sessions
from api.services import Injected
from api.tables import Account, Team
from vision.texts import LANGUAGES

router = page_router()
YEAR_S = 365 * 24 * 3600
Text = Annotated[str, Form(max_length=2000)]


@router.get("/", **allow(*ALL))
def start(actor: CurrentActor) -> Response:
    """Go where the role belongs."""
    return RedirectResponse(home_of(actor.role), 303)


@router.get("/sign-in", **public())
def sign_in_page(
    visitor: AnyVisitor,
    back: Annotated[str | None, Query(alias="next")] = None,
    again: bool = False,
) -> Response:
    """Ask for name and password."""
    words = visitor.text("account.again") if again else None
    return visitor.render("sign_in.html", back=local_path(back), words=words, login="")


@router.post("/sign-in", **public())
def sign_in(
    visitor: AnyVisitor,
    request: Request,
    services: Injected,
    login: Text = "",
    password: Text = "",
    back: Annotated[str | None, Form(alias="next")] = None,
) -> Response:
    """Sign in; the handed-out password is changed first."""
    path = local_path(back)
    response = visitor.redirect(path)
    try:
        credentials = sessions.Credentials(login=login, password=password)
        signed_in = sessions.sign_in(credentials, request, response, services)
    except ValidationError:
        error = ApiError("auth.wrong_password", "no such name or password")
    except ApiError as refused:
        error = refused
    else:
        if signed_in.must_change_password:
            response.headers["location"] = "/password"
        return response
    minutes = round((error.retry_after or 0) / 60)
    words = visitor.text(f"account.{error.code.removeprefix('auth.')}", minutes=minutes)
    return visitor.render("sign_in.html", status_of(error), back=path, words=words, login=login)


@router.post("/sign-out", **allow(*ALL, even_with_handed_out_password=True))
def sign_out(visitor: CurrentVisitor, services: Injected) -> Response:
    """End the session."""
    response = visitor.redirect("/sign-in", "account.signed_out")
    sessions.sign_out(visitor.actor, response, services)
    return response


@router.get("/account", **allow(*ALL))
def account_page(visitor: CurrentVisitor, services: Injected) -> Response:
    """Say who is signed in."""
    statement = select(Account).where(Account.id == visitor.actor.id)
    with services.database.read() as session:
        account = session.scalars(statement.options(selectinload(Account.teams))).one()
        own = session.get(Team, account.team_id) if account.team_id else None
    teams = [own.name] if own else [team.name for team in account.teams]
    return visitor.render("account.html", account=account, teams=teams)


@router.get("/password", **allow(*ALL, even_with_handed_out_password=True))
def password_page(visitor: CurrentVisitor) -> Response:
    """Ask for a new password."""
    return visitor.render("password.html", words=None, least=MIN_PASSWORD)


@router.post("/password", **allow(*ALL, even_with_handed_out_password=True))
def change_password(
    visitor: CurrentVisitor,
    request: Request,
    services: Injected,
    present: Text = "",
    new: Text = "",
    new_again: Text = "",
) -> Response:
    """Change the password; all other sessions end."""
    response = visitor.redirect("/", "account.password_changed")
    if new != new_again:
        key = "account.differ"
    elif len(new) < MIN_PASSWORD:
        key = "account.too_short"
    elif new == present:
        key = "account.same"
    else:
        try:
            body = sessions.NewPassword(present=present, new=new)
            sessions.change_password(body, visitor.actor, request, response, services)
        except (ValidationError, ApiError):
            key = "account.present_wrong"
        else:
            return response
    words = visitor.text(key, n=MIN_PASSWORD)
    return visitor.render("password.html", 422, words=words, least=MIN_PASSWORD)


@router.post("/language", **public())
def choose_language(
    visitor: AnyVisitor,
    language: Text = "",
    back: Annotated[str | None, Form(alias="next")] = None,
) -> Response:
    """Show the pages in another language."""
    response = visitor.redirect(local_path(back))
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, YEAR_S, httponly=True, samesite="lax")
    return response

"""What every page needs: who looks, in which language; templates; errors as pages; flash words."""

import base64
import binascii
import json
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException

from api.access import Actor, CurrentActor
from api.credentials import csrf_token
from api.errors import STATUS, ApiError, status_of
from api.problems import CODES
from api.review.navigation import menu_of
from api.review.texts import lookup
from api.services import Injected, Services
from vision import PpeError
from vision.texts import LANGUAGES, rule_name, verdict_name

log = logging.getLogger(__name__)
LANGUAGE_COOKIE = "ppe_language"
FLASH_COOKIE = "ppe_flash"
HEADERS = {
    # Everything from here, nothing inline. blob: pictures are those a browser holds itself.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Vary": "Cookie, Accept-Language",
}
_templates = Environment(
    loader=PackageLoader("api.review"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def static_url(name: str) -> str:
    """Address of a file in `static/`."""
    return f"/static/{name}"


def local_path(address: str | None) -> str:
    """An address a form brought along, if it lies here; else the start page."""
    if not address or not address.startswith("/") or not address.isprintable():
        return "/"
    parts = urlsplit(address.replace("\\", "/"))
    return "/" if parts.scheme or parts.netloc or address.startswith("//") else address


def language_of(request: Request) -> str:
    """The language chosen, else the first the browser asks for that there is, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    for part in request.headers.get("accept-language", "").lower().split(","):
        for language in LANGUAGES:
            if part.strip().startswith(language[:2].lower()):
                return language
    return "en"


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, and how they want it.

    Attributes:
        request: that asks for the page.
        services: of the application.
        signed_in: the account; None on the pages that anybody may see.
    """

    request: Request
    services: Services
    signed_in: Actor | None

    @property
    def actor(self) -> Actor:
        """The account, on pages that need one."""
        if self.signed_in is None:
            raise ApiError("auth.required", "sign in")
        return self.signed_in

    @cached_property
    def language(self) -> str:
        """One of `vision.texts.LANGUAGES`."""
        return language_of(self.request)

    @cached_property
    def text(self) -> Callable[..., str]:
        """`t` of the templates."""
        return lookup(self.language)

    @property
    def here(self) -> str:
        """The page's own address, to come back to; forms have none."""
        if self.request.method != "GET":
            return "/"
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    def render(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page; context goes to the template."""
        flash = _read_flash(self.request)
        actor = self.signed_in
        everywhere = {
            "visitor": self,
            "actor": actor,
            "csrf_token": csrf_token(actor.token) if actor and actor.token else "",
            "csrf": self._csrf_field,
            "menu": menu_of(actor.role) if actor and not actor.must_change_password else [],
            "languages": LANGUAGES,
            "here": self.here,
            "t": self.text,
            "static": static_url,
            "moment": self.moment,
            "rule_name": rule_name,
            "verdict_name": verdict_name,
            "flash": flash,
        }
        page = _templates.get_template(template).render(everywhere | context)
        response = HTMLResponse(page, status, HEADERS)
        if flash is not None:
            response.delete_cookie(FLASH_COOKIE)
        return response

    def redirect(self, path: str, key: str | None = None, **fields: Any) -> RedirectResponse:
        """Go to another page and show the text `key` there; fields fill it in.

        Fields `undo` and `version`, of a check, offer to take the decision on it back.
        """
        response = RedirectResponse(path, 303)
        if key is not None:
            words = json.dumps({"key": key, "fields": fields}).encode()
            text = base64.urlsafe_b64encode(words).decode()
            response.set_cookie(FLASH_COOKIE, text, 60, httponly=True, samesite="strict")
        return response

    def _csrf_field(self) -> Markup:
        token = csrf_token(self.actor.token) if self.actor.token else ""
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)

    def moment(self, at: datetime, with_seconds: bool = False) -> Markup:
        """A time in the service's zone."""
        local = at.astimezone(self.services.settings.zone)
        shown = local.strftime("%Y-%m-%d %H:%M:%S" if with_seconds else "%Y-%m-%d %H:%M")
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), shown)


def _read_flash(request: Request) -> dict[str, Any] | None:
    """What the page before wanted said; a cookie that is not ours is as none."""
    cookie = request.cookies.get(FLASH_COOKIE)
    if not cookie:
        return None
    try:
        words = json.loads(base64.urlsafe_b64decode(cookie))
        fields = words["fields"]
        text = lookup(language_of(request))(words["key"], **fields)
        undo = None
        if "undo" in fields and str(fields["undo"]).isalnum():
            undo = {"check": fields["undo"], "version": int(fields["version"])}
        return {"text": text, "undo": undo}
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def _remember(request: Request, services: Injected, actor: CurrentActor) -> Visitor:
    """Kept on the request as well, for the page of an error."""
    visitor: Visitor = Visitor(request, services, actor)
    request.state.visitor = visitor
    return visitor


def _anonymous(request: Request, services: Injected) -> Visitor:
    return Visitor(request, services, None)


CurrentVisitor = Annotated[Visitor, Depends(_remember)]
AnyVisitor = Annotated[Visitor, Depends(_anonymous)]


class PageRoute(APIRoute):
    """A route whose errors are pages, and that asks people to sign in instead of refusing them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler."""
        plain = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await plain(request)
            except PpeError as error:
                return _error_page(request, error)
            except RequestValidationError:
                return _error_page(request, ApiError("request.invalid", "see the form"))
            except HTTPException as error:
                code = CODES.get(error.status_code, "request.malformed")
                return _error_page(request, ApiError(code, str(error.detail)))
            except Exception:
                log.exception("unexpected error")
                return _error_page(request, ApiError("service.internal", "see the log"))

        return handler


def page_router() -> APIRouter:
    """A router of pages, which are no part of the interface that OpenAPI describes."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def _error_page(request: Request, error: PpeError) -> Response:
    services = request.app.state.services
    visitor = getattr(request.state, "visitor", None) or Visitor(request, services, None)
    if error.code in ("auth.required", "auth.invalid"):
        back = {"next": visitor.here} if visitor.here != "/" else {}
        if error.code == "auth.invalid":
            back["again"] = "1"
        return _send_to(request, "/sign-in" + (f"?{urlencode(back)}" if back else ""))
    if error.code == "auth.password_change_required":
        return _send_to(request, "/password")
    known = error.code in STATUS
    words = visitor.text(f"error.code.{error.code}") if known else error.message
    request_id = request.scope.get("request_id")
    response: Response = visitor.render(
        "error.html", status_of(error), code=error.code, words=words, request_id=request_id
    )
    return response


def _send_to(request: Request, path: str) -> Response:
    """Elsewhere; htmx is told to leave the page, else it would put one page into another."""
    if request.headers.get("HX-Request"):
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)

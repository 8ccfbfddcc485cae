"""Around every request: an id, a limit on the body, figures and one log line."""

import logging
import re
import time
import uuid

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import request_id
from api.problems import respond

log = logging.getLogger(__name__)
ROOM = 64 * 1024  # what a form needs beside its photo
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Envelope:
    """Gives the request its id, measures it, writes it down: its route, never its path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        scope["request_id"] = name = sent if _SANE_ID.fullmatch(sent) else uuid.uuid4().hex
        token = request_id.set(name)
        status = 0
        start = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", name.encode()))
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("unexpected error")
            if status:
                raise  # part of an answer is out: all that is left is to break the connection
            detail = "something went wrong in the service; report the request id"
            failure = respond(Request(scope), 500, "service.internal", detail, {})
            await failure(scope, receive, answer)
        finally:
            self._write_down(scope, status, time.perf_counter() - start)
            request_id.reset(token)

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "(none)")
        facts = {
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        log.info("answered", extra={"facts": facts})
        services = getattr(scope["app"].state, "services", None) if "app" in scope else None
        if services is not None:
            services.metrics.requests.labels(scope["method"], route, status).observe(seconds)


class BodyLimit:
    """Refuses a body that is too large before, or as soon as, it is."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit + ROOM

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limit:
            await self._refuse(scope, receive, send)
            return
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._limit:
                raise ValueError("the body is too large")
            return message

        async def answer(message: Message) -> None:
            if received <= self._limit:  # else the parser's complaint about half a body
                await send(message)

        await self._app(scope, count, answer)
        if received > self._limit:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"a request may have at most {self._limit} bytes"
        response = respond(Request(scope), 413, "request.too_large", detail, {})
        await response(scope, receive, send)

"""The local page: a kiosk's mirror with its ticks, and the status as JSON; standard library only.

It listens on this machine only unless told otherwise, and answers only requests that name it as
they would: a page of another site cannot read it through the browser that shows it.
"""

import json
import logging
import threading
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.agent.errors import EdgeError
from edge.agent.filing import Login, Number
from edge.agent.kiosk import View
from edge.agent.queue import Queue
from edge.agent.settings import LOCAL, EdgeSettings
from edge.agent.status import read_status
from vision import Report
from vision.texts import explain, rule_name, verdict_name

log = logging.getLogger(__name__)
HTML = Path(__file__).with_name("page.html")
MAX_BODY = 4096


class VisitIn(BaseModel):
    """What is typed, or read by a scanner, at the kiosk."""

    model_config = ConfigDict(extra="forbid")

    work_order: Number
    technician: Login | None = None


class Page:
    """A small server for one screen."""

    def __init__(self, settings: EdgeSettings, queue: Queue, view: View) -> None:
        """Listen.

        Raises:
            EdgeError: `edge.settings_invalid`, the port is taken.
        """
        self._settings = settings
        self._queue = queue
        self._view = view
        page = self

        class Handler(BaseHTTPRequestHandler):
            """Hands every request to the page."""

            def do_GET(self) -> None:
                page.answer(self)

            def do_POST(self) -> None:
                page.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
                log.debug(format, *args)

        try:
            self._server = ThreadingHTTPServer((settings.page_host, settings.page_port), Handler)
        except OSError as error:
            raise EdgeError(
                "edge.settings_invalid",
                f"PPE_EDGE_PAGE_PORT: cannot listen on {settings.page_port}: {error.strerror}",
            ) from error
        self._server.daemon_threads = True

    def serve(self, stop: threading.Event) -> None:
        """Answer until told to stop."""
        server = threading.Thread(target=self._server.serve_forever, args=[0.2])
        server.start()
        stop.wait()
        self._server.shutdown()
        server.join()
        self.close()

    def close(self) -> None:
        """Let go of the port."""
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        path = request.path.partition("?")[0]
        if not self._is_meant(request):
            _send(request, HTTPStatus.FORBIDDEN, "text/plain", b"wrong Host")
        elif request.command == "POST" and path == "/visit":
            self._set_visit(request)
        elif request.command != "GET":
            _send(request, HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"")
        elif path == "/":
            _send(request, HTTPStatus.OK, "text/html; charset=utf-8", HTML.read_bytes())
        elif path == "/view.json":
            _send_json(request, self._show())
        elif path == "/status.json":
            status = read_status(self._queue, self._settings.state)
            _send_json(request, status.model_dump(mode="json"))
        elif path == "/frame.jpg" and self._view.frame is not None:
            _send(request, HTTPStatus.OK, "image/jpeg", self._view.frame)
        else:
            _send(request, HTTPStatus.NOT_FOUND, "text/plain", b"")

    def _is_meant(self, request: BaseHTTPRequestHandler) -> bool:
        """Against DNS rebinding: a foreign name that leads here is not served."""
        if self._settings.page_host not in LOCAL:
            return True
        return request.headers.get("Host", "").rpartition(":")[0].strip("[]") in LOCAL

    def _set_visit(self, request: BaseHTTPRequestHandler) -> None:
        # A form of another site cannot send JSON without asking first, and is not answered then.
        if request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            _send(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "text/plain", b"")
            return
        size = request.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MAX_BODY:
            _send(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "text/plain", b"")
            return
        try:
            visit = VisitIn.model_validate_json(request.rfile.read(int(size)))
        except ValidationError:
            _send(request, HTTPStatus.UNPROCESSABLE_ENTITY, "text/plain", b"")
            return
        with self._view.lock:
            self._view.visit = replace(
                self._view.visit,
                work_order=visit.work_order,
                technician=visit.technician or self._view.default.technician,
            )
        _send(request, HTTPStatus.NO_CONTENT, "text/plain", b"")

    def _show(self) -> dict[str, Any]:
        """What the screen shows now."""
        with self._view.lock:
            view, visit = self._view, self._view.visit
            phase, report, kept = view.phase, view.report, view.kept
            message, has_frame = view.message, view.frame is not None
        counts = self._queue.counts()
        return {
            "language": self._settings.language,
            "phase": phase,
            "frame": has_frame,
            "ticks": _ticks(report, self._settings.language) if report else [],
            "verdict": report.verdict if report else None,
            "work_order": visit.work_order,
            "technician": visit.technician,
            "asks": visit.work_order is None,
            "kept": kept,
            "message": message,
            "waiting": counts.waiting,
            "set_aside": counts.set_aside,
        }


def _ticks(report: Report, language: str) -> list[dict[str, str]]:
    return [
        {
            "verdict": finding.verdict,
            "word": verdict_name(finding.verdict, language),
            "rule": rule_name(finding.rule, language),
            "text": explain(finding, language),
        }
        for finding in report.findings
    ]


def _send_json(request: BaseHTTPRequestHandler, document: dict[str, Any]) -> None:
    body = json.dumps(document, ensure_ascii=False).encode()
    _send(request, HTTPStatus.OK, "application/json", body)


def _send(request: BaseHTTPRequestHandler, status: HTTPStatus, kind: str, body: bytes) -> None:
    try:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Cache-Control", "no-store")
        request.send_header("X-Content-Type-Options", "nosniff")
        request.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'")
        request.end_headers()
        request.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):  # the screen went on to the next picture
        log.debug("the browser did not wait")

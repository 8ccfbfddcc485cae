"""The service as the agent sees it: what an answer means for a photo.

Only what the service itself said decides about a photo. A page of a captive portal, a proxy's 404
or somebody else's 200 is no answer: the photo waits.
"""

import email.utils
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import httpx2 as httpx

from edge.agent.errors import EdgeError
from edge.agent.queue import Item

PROBLEM = "application/problem+json"
LONGEST_RETRY_AFTER = 3600.0
MAX_NETWORK_BYTES = 256 * 2**20
BUSY = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that are about the service, not about the photo."""


@dataclass(frozen=True)
class Taken:
    """The service has the photo."""

    check_id: str
    verdict: str


@dataclass(frozen=True)
class Refused:
    """The service will never take the photo as it is."""

    code: str
    message: str


@dataclass(frozen=True)
class Later:
    """Not now; nothing was decided.

    Attributes:
        code: why.
        message: the same in words.
        whole: whether the whole service is concerned, or only this photo.
        retry_after: seconds the service asked for.
    """

    code: str
    message: str
    whole: bool
    retry_after: float = 0.0


Answer = Taken | Refused | Later


class Service:
    """A client with an API key."""

    def __init__(self, address: str, key: str, timeout_s: float) -> None:
        self._client = httpx.Client(
            base_url=address,
            headers={
                "Authorization": f"Bearer {key}",
                "User-Agent": f"ppe-edge/{version('ppe-check')}",
            },
            timeout=timeout_s,
            follow_redirects=False,  # the service has none; a captive portal does
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def send(self, item: Item, data: bytes) -> Answer:
        """Send a photo; with the same key, however often."""
        filing = item.filing
        fields = {"shot": str(filing.shot), "work_order": filing.work_order}
        if filing.technician:
            fields["technician"] = filing.technician
        if filing.capture:
            fields["capture"] = filing.capture
        try:
            answer = self._client.post(
                "/v1/checks",
                data=fields,
                files={"photo": (item.sha256, data, "application/octet-stream")},
                headers={"Idempotency-Key": item.key},
            )
        except httpx.HTTPError as error:
            return _unreachable(error)
        return _understood(answer, item)

    def get(self, path: str, etag: str | None = None) -> tuple[bytes, str] | None:
        """A document and its ETag; None if it is still the one of `etag`.

        Raises:
            EdgeError: `edge.unreachable`, `edge.not_the_service`, `edge.service_failing`.
        """
        headers = {"If-None-Match": etag} if etag else {}
        with self._explained():
            answer = self._client.get(path, headers=headers)
        if answer.status_code == 304:
            return None
        if answer.status_code != 200 or not _is(answer, "application/json"):
            raise _error(answer)
        return answer.content, answer.headers.get("ETag", "")

    def network(self, sha256: str) -> bytes:
        """The network file of that sha256.

        Raises:
            EdgeError: `edge.update_damaged`, it is another file; and those of `get`.
        """
        data = bytearray()
        with self._explained(), self._client.stream("GET", f"/v1/model/{sha256}") as answer:
            if answer.status_code != 200:
                answer.read()
                raise _error(answer)
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > MAX_NETWORK_BYTES:
                    raise EdgeError(
                        "edge.update_damaged",
                        f"the network has more than {MAX_NETWORK_BYTES // 2**20} MB",
                    )
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise EdgeError("edge.update_damaged", f"the network has sha256 {found}, not {sha256}")
        return bytes(data)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise EdgeError("edge.unreachable", _unreachable(error).message) from error


def _understood(answer: httpx.Response, item: Item) -> Answer:
    status = answer.status_code
    if status in (200, 201):
        return _taken(answer, item)
    wait = _retry_after(answer)
    problem = _problem(answer)
    if problem is None:
        if status in BUSY or status >= 500:
            text = f"HTTP {status}, not from the service itself"
            return Later("edge.service_failing", text, True, wait)
        return _stranger(answer)
    code, message = problem
    if status in BUSY or status in (401, 403):  # the key's fault is not the photo's
        return Later(code, message, True, wait)
    if status >= 500 or code == "idempotency.in_progress":
        return Later(code, message, False, wait)
    return Refused(code, message)


def _taken(answer: httpx.Response, item: Item) -> Answer:
    """Only an answer about this very photo counts."""
    try:
        document = answer.json()
        if document["report"]["sha256"] != item.sha256:
            return _stranger(answer)
        return Taken(str(document["id"]), str(document["verdict"]))
    except (ValueError, KeyError, TypeError):
        return _stranger(answer)


def _problem(answer: httpx.Response) -> tuple[str, str] | None:
    """Code and sentence of a problem document of the service."""
    if not _is(answer, PROBLEM):
        return None
    try:
        document: dict[str, Any] = json.loads(answer.content)
        code, message = str(document["code"]), str(document["detail"])
        fields = document.get("errors") or []
        more = "; ".join(f"{error['field']}: {error['message']}" for error in fields)
    except (ValueError, KeyError, TypeError):
        return None
    return code, f"{message} ({more})" if more else message


def _stranger(answer: httpx.Response) -> Later:
    text = f"HTTP {answer.status_code} from something that is not the service: check the address"
    return Later("edge.not_the_service", text, True)


def _unreachable(error: httpx.HTTPError) -> Later:
    return Later("edge.unreachable", f"no answer ({type(error).__name__}: {error})", True)


def _error(answer: httpx.Response) -> EdgeError:
    problem = _problem(answer)
    if problem is not None:
        return EdgeError("edge.service_failing", f"{problem[0]}: {problem[1]}")
    return EdgeError("edge.not_the_service", _stranger(answer).message)


def _is(answer: httpx.Response, media_type: str) -> bool:
    found: str = answer.headers.get("Content-Type", "")
    return found.split(";", maxsplit=1)[0].strip().lower() == media_type


def _retry_after(answer: httpx.Response) -> float:
    """Seconds, of a number or a date (RFC 9110); 0 if there is none that can be read."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdigit():
        seconds = float(text)
    else:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)

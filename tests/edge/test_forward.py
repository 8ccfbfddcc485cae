"""Forwarding: only what the service itself said decides about a photo."""

import email.utils
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.agent.filing import Filing
from edge.agent.forward import LONGEST_PAUSE, Forwarder, back_off, read_link
from edge.agent.queue import Item, Queue, State
from edge.agent.service import Answer, Later, Refused, Service, Taken
from tests.api.network import photo
from tests.edge.running import checks_of, fill, serving, stranger
from vision import Shot

PROBLEM = {"Content-Type": "application/problem+json"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    opened = Queue(tmp_path / "state")
    yield opened
    opened.close()


def add(queue: Queue, number: int = 0, order: str = "ORDER-A", shot: Shot = Shot.SELFIE) -> Item:
    return queue.add(photo(number), f"{number}.jpg", Filing(order, None, shot), None)[0]


def problem(code: str, **more: Any) -> bytes:
    return json.dumps({"code": code, "detail": "because", **more}).encode()


def step(queue: Queue, address: str, key: str = "k") -> Answer | None:
    service = Service(address, key, 60)
    try:
        return Forwarder(queue, service).step().answer
    finally:
        service.close()


def soon() -> str:
    return email.utils.formatdate(time.time() + 100, usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "body", "code", "whole"),
    [
        (200, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>", "edge.not_the_service", True),
        (201, JSON, b'{"id": "1", "verdict": "PASS"}', "edge.not_the_service", True),
        (
            201,
            JSON,
            b'{"id": "1", "verdict": "PASS", "report": {"sha256": "00"}}',
            "edge.not_the_service",
            True,
        ),
        (302, {"Location": "http://portal/"}, b"", "edge.not_the_service", True),
        (404, {"Content-Type": "text/html"}, b"no", "edge.not_the_service", True),
        (413, {"Content-Type": "text/html"}, b"nginx", "edge.not_the_service", True),
        (502, {"Content-Type": "text/html"}, b"bad gateway", "edge.service_failing", True),
        (503, PROBLEM, problem("service.busy"), "service.busy", True),
        (429, PROBLEM, problem("auth.too_many_attempts"), "auth.too_many_attempts", True),
        (401, PROBLEM, problem("auth.invalid"), "auth.invalid", True),
        (403, PROBLEM, problem("auth.role"), "auth.role", True),
        (409, PROBLEM, problem("idempotency.in_progress"), "idempotency.in_progress", False),
        (500, PROBLEM, problem("service.internal"), "service.internal", False),
    ],
)
def test_no_decision_leaves_the_photo_waiting(
    queue: Queue, status: int, headers: dict[str, str], body: bytes, code: str, whole: bool
) -> None:
    item = add(queue)
    with stranger(lambda _: (status, headers, body)) as address:
        answer = step(queue, address)
    assert isinstance(answer, Later)
    assert (answer.code, answer.whole) == (code, whole)
    (waiting,) = queue.listed(State.WAITING)
    assert (waiting.key, waiting.code, waiting.tries) == (item.key, code, 1)
    assert queue.read(waiting)
    link = read_link(queue)
    assert (link.failures, link.code) == (1, code)
    assert link.paused_until > time.time() - 60


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "request.not_found"),
        (422, "check.no_technician"),
        (415, "photo.unsupported_type"),
        (413, "photo.too_many_bytes"),
    ],
)
def test_decision_against_a_photo_sets_it_aside(queue: Queue, status: int, code: str) -> None:
    add(queue)
    body = problem(code, errors=[{"field": "shot", "message": "unknown"}])
    with stranger(lambda _: (status, PROBLEM, body)) as address:
        assert step(queue, address) == Refused(code, "because (shot: unknown)")
    (aside,) = queue.listed(State.SET_ASIDE)
    assert (aside.code, queue.read(aside)) == (code, photo(0))
    assert read_link(queue).failures == 0


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        (None, 0, 0),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("99999999", 3600, 3600),
    ],
)
def test_retry_after(queue: Queue, value: str | None, least: float, most: float) -> None:
    add(queue)
    headers = PROBLEM | ({"Retry-After": value} if value else {})
    with stranger(lambda _: (503, headers, problem("service.busy"))) as address:
        answer = step(queue, address)
    assert isinstance(answer, Later)
    assert least <= answer.retry_after <= most
    assert read_link(queue).paused_until >= time.time() + min(least, 60) - 60


def test_retry_after_may_be_a_date(queue: Queue) -> None:
    add(queue)
    headers = PROBLEM | {"Retry-After": soon()}
    with stranger(lambda _: (503, headers, problem("service.busy"))) as address:
        answer = step(queue, address)
    assert isinstance(answer, Later)
    assert 0 < answer.retry_after <= 100


def test_pause_outlives_a_restart(queue: Queue) -> None:
    add(queue)
    headers = PROBLEM | {"Retry-After": "3000"}
    asked: list[str] = []

    def busy(request: Any) -> tuple[int, dict[str, str], bytes]:
        asked.append(request.headers["Idempotency-Key"])
        return 503, headers, problem("service.busy")

    with stranger(busy) as address:
        assert isinstance(step(queue, address), Later)
        assert step(queue, address) is None  # a new forwarder, as after a restart
    assert len(asked) == 1


def test_no_answer_at_all(queue: Queue) -> None:
    add(queue)
    answer = step(queue, "http://127.0.0.1:1")
    assert isinstance(answer, Later)
    assert answer.code == "edge.unreachable"
    assert queue.counts().waiting == 1


def test_photo_the_service_stumbles_over_does_not_keep_the_rest(queue: Queue) -> None:
    bad, good = add(queue, 1), add(queue, 2)

    def stumble(request: Any) -> tuple[int, dict[str, str], bytes]:
        if request.headers["Idempotency-Key"] == bad.key:
            return 500, PROBLEM, problem("service.internal")
        check = {"id": "c", "verdict": "PASS", "report": {"sha256": good.sha256}}
        return 201, JSON, json.dumps(check).encode()

    with stranger(stumble) as address:
        service = Service(address, "k", 60)
        forwarder = Forwarder(queue, service)
        while queue.counts().sent == 0:
            time.sleep(forwarder.step().wait_s)
        service.close()
    assert [item.id for item in queue.listed(State.WAITING)] == [bad.id]


def test_missing_file_is_set_aside_and_said(queue: Queue) -> None:
    item = add(queue)
    for path in (queue.folder / "photos").rglob(item.sha256):
        path.unlink()
    assert step(queue, "http://127.0.0.1:1") == Refused(
        "edge.photo_gone", "the photo's file is gone"
    )
    assert queue.listed(State.SET_ASIDE)[0].code == "edge.photo_gone"


@pytest.mark.parametrize("failures", [0, 1, 5, 1000])
def test_back_off_doubles_up_to_a_limit(failures: int) -> None:
    whole = min(2.0 ** min(failures, 30), LONGEST_PAUSE)
    waits = [back_off(failures, LONGEST_PAUSE) for _ in range(50)]
    assert all(whole / 2 <= wait <= whole for wait in waits)
    assert len(set(waits)) > 1


def test_real_service_takes_refuses_and_repeats(
    queue: Queue, tmp_path: Path, manifest: Path
) -> None:
    world = fill(tmp_path / "data")
    key = world.keys["supervisor_a"]
    taken, unknown, unasked = add(queue, 1), add(queue, 2, "NO-ORDER"), add(queue, 3, shot=Shot.KIT)
    with serving(tmp_path / "data", manifest) as address:
        wrong_key = step(queue, address, "ppe_wrong")
        assert isinstance(wrong_key, Later)
        assert wrong_key.code == "auth.invalid"
        queue.note("link", "{}")  # not wait for the pause
        for _ in range(3):
            assert step(queue, address, key) is not None
        # The answer was lost on the way: the same photo with the same key again.
        queue._change(taken.id, state=State.WAITING)
        queue._photos.put(photo(1))
        answer = step(queue, address, key)
        assert isinstance(answer, Taken)
        checks = checks_of(address, key, "ORDER-A")
    assert [check["id"] for check in checks] == [answer.check_id]
    asides = {item.id: item.code for item in queue.listed(State.SET_ASIDE)}
    assert asides == {unknown.id: "request.not_found", unasked.id: "check.shot_not_asked"}

"""Forwarding: one photo at a time, patient with the service, the schedule kept in the queue.

After a failure everything pauses, longer with every failure in a row, and the photo goes behind
those that wait; one that the service itself stumbled over is put off for longer. So neither a bad
photo nor a service that is away for days keeps the rest, and nobody is hammered.
"""

import random
import time
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from edge.agent.errors import EdgeError
from edge.agent.queue import LONGEST_WAIT, Item, Queue
from edge.agent.service import LONGEST_RETRY_AFTER, Answer, Later, Refused, Service, Taken

FIRST_WAIT, LONGEST_PAUSE = 1.0, 300.0
FACT = "link"


class Link(BaseModel):
    """How things stand with the service; kept in the queue, so that a restart goes on waiting.

    Attributes:
        failures: in a row.
        paused_until: seconds since 1970.
        code: of the last failure, None if the last request was answered.
        message: the same in words.
        since: seconds since 1970, of the first failure in a row.
        reached_at: of the last answer of the service.
    """

    failures: int = 0
    paused_until: float = 0.0
    code: str | None = None
    message: str | None = None
    since: float | None = None
    reached_at: float | None = None


def read_link(queue: Queue) -> Link:
    """How things stand."""
    text = queue.noted(FACT)
    try:
        return Link.model_validate_json(text) if text else Link()
    except ValidationError:  # of an older version
        return Link()


@dataclass(frozen=True)
class Step:
    """What one step did.

    Attributes:
        item: the photo that was tried, None if none was due.
        answer: what became of it.
        wait_s: until there can be something to do.
    """

    item: Item | None
    answer: Answer | None
    wait_s: float


class Forwarder:
    """Sends what is due."""

    def __init__(self, queue: Queue, service: Service, idle_s: float = 1.0) -> None:
        self._queue = queue
        self._service = service
        self._idle_s = idle_s
        self._link = read_link(queue)

    def step(self) -> Step:
        """Send one photo, if one is due and the service is not being left alone.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`.
        """
        now = time.time()
        pause = self._link.paused_until - now
        if 0 < pause <= LONGEST_RETRY_AFTER:  # more is a clock that was put back
            return Step(None, None, min(pause, self._idle_s))
        item = self._queue.next_due(now)
        if item is None:
            return Step(None, None, self._idle_s)
        try:
            data = self._queue.read(item)
        except EdgeError as error:
            if error.code != "edge.photo_gone":
                raise
            self._queue.set_aside(item, error.code, error.message)
            return Step(item, Refused(error.code, error.message), 0.0)
        answer = self._service.send(item, data)
        match answer:
            case Taken(check_id, verdict):
                self._queue.answered(item, check_id, verdict)
                self._reached()
            case Refused(code, message):
                self._queue.set_aside(item, code, message)
                self._reached()
            case Later():
                self._later(item, answer)
        return Step(item, answer, 0.0)

    def _later(self, item: Item, answer: Later) -> None:
        now = time.time()
        until, pause = now, back_off(self._link.failures, LONGEST_PAUSE)
        if answer.whole:
            pause = max(pause, answer.retry_after)
        else:
            until += max(min(answer.retry_after, LONGEST_WAIT), back_off(item.tries, LONGEST_WAIT))
        self._queue.put_off(item, until, answer.code, answer.message)
        self._link = Link(
            failures=self._link.failures + 1,
            paused_until=now + pause,
            code=answer.code,
            message=answer.message,
            since=self._link.since or now,
            reached_at=self._link.reached_at,
        )
        self._queue.note(FACT, self._link.model_dump_json())

    def _reached(self) -> None:
        now = time.time()
        was_lost, last = self._link.failures > 0, self._link.reached_at or 0.0
        self._link = Link(reached_at=now)
        if was_lost or now - last > 60:  # not a write for every photo
            self._queue.note(FACT, self._link.model_dump_json())


def back_off(failures: int, longest: float) -> float:
    """Seconds to wait: doubling, a random half of it so that agents do not come all at once."""
    whole = min(FIRST_WAIT * 2.0 ** min(failures, 30), longest)
    return whole * random.uniform(0.5, 1.0)

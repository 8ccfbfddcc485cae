"""How the agent is doing: the same facts for `ppe edge status`, its JSON and the local page."""

import json
import shutil
import time
from pathlib import Path

from pydantic import BaseModel

from edge.agent.forward import Link, read_link
from edge.agent.inbox import FACT as INBOX_FACT
from edge.agent.queue import Item, Queue, State
from edge.agent.running import is_running
from edge.agent.update import UpdateState, read_update
from edge.agent.versions import Pair, Versions

TROUBLED_TRIES = 3
SHOWN = 100
FAULT_FACT = "fault"
NEEDS_A_PERSON = ("auth.invalid", "auth.required", "auth.role", "edge.not_the_service")


class PhotoLine(BaseModel):
    """A photo that somebody should know of."""

    id: int
    file: str
    work_order: str
    technician: str | None
    shot: str
    tries: int
    code: str | None
    message: str | None

    @classmethod
    def of(cls, item: Item) -> "PhotoLine":
        """From the queue."""
        return cls(
            id=item.id,
            file=item.name,
            work_order=item.filing.work_order,
            technician=item.filing.technician,
            shot=item.filing.shot,
            tries=item.tries,
            code=item.code,
            message=item.message,
        )


class InboxProblem(BaseModel):
    """A file that cannot be taken and lies where it was put."""

    file: str
    code: str
    message: str


class Status(BaseModel):
    """Everything there is to know; times in seconds since 1970."""

    at: float
    running: bool
    waiting: int
    oldest_waiting: float | None
    sent: int
    judged_otherwise: int
    set_aside: list[PhotoLine]
    set_aside_total: int
    troubled: list[PhotoLine]
    left_in_folder: list[InboxProblem]
    link: Link
    in_use: Pair
    update: UpdateState
    fault: InboxProblem | None
    free_mb: int

    @property
    def needs_a_person(self) -> bool:
        """Something does not get better by waiting."""
        return bool(
            self.set_aside_total
            or self.left_in_folder
            or self.fault
            or self.update.failed
            or self.link.code in NEEDS_A_PERSON
        )


def read_status(queue: Queue, state: Path) -> Status:
    """Read it from the queue.

    Raises:
        EdgeError: `edge.state_unusable`.
    """
    counts = queue.counts()
    fault = queue.noted(FAULT_FACT)
    return Status(
        at=time.time(),
        running=is_running(state),
        waiting=counts.waiting,
        oldest_waiting=counts.oldest_waiting,
        sent=counts.sent,
        judged_otherwise=counts.otherwise,
        set_aside=[PhotoLine.of(item) for item in queue.listed(State.SET_ASIDE, limit=SHOWN)],
        set_aside_total=counts.set_aside,
        troubled=[
            PhotoLine.of(item) for item in queue.listed(State.WAITING, TROUBLED_TRIES, SHOWN)
        ],
        left_in_folder=json.loads(queue.noted(INBOX_FACT) or "[]"),
        link=read_link(queue),
        in_use=Versions(state).read_in_use().now,
        update=read_update(queue),
        fault=InboxProblem.model_validate_json(fault) if fault else None,
        free_mb=shutil.disk_usage(state).free // 2**20,
    )

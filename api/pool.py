"""A bounded pool of workers: what does not fit is refused at once, what was taken is finished.

Workers that have no photo to check do chores: work that no answer waits for. Checks go first, until
a chore has fallen behind; then it has its turn between two checks, so that it always catches up.
"""

import asyncio
import contextvars
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from api.errors import ApiError

log = logging.getLogger(__name__)
T = TypeVar("T")


class Chore(Protocol):
    """Work that no answer waits for."""

    @property
    def waiting(self) -> int:
        """How much of it there is."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether it should go before checks."""
        ...

    def do(self) -> None:
        """Do a little of it; called by one worker at a time."""
        ...


class WorkPool:
    """Threads that check photos; the network and the decoder let go of the interpreter's lock."""

    def __init__(self, workers: int, queue: int) -> None:
        self.capacity = workers + queue
        self._changed = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._chore: Chore | None = None
        self._in_flight = 0
        self._at_chore = False
        self._closed = False
        self._workers = [
            threading.Thread(target=self._work, name=f"check-{number}", daemon=True)
            for number in range(workers)
        ]
        for worker in self._workers:
            worker.start()

    @property
    def in_flight(self) -> int:
        """Checks taken and not finished."""
        return self._in_flight

    async def run(self, work: Callable[[], T]) -> T:
        """Do work in a worker.

        Raises:
            ApiError: `service.busy`, at once, when full or stopping.
        """
        future: Future[T] = Future()
        context = contextvars.copy_context()
        with self._changed:
            if self._closed or self._in_flight >= self.capacity:
                what = "stopping" if self._closed else "full"
                raise ApiError("service.busy", f"the service is {what}; try again", retry_after=1)
            self._in_flight += 1
            self._jobs.append(lambda: context.run(self._do, work, future))
            self._changed.notify()
        # A client that goes away cancels the waiting only: the work is done to its end.
        return await asyncio.shield(asyncio.wrap_future(future))

    def spend_spare_time_on(self, chore: Chore) -> None:
        """Do this when there is nothing to check; call `wake` when there is more of it."""
        with self._changed:
            self._chore = chore
            self._changed.notify()

    def wake(self) -> None:
        """Look whether the chore has something to do."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        """Refuse what comes, wait for what was taken; what is left of the chore is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        while (step := self._next()) is not None:
            step()

    def _next(self) -> Callable[[], None] | None:
        """What a worker does next; None when it is to end."""
        with self._changed:
            while True:
                chore = None if self._closed or self._at_chore else self._chore
                if chore is not None and chore.waiting and (chore.is_behind or not self._jobs):
                    self._at_chore = True
                    return self._do_chore
                if self._jobs:
                    return self._jobs.popleft()
                if self._closed:
                    return None
                self._changed.wait()

    def _do(self, work: Callable[[], Any], future: "Future[Any]") -> None:
        future.set_running_or_notify_cancel()
        answer, error = None, None
        try:
            answer = work()
        except BaseException as raised:  # noqa: BLE001 - whoever waits gets it
            error = raised
        with self._changed:
            self._in_flight -= 1
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)

    def _do_chore(self) -> None:
        try:
            if self._chore is not None:
                self._chore.do()
        except Exception:
            log.exception("a chore failed")
        finally:
            with self._changed:
                self._at_chore = False
                self._changed.notify()

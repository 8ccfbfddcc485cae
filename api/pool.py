"""A bounded pool of workers: what does not fit is refused at once, what was taken is finished."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from api.errors import ApiError

T = TypeVar("T")


class WorkPool:
    """Threads that check photos; the network and the decoder let go of the interpreter's lock."""

    def __init__(self, workers: int, queue: int) -> None:
        self.capacity = workers + queue
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="check")
        self._lock = threading.Lock()
        self._taken = 0
        self._closed = False

    @property
    def in_flight(self) -> int:
        """Taken and not finished."""
        return self._taken

    async def run(self, work: Callable[[], T]) -> T:
        """Do work in a worker.

        Raises:
            ApiError: `service.busy`, at once, when full or stopping.
        """
        with self._lock:
            if self._closed or self._taken >= self.capacity:
                what = "stopping" if self._closed else "full"
                raise ApiError("service.busy", f"the service is {what}; try again", retry_after=1)
            self._taken += 1
            context = contextvars.copy_context()
            future = self._executor.submit(context.run, self._do, work)
        # A client that goes away cancels the waiting only: the work is done to its end.
        return await asyncio.shield(asyncio.wrap_future(future))

    def _do(self, work: Callable[[], T]) -> T:
        try:
            return work()
        finally:
            with self._lock:
                self._taken -= 1

    def close(self) -> None:
        """Refuse what comes, wait for what was taken."""
        with self._lock:
            self._closed = True
        self._executor.shutdown(wait=True)

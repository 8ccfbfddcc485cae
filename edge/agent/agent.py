"""The agent: folder, camera, forwarding, updates and page, each in a thread of its own.

A thread that ends with an unforeseen error ends the agent, with exit code 2: whatever starts it
(systemd, a service manager) starts it again, and nothing that was taken is lost.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.agent.checking import LocalCheck, wrong
from edge.agent.errors import EdgeError
from edge.agent.filing import Defaults
from edge.agent.forward import Forwarder, Step
from edge.agent.inbox import Inbox, Taken
from edge.agent.kiosk import Booth, Camera, View, Visit, run_camera
from edge.agent.page import Page
from edge.agent.queue import Queue
from edge.agent.running import only_one
from edge.agent.service import Later, Refused, Service
from edge.agent.settings import EdgeSettings
from edge.agent.status import FAULT_FACT, InboxProblem
from edge.agent.update import look_for_update, note_failure, read_update
from edge.agent.versions import Versions
from vision import SessionSettings

log = logging.getLogger(__name__)
AGAIN_S = 5.0  # after the disk was full, or the folder could not be read
SWEEP_S = 86400.0
UNANSWERED_S = 60.0  # until the service is asked for an update again that did not answer


@dataclass
class Agent:
    """One agent with everything it works with."""

    settings: EdgeSettings
    queue: Queue
    check: LocalCheck
    versions: Versions
    service: Service | None
    stop: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            BaseException: what a thread ended with.
        """
        settings = self.settings
        default = Visit(settings.work_order, settings.technician)
        view = View(default, default)
        work: dict[str, Callable[[], None]] = {"sweep": self._sweep}
        if settings.inbox is not None:
            work["inbox"] = self._watch
        if settings.camera is not None:
            booth = Booth(self.queue, self.check, view, settings.reserve_mb * 2**20)
            camera = Camera(settings.camera)
            work["camera"] = lambda: run_camera(camera, booth, view, self.stop)
            if settings.page_port:
                page = Page(settings, self.queue, view)
                work["page"] = lambda: page.serve(self.stop)
        if self.service is not None:
            work["forward"] = self._forward
            if settings.update_s:
                work["update"] = self._update
        threads = [
            threading.Thread(target=self._guarded, args=[name, task], name=name)
            for name, task in work.items()
        ]
        for thread in threads:
            thread.start()
        self.stop.wait()
        for thread in threads:
            thread.join()
        if self.failure is not None:
            raise self.failure

    def run_once(self) -> None:
        """Take what is in the folder, send what can be sent, and come back.

        Raises:
            EdgeError: `edge.disk_full`, `edge.state_unusable`, `edge.inbox_unusable`.
        """
        if self.service is not None and self.settings.update_s:
            self._fetch(self.service)
        inbox = self._inbox()
        if inbox is not None:
            while True:
                for taken in inbox.scan(self.settings.settle_s):
                    _tell(taken)
                if inbox.is_idle or self.stop.is_set():
                    break
                self.stop.wait(self.settings.scan_s)
        if self.service is None:
            return
        forwarder = Forwarder(self.queue, self.service)
        while not self.stop.is_set():
            step = forwarder.step()
            _tell_answer(step)
            if step.item is None or isinstance(step.answer, Later):
                break

    def _guarded(self, name: str, task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            log.exception("%s has ended", name)
            self.failure = self.failure or error
        finally:
            self.stop.set()

    def _inbox(self) -> Inbox | None:
        settings = self.settings
        if settings.inbox is None:
            return None
        defaults = Defaults(settings.work_order, settings.technician, settings.shot)
        reserve = settings.reserve_mb * 2**20
        return Inbox(settings.inbox, self.queue, self.check, defaults, reserve)

    def _watch(self) -> None:
        inbox = self._inbox()
        while inbox is not None and not self.stop.is_set():
            try:
                for taken in inbox.scan(self.settings.settle_s):
                    _tell(taken)
                    if self.stop.is_set():
                        return
            except EdgeError as error:
                self._fault(error)
                self.stop.wait(AGAIN_S)
            else:
                self._fault(None)
                self.stop.wait(self.settings.scan_s)

    def _forward(self) -> None:
        if self.service is None:
            return
        forwarder = Forwarder(self.queue, self.service)
        while not self.stop.is_set():
            try:
                step = forwarder.step()
            except EdgeError as error:  # the disk: nothing was marked, so nothing is lost
                log.error("%s  %s", error.code, error.message)
                self.stop.wait(AGAIN_S)
                continue
            _tell_answer(step)
            self.stop.wait(step.wait_s)

    def _update(self) -> None:
        while self.service is not None and not self.stop.is_set():
            self._fetch(self.service)
            state = read_update(self.queue)
            was_answered = state.code is None or state.failed
            self.stop.wait(self.settings.update_s if was_answered else UNANSWERED_S)

    def _sweep(self) -> None:
        while not self.stop.wait(SWEEP_S):
            try:
                self.queue.sweep(self.settings.keep_days)
            except EdgeError as error:
                log.error("%s  %s", error.code, error.message)

    def _fetch(self, service: Service) -> None:
        try:
            checker = look_for_update(self.queue, service, self.versions)
        except EdgeError as error:
            log.error("%s  %s", error.code, error.message)
            return
        if checker is not None:
            self.check.checker = checker

    def _fault(self, error: EdgeError | None) -> None:
        """Say what keeps photos from being taken, or that nothing does any more."""
        text = ""
        if error is not None:
            log.error("%s  %s", error.code, error.message)
            fault = InboxProblem(file="", code=error.code, message=error.message)
            text = fault.model_dump_json()
        try:
            if text != (self.queue.noted(FAULT_FACT) or ""):
                self.queue.note(FAULT_FACT, text)
        except EdgeError as more:  # the log has said it
            log.error("%s  %s", more.code, more.message)


def run(settings: EdgeSettings, once: bool, stop: threading.Event) -> None:
    """Open everything, work, close everything.

    Args:
        settings: of the agent.
        once: come back when the folder is empty and what can be sent is sent.
        stop: set by whoever wants it to end.

    Raises:
        EdgeError: `edge.*`.
        ModelError: `model.*`, not even the shipped network works.
    """
    if settings.inbox is None and settings.camera is None and not once:
        raise EdgeError("edge.nothing_to_watch", "name a folder (--inbox) or a camera (--camera)")
    if settings.inbox is not None and not settings.inbox.is_dir():
        raise EdgeError("edge.inbox_unusable", f"there is no folder {settings.inbox}")
    with only_one(settings.state):
        queue = Queue(settings.state)
        service: Service | None = None
        try:
            left_over = queue.sweep(settings.keep_days)
            if left_over:
                log.info("dropped %d photos that a crash left without a row", left_over)
            limits = SessionSettings(threads=settings.threads, keep_memory=False)
            versions = Versions(settings.state, limits)
            checker, given_up = versions.open_in_use()
            if given_up is not None:
                log.error("rolled back: %s  %s", given_up.code, given_up.message)
                note_failure(queue, given_up)
            if settings.service is not None:
                service = Service(settings.service, settings.api_key(), settings.timeout_s)
            agent = Agent(settings, queue, LocalCheck(checker), versions, service, stop)
            start = time.perf_counter()
            agent.run_once() if once else agent.run()
            log.info("stopped after %.0f s", time.perf_counter() - start)
        finally:
            if service is not None:
                service.close()
            queue.close()


def _tell(taken: Taken) -> None:
    item, report = taken.item, taken.report
    if not taken.is_new:
        log.info("%s is known already as photo %d", item.name, item.id)
        return
    reasons = "; ".join(f"{f.rule} {f.reason}" for f in wrong(report)) if report else "not checked"
    log.info(
        "%s: %s %s: %s  %s",
        item.name,
        item.filing.work_order,
        item.filing.shot,
        item.verdict,
        reasons,
    )


def _tell_answer(step: Step) -> None:
    if step.item is None:
        return
    match step.answer:
        case Refused(code, message):
            log.error(
                "set aside: photo %d, %s: %s  %s", step.item.id, step.item.name, code, message
            )
        case Later(code, message):
            log.warning("waits: photo %d: %s  %s", step.item.id, code, message)
        case _:
            log.info("sent: photo %d, %s", step.item.id, step.item.name)

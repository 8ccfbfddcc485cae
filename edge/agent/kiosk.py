"""The kiosk: somebody stands in front of the camera and is ticked off.

Every look is a whole check of one frame. When nothing is left that the person could put right, or
when time is up, and three looks in a row agree, the photo is kept; then the kiosk waits until the
place in front of it is empty. Whoever only walks past leaves nothing behind.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.agent.checking import LocalCheck, wrong
from edge.agent.errors import EdgeError
from edge.agent.filing import CaptureRecord, Filing
from edge.agent.folder import need_room
from edge.agent.queue import Queue
from vision import PpeError, Reason, Report, Shot

log = logging.getLogger(__name__)

STEADY = 3  # looks in a row that agree: about a second on a small computer
EMPTY = 2  # looks without anybody
GIVE_UP_S = 20.0
LOOK_S = 0.2  # leaves a small computer some rest
QUALITY = 92  # of the JPEG that is judged, kept and sent
NOBODY = frozenset({Reason.NO_PERSON, Reason.SUBJECT_TOO_SMALL})
NOT_THEIRS = frozenset({Reason.NOT_SUPPORTED})
"""Reasons that nobody in front of a camera can do anything about."""


class Phase(StrEnum):
    """What the kiosk is doing."""

    EMPTY = "empty"
    LOOKING = "looking"
    TAKEN = "taken"


class Kiosk:
    """Decides from report to report; knows nothing of cameras and queues."""

    def __init__(self, give_up_s: float = GIVE_UP_S) -> None:
        self.phase = Phase.EMPTY
        self._give_up_s = give_up_s
        self._since = 0.0
        self._last: tuple[object, ...] = ()
        self._agreeing = 0
        self._without = 0

    def look(self, report: Report, now: float) -> bool:
        """Take note of one look.

        Args:
            report: of the frame.
            now: seconds of any clock that only goes forward.

        Returns:
            Whether this frame is the photo to keep.
        """
        if all(finding.reason in NOBODY for finding in report.findings):
            self._without += 1
            if self._without >= EMPTY:
                self.phase = Phase.EMPTY
            self._agreeing = 0
            return False
        self._without = 0
        if self.phase is Phase.EMPTY:
            self.phase, self._since, self._agreeing = Phase.LOOKING, now, 0
        answers = tuple((f.rule, f.verdict, f.reason) for f in report.findings)
        self._agreeing = self._agreeing + 1 if answers == self._last else 1
        self._last = answers
        if self.phase is Phase.TAKEN or self._agreeing < STEADY:
            return False
        is_done = all(finding.reason in NOT_THEIRS for finding in wrong(report))
        if not is_done and now - self._since < self._give_up_s:
            return False
        self.phase = Phase.TAKEN
        return True


@dataclass(frozen=True)
class Visit:
    """Who stands in front of the kiosk, as they or the settings say."""

    work_order: str | None = None
    technician: str | None = None


@dataclass
class View:
    """What the page shows; written by the camera's thread, read by the page's."""

    visit: Visit
    default: Visit
    phase: Phase = Phase.EMPTY
    report: Report | None = None
    frame: bytes | None = None
    message: str | None = None
    kept: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Camera:
    """Frames of a camera as they are now: what piled up since the last look is passed over."""

    def __init__(self, source: str, look_s: float = LOOK_S) -> None:
        """Name a camera.

        Args:
            source: number, device or address, as OpenCV knows it; or a film.
            look_s: seconds between the end of a look and the next frame; 0 takes every frame.
        """
        self._source: str | int = int(source) if source.isdigit() else source
        self._look_s = look_s

    @contextlib.contextmanager
    def opened(self) -> Iterator[Iterator[npt.NDArray[np.uint8]]]:
        """Frames, RGB uint8 of shape (height, width, 3), until there are no more.

        Raises:
            EdgeError: `edge.camera_lost`.
        """
        capture = cv2.VideoCapture(self._source)
        try:
            if not capture.isOpened():
                raise EdgeError("edge.camera_lost", f"camera {self._source!r} cannot be opened")
            yield self._frames(capture)
        finally:
            capture.release()

    def _frames(self, capture: cv2.VideoCapture) -> Iterator[npt.NDArray[np.uint8]]:
        due = 0.0
        while True:
            is_there = capture.grab()
            if is_there and time.monotonic() < due:
                continue
            is_there, frame = capture.retrieve() if is_there else (False, None)
            if not is_there or frame is None:
                raise EdgeError("edge.camera_lost", f"camera {self._source!r} gives no pictures")
            yield frame[:, :, ::-1].astype(np.uint8, copy=False)
            due = time.monotonic() + self._look_s


class Booth:
    """Camera, kiosk and queue put together."""

    def __init__(self, queue: Queue, check: LocalCheck, view: View, reserve: int) -> None:
        self._queue = queue
        self._check = check
        self._view = view
        self._reserve = reserve
        self._kiosk = Kiosk()

    def show(self, frame: npt.NDArray[np.uint8]) -> None:
        """Look at one frame; keep it if it is the photo.

        Raises:
            EdgeError: `edge.state_unusable`.
        """
        data = _encode(frame)
        report = self._check(data, Shot.SELFIE)
        if report is None:
            self._tell("the local check does not work: see the log")
            return
        is_photo = self._kiosk.look(report, time.monotonic())
        with self._view.lock:
            view = self._view
            if self._kiosk.phase is Phase.EMPTY and view.phase is not Phase.EMPTY:
                view.visit, view.kept, view.message = view.default, False, None  # the next one
            view.phase, view.report, view.frame = self._kiosk.phase, report, data
            visit = view.visit
        if is_photo:
            self._keep(data, report, visit)

    def _keep(self, data: bytes, report: Report, visit: Visit) -> None:
        if visit.work_order is None:  # a mirror: nothing is kept
            return
        taken_at = datetime.now().astimezone()
        record = CaptureRecord(taken_at=taken_at, device="ppe edge kiosk")
        filing = Filing(
            visit.work_order,
            visit.technician,
            Shot.SELFIE,
            record.model_dump_json(exclude_none=True),
        )
        try:
            need_room(self._queue.folder, len(data), self._reserve)
            self._queue.add(data, f"kiosk-{taken_at:%Y%m%d-%H%M%S}.jpg", filing, report)
        except EdgeError as error:
            log.error("the photo was not kept: %s  %s", error.code, error.message)
            self._tell(f"{error.code}: {error.message}")
            return
        log.info("kept a photo for %s: %s", visit.work_order, report.verdict)
        with self._view.lock:
            self._view.kept = True

    def _tell(self, message: str) -> None:
        with self._view.lock:
            self._view.message = message


def run_camera(camera: Camera, booth: Booth, view: View, stop: threading.Event) -> None:
    """Look through a camera until told to stop; wait for one that is lost."""
    wait_s = 1.0
    while not stop.is_set():
        try:
            with camera.opened() as frames:
                for frame in frames:
                    wait_s = 1.0
                    booth.show(frame)
                    if stop.is_set():
                        return
        except PpeError as error:
            if error.code != "edge.camera_lost":
                raise
            log.warning("%s  %s", error.code, error.message)
            with view.lock:
                view.message, view.frame = f"{error.code}: {error.message}", None
        stop.wait(wait_s)
        wait_s = min(wait_s * 2, 30.0)


def _encode(frame: npt.NDArray[np.uint8]) -> bytes:
    bgr = np.ascontiguousarray(frame[:, :, ::-1])
    is_done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not is_done:
        raise EdgeError("edge.camera_lost", "the camera's picture cannot be written as JPEG")
    encoded: Any = data
    return bytes(encoded.tobytes())

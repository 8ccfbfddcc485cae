"""The kiosk: ticks off whoever stands there, keeps one photo a visit, none of passers-by."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.agent.checking import LocalCheck
from edge.agent.errors import EdgeError
from edge.agent.kiosk import EMPTY, STEADY, Booth, Camera, Kiosk, Phase, View, Visit, run_camera
from edge.agent.queue import Queue, State
from tests.api.network import picture
from tests.api.world import small_policy
from vision import Checker, Finding, Reason, Report, Verdict
from vision.policy import RuleId

HELMET, STRIPS = RuleId.HELMET_WORN, RuleId.UNIFORM_REFLECTIVE
ANSWERS = {
    "nobody": [(HELMET, Verdict.UNSURE, Reason.NO_PERSON)],
    "far": [(HELMET, Verdict.UNSURE, Reason.SUBJECT_TOO_SMALL)],
    "bare": [(HELMET, Verdict.FAIL, Reason.HEAD_BARE)],
    "unclear": [(HELMET, Verdict.UNSURE, Reason.HELMET_UNCLEAR)],
    "good": [(HELMET, Verdict.PASS, Reason.HELMET_ON_HEAD)],
    "good but": [
        (HELMET, Verdict.PASS, Reason.HELMET_ON_HEAD),
        (STRIPS, Verdict.UNSURE, Reason.NOT_SUPPORTED),
    ],
}


@pytest.fixture(scope="module")
def checker(manifest: Path) -> Checker:
    return Checker.open(manifest, small_policy())


@pytest.fixture(scope="module")
def any_report(checker: Checker) -> Report:
    return checker.examine(_jpeg(1))[1]


def _jpeg(seed: int, helmet: bool = True) -> bytes:
    pixels = np.asarray(picture(seed, helmet))[:, :, ::-1]
    return bytes(cv2.imencode(".jpg", pixels)[1].tobytes())


def _report(like: Report, name: str) -> Report:
    findings = tuple(Finding(rule, verdict, reason) for rule, verdict, reason in ANSWERS[name])
    values = {field: getattr(like, field) for field in like.__dataclass_fields__}
    return Report(**(values | {"findings": findings}))


@pytest.mark.parametrize(
    ("looks", "kept_at"),
    [
        (["nobody"] * 5, []),
        (["far"] * 60, []),
        (["good"] * 10, [STEADY - 1]),  # one photo, however long they stay
        (["good but"] * 10, [STEADY - 1]),  # what nobody can put right is left to a person
        (["bare"] * 10 + ["good"] * 10, [10 + STEADY - 1]),  # put right in time
        (["bare"] * 30, [20]),  # not put right in time
        (["bare", "unclear"] * 15, []),  # no two looks agree
        (["bare"] * 10 + ["nobody"] * 5, []),  # walked past
        (["good"] * 5 + ["nobody"] + ["good"] * 5, [2]),  # still the same visit
        (["good"] * 5 + ["nobody"] * EMPTY + ["good"] * 5, [2, 5 + EMPTY + 2]),  # the next one
        (["good", "good", "bare", "good", "good", "good"], [5]),
    ],
)
def test_one_photo_a_visit(any_report: Report, looks: list[str], kept_at: list[int]) -> None:
    """One look a second."""
    kiosk = Kiosk(give_up_s=20)
    kept = [
        number
        for number, name in enumerate(looks)
        if kiosk.look(_report(any_report, name), float(number))
    ]
    assert kept == kept_at


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    opened = Queue(tmp_path / "state")
    yield opened
    opened.close()


def _film(path: Path, frames: int) -> str:
    """A film that OpenCV opens as it opens a camera."""
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    assert film.isOpened()
    for number in range(frames):
        film.write(np.ascontiguousarray(np.asarray(picture(number))[:, :, ::-1]))
    film.release()
    return str(path)


@pytest.mark.parametrize(("order", "kept"), [("ORDER-A", 1), (None, 0)])
def test_camera_to_queue(
    tmp_path: Path, queue: Queue, checker: Checker, order: str | None, kept: int
) -> None:
    """From a film: the photo in the queue is a JPEG that the checker judges as the kiosk did."""
    film = Camera(_film(tmp_path / "film.avi", STEADY + 2), look_s=0)
    view = View(Visit(order, "SZ1"), Visit())
    booth = Booth(queue, LocalCheck(checker), view, 0)
    stop = threading.Event()
    camera = threading.Thread(target=run_camera, args=[film, booth, view, stop])
    camera.start()
    while view.message is None:  # the film is over: the camera is lost
        camera.join(0.02)
        assert camera.is_alive()
    stop.set()
    camera.join()
    assert view.message.startswith("edge.camera_lost")
    assert (view.phase, view.kept) == (Phase.TAKEN, bool(kept))
    items = queue.listed(State.WAITING)
    assert len(items) == kept
    for item in items:
        assert (item.filing.work_order, item.filing.technician) == ("ORDER-A", "SZ1")
        assert item.filing.capture
        report = checker.check(queue.read(item), item.filing.shot)
        assert report.verdict == item.verdict


def test_full_disk_is_said_at_the_kiosk(tmp_path: Path, queue: Queue, checker: Checker) -> None:
    view = View(Visit("ORDER-A"), Visit())
    booth = Booth(queue, LocalCheck(checker), view, shutil.disk_usage(tmp_path).free * 2)
    with Camera(_film(tmp_path / "film.avi", STEADY), look_s=0).opened() as frames:
        for _ in range(STEADY):
            booth.show(next(frames))
        with pytest.raises(EdgeError) as caught:
            next(frames)
    assert caught.value.code == "edge.camera_lost"
    assert view.message is not None
    assert view.message.startswith("edge.disk_full")
    assert not view.kept
    assert queue.counts().waiting == 0


def test_camera_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EdgeError) as caught, Camera(str(tmp_path / "none.avi")).opened():
        pass
    assert caught.value.code == "edge.camera_lost"

"""Before and after: what changed in a place, and when nothing can be said."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.networks import checker_of
from tests.vision.pictures import BLUE, ORANGE, Pixels, encode
from vision import Finding, Label, Reason, Shot, Verdict
from vision.detections import iou
from vision.policy import RuleId
from vision.restored import Obstacle, compare

# left, top, right, bottom; clear of the frame that a moved camera loses
HERE, THERE = (120, 250, 220, 330), (420, 280, 520, 360)


@cache
def room(seed: int = 0) -> Pixels:
    """A wall over a floor with things on both, none like another."""
    rng = np.random.default_rng(seed)
    pixels = np.full((480, 640, 3), 190, np.uint8)
    pixels[200:] = (150, 120, 90)
    for _ in range(140):
        x, y = (int(v) for v in rng.integers(0, (640, 480)))
        wide, high = (int(v) for v in rng.integers(8, 60, 2))
        colour = tuple(int(v) for v in rng.integers(40, 220, 3))
        cv2.rectangle(pixels, (x, y), (x + wide, y + high), colour, cv2.FILLED)
    return np.asarray(cv2.GaussianBlur(pixels, (3, 3), 0), np.uint8)


def put(pixels: Pixels, place: tuple[int, ...], colour: tuple[int, int, int] = ORANGE) -> Pixels:
    """A copy with a striped thing in it."""
    x1, y1, x2, y2 = place
    copy = pixels.copy()
    copy[y1:y2, x1:x2] = colour
    copy[y1 + 20 : y1 + 35, x1:x2] = (250, 250, 250)
    return copy


def again(pixels: Pixels) -> Pixels:
    """The camera a little to the side, the lamp a little dimmer."""
    corners = np.array([[0, 0], [640, 0], [640, 480], [0, 480]], np.float32)
    moved = corners + np.array([[12, 8], [-6, 10], [-10, -9], [9, -4]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(pixels, warp, (640, 480), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(seen * 0.85 + 4, 0, 255), np.uint8)


def change(before: Pixels, after: Pixels) -> tuple[Label, float]:
    """The only change, and how well it lies on the thing where it is or was."""
    (box,) = compare(before, after).changes
    truths = [(x1, y1, x2, y2) for x1, y1, x2, y2 in (HERE, THERE)]
    return box.label, max(iou(box, type(box)(box.label, 1, *map(float, truth))) for truth in truths)


def test_a_place_as_it_was() -> None:
    found = compare(room(), again(room()))
    assert (found.changes, found.obstacle) == ((), None)
    assert found.alike > 0.95


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        (room, lambda: put(room(), HERE), Label.NEW),
        (lambda: put(room(), HERE), room, Label.GONE),
        (lambda: put(room(), HERE), lambda: put(room(), THERE), Label.MOVED),
    ],
    ids=["new", "gone", "moved"],
)
def test_what_changed_is_found_and_named(
    before: Callable[[], Pixels], after: Callable[[], Pixels], label: Label
) -> None:
    named, overlap = change(before(), again(after()))
    assert named is label
    assert overlap > 0.5


def test_two_things_are_not_one_that_moved() -> None:
    found = compare(put(room(), HERE, BLUE), again(put(room(), THERE)))
    assert {box.label for box in found.changes} == {Label.NEW, Label.GONE}


@pytest.mark.parametrize(
    ("after", "obstacle"),
    [
        (room(1), Obstacle.OTHER_PLACE),
        (np.full((480, 640, 3), 90, np.uint8), Obstacle.OTHER_PLACE),
        (np.ascontiguousarray(room()[:, ::-1]), Obstacle.OTHER_PLACE),
        (cv2.resize(room()[:160, :210], (640, 480)), Obstacle.OTHER_PLACE),  # a corner of it
    ],
    ids=["another room", "nothing", "mirrored", "a corner"],
)
def test_what_cannot_be_compared(after: Pixels, obstacle: Obstacle) -> None:
    assert compare(room(), np.asarray(after, np.uint8)).obstacle is obstacle


def test_boxes_are_in_pixels_of_the_later_picture() -> None:
    after = cv2.resize(again(put(room(), HERE)), (1280, 960))
    (box,) = compare(room(), np.asarray(after, np.uint8)).changes
    x1, y1, x2, y2 = (2 * edge for edge in HERE)
    assert iou(box, type(box)(box.label, 1, x1, y1, x2, y2)) > 0.5


@given(st.integers(64, 200), st.integers(64, 200), st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_any_two_pictures_get_an_answer(width: int, height: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = (rng.integers(0, 256, (height, width, 3), np.uint8) for _ in range(2))
    found = compare(before, after)
    assert found.obstacle is not None or found.alike > 0
    for box in found.changes:
        assert 0 <= box.x1 < box.x2 <= width + 1
        assert 0 <= box.y1 < box.y2 <= height + 1


def finding(before: Pixels | None, after: Pixels) -> list[Finding]:
    checker = checker_of(())
    earlier = None if before is None else checker.decode(encode(before))
    report = checker.check(encode(after), Shot.SITE_AFTER, earlier)
    return [found for found in report.findings if found.rule is RuleId.SITE_RESTORED]


def test_without_a_picture_from_before_the_rule_is_not_asked() -> None:
    assert finding(None, room()) == []


@pytest.mark.parametrize(
    ("before", "after", "verdict", "reason"),
    [
        (room(), room(), Verdict.PASS, Reason.SITE_RESTORED),
        (room(), put(room(), HERE), Verdict.UNSURE, Reason.THINGS_ADDED),
        (put(room(), HERE), room(), Verdict.FAIL, Reason.THINGS_MOVED),
        (put(room(), HERE), put(room(), THERE), Verdict.FAIL, Reason.THINGS_MOVED),
        (room(1), room(), Verdict.UNSURE, Reason.OTHER_PLACE),
    ],
)
def test_verdict(before: Pixels, after: Pixels, verdict: Verdict, reason: Reason) -> None:
    (found,) = finding(before, after)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.advisory
    assert found.clause
    assert bool(found.boxes) == (reason in (Reason.THINGS_ADDED, Reason.THINGS_MOVED))

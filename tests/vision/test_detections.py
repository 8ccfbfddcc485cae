"""Geometry of boxes: laws that hold for any box, and non-maximum suppression."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.networks import box
from vision import Box, Detections, Label
from vision.detections import intersection, iou, share_inside, suppress

corners = st.floats(-50, 2000, width=32)
lengths = st.floats(1, 1500, width=32)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(corners), draw(corners)
    return box(Label.HELMET, x, y, x + draw(lengths), y + draw(lengths))


@given(boxes(), boxes())
def test_iou_is_symmetric_and_bounded(a: Box, b: Box) -> None:
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert 0 <= iou(a, b) <= 1 + 1e-6
    assert intersection(a, b) == pytest.approx(intersection(b, a))
    assert 0 <= intersection(a, b) <= min(a.area, b.area) * (1 + 1e-6)


@given(boxes())
def test_a_box_covers_itself(a: Box) -> None:
    assert iou(a, a) == pytest.approx(1)
    assert share_inside(a, a) == pytest.approx(1)


@given(boxes(), boxes())
def test_share_inside_is_bounded_and_one_when_contained(a: Box, b: Box) -> None:
    assert 0 <= share_inside(a, b) <= 1 + 1e-6
    around = replace(
        b, x1=min(a.x1, b.x1), y1=min(a.y1, b.y1), x2=max(a.x2, b.x2), y2=max(a.y2, b.y2)
    )
    assert share_inside(a, around) == pytest.approx(1)
    assert share_inside(a, b) >= iou(a, b) - 1e-6


@given(boxes(), corners, corners)
def test_iou_does_not_depend_on_the_place(a: Box, dx: float, dy: float) -> None:
    b = replace(a, x1=a.x1 + a.width / 4, x2=a.x2 + a.width / 4)
    moved = [replace(c, x1=c.x1 + dx, x2=c.x2 + dx, y1=c.y1 + dy, y2=c.y2 + dy) for c in (a, b)]
    assert iou(*moved) == pytest.approx(iou(a, b), abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "common", "expected_iou", "inside"),
    [
        ((0, 0, 10, 10), (5, 0, 15, 10), 50, 50 / 150, 0.5),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0, 0, 0),
        ((0, 0, 10, 10), (30, 30, 40, 40), 0, 0, 0),
        ((2, 2, 4, 4), (0, 0, 10, 10), 4, 0.04, 1),
        ((5, 5, 5, 5), (0, 0, 10, 10), 0, 0, 0),
        ((5, 5, 5, 5), (5, 5, 5, 5), 0, 0, 0),
        ((8, 8, 2, 2), (0, 0, 10, 10), 0, 0, 0),
    ],
    ids=["half", "touching", "apart", "within", "point", "two points", "inside out"],
)
def test_known_figures(
    a: tuple[float, float, float, float],
    b: tuple[float, float, float, float],
    common: float,
    expected_iou: float,
    inside: float,
) -> None:
    first, second = box(Label.HEAD, *a), box(Label.HEAD, *b)
    assert intersection(first, second) == pytest.approx(common)
    assert iou(first, second) == pytest.approx(expected_iou)
    assert share_inside(first, second) == pytest.approx(inside)


def arrays(
    things: list[Box],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    return (
        np.array([(b.x1, b.y1, b.x2, b.y2) for b in things], np.float32).reshape(-1, 4),
        np.array([b.score for b in things], np.float32),
        np.array([list(Label).index(b.label) for b in things], np.intp),
    )


def test_suppress_keeps_the_best_of_each_thing() -> None:
    helmet = box(Label.HELMET, 0, 0, 100, 100, 0.6)
    things = [
        helmet,
        replace(helmet, x1=5, x2=105, score=0.9),  # the same helmet, seen better
        replace(helmet, x1=200, x2=300, score=0.5),  # another helmet
        replace(helmet, label=Label.HEAD, score=0.4),  # the head in the same place
    ]
    assert suppress(*arrays(things), 0.6).tolist() == [1, 2, 3]


def test_suppress_of_nothing() -> None:
    assert suppress(*arrays([]), 0.6).tolist() == []


@given(st.lists(boxes(), max_size=12))
def test_suppress_leaves_no_overlap_and_drops_only_overlaps(things: list[Box]) -> None:
    things = [replace(b, score=round(0.9 - i / 20, 2)) for i, b in enumerate(things)]
    kept = suppress(*arrays(things), 0.5).tolist()
    for i, first in enumerate(kept):
        assert all(iou(things[first], things[second]) <= 0.501 for second in kept[i + 1 :])
    for dropped in set(range(len(things))) - set(kept):
        assert any(iou(things[dropped], things[k]) > 0.499 for k in kept)


def test_detections_become_boxes_best_first() -> None:
    things = [box(Label.HEAD, 1, 2, 3, 4, 0.25), box(Label.HELMET, 5, 6, 7, 8, 0.75)]
    xyxy, score, _ = arrays(things)
    detections = Detections(xyxy, score, tuple(b.label for b in things))
    assert sorted(detections.boxes(), key=lambda b: b.score) == things

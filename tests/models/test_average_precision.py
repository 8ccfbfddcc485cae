"""AP under partial labels: tiny cases whose answer is known by hand."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from models.average_precision import Matches, Truth, match
from vision.detections import Box, from_boxes
from vision.labels import Label

H, P = Label.HELMET, Label.PERSON
HERE, THERE = (10.0, 10.0, 30.0, 30.0), (60.0, 60.0, 80.0, 80.0)
TINY = (0.0, 0.0, 4.0, 4.0)
Corners = tuple[float, float, float, float]


def truth(*boxes: Corners, known: tuple[Label, ...] = (H,), label: Label = H) -> Truth:
    return Truth(tuple((label, box) for box in boxes), frozenset(known))


def crowded(*boxes: Corners, crowd: Corners, label: Label = H) -> Truth:
    return replace(truth(*boxes), crowd=((label, crowd),))


@dataclass(frozen=True)
class Case:
    name: str
    truths: list[Truth]
    seen: list[list[tuple[float, Corners]]]
    ap50: float | None
    boxes: int
    pictures: int
    min_side: float = 0.0


CASES = [
    Case("found", [truth(HERE)], [[(0.9, HERE)]], 1.0, 1, 1),
    Case("missed", [truth(HERE)], [[]], 0.0, 1, 1),
    Case("nothing there, nothing seen", [truth()], [[]], None, 0, 1),
    Case("nothing there, something seen", [truth()], [[(0.9, HERE)]], None, 0, 1),
    Case("elsewhere", [truth(HERE)], [[(0.9, THERE)]], 0.0, 1, 1),
    # Precision 1 at the recalls 0, 0.01 … 0.50: 51 of 101.
    Case("one of two", [truth(HERE, THERE)], [[(0.9, HERE)]], 51 / 101, 2, 1),
    # The false one is surer: precision 1/2 everywhere.
    Case("false first", [truth(HERE)], [[(0.9, THERE), (0.5, HERE)]], 0.5, 1, 1),
    Case("seen twice", [truth(HERE)], [[(0.9, HERE), (0.5, HERE)]], 1.0, 1, 1),
    Case(
        "unknown pictures do not count",
        [truth(HERE), truth(known=(P,))],
        [[(0.5, HERE)], [(0.9, HERE)]],
        1.0, 1, 1,
    ),
    Case(
        "known empty pictures do",
        [truth(HERE), truth()],
        [[(0.5, HERE)], [(0.9, HERE)]],
        0.5, 1, 2,
    ),
    Case("boxes of unknown labels are no things", [truth(HERE, known=(P,))], [[]], None, 0, 0),
    Case(
        "small things are not asked for",
        [truth(HERE, TINY)],
        [[(0.5, HERE), (0.9, TINY)]],
        1.0, 1, 1, min_side=14,
    ),
    Case(
        "detections in a crowd are neither right nor wrong",
        [crowded(HERE, crowd=(50.0, 50.0, 100.0, 100.0))],
        [[(0.9, THERE), (0.8, (51.0, 51.0, 56.0, 56.0)), (0.5, HERE)]],
        1.0, 1, 1,
    ),
    Case(
        "less than half inside is wrong",
        [crowded(HERE, crowd=(71.0, 50.0, 100.0, 100.0))],
        [[(0.9, THERE), (0.5, HERE)]],
        0.5, 1, 1,
    ),
    Case(
        "a thing inside a crowd is still asked for",
        [crowded(HERE, crowd=(0.0, 0.0, 50.0, 50.0))],
        [[(0.9, HERE)]],
        1.0, 1, 1,
    ),
    Case("missed inside a crowd", [crowded(HERE, crowd=(0.0, 0.0, 50.0, 50.0))], [[]], 0.0, 1, 1),
    Case(
        "a crowd of another label changes nothing",
        [crowded(HERE, crowd=(50.0, 50.0, 100.0, 100.0), label=P)],
        [[(0.9, THERE), (0.5, HERE)]],
        0.5, 1, 1,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_average_precision(case: Case) -> None:
    seen = [from_boxes([Box(H, score, *xy) for score, xy in one]) for one in case.seen]

    found = match(H, case.truths, seen, case.min_side)

    assert found.boxes == case.boxes
    assert found.pictures == case.pictures
    if case.ap50 is None:
        assert found.ap50 is None
    else:
        assert found.ap50 == pytest.approx(case.ap50)


def test_other_labels_are_left_alone() -> None:
    seen = [from_boxes([Box(P, 0.9, *HERE), Box(H, 0.8, *HERE)])]
    assert len(match(H, [truth(HERE)], seen).score) == 1


def test_needs_one_truth_a_picture() -> None:
    with pytest.raises(ValueError, match="zip"):
        match(H, [truth(HERE)], [])


def matches(boxes: int, *detections: tuple[float, bool]) -> Matches:
    return Matches(
        pictures=1,
        pictures_with=1,
        boxes=boxes,
        ap50=0.5,
        score=np.array([score for score, _ in detections], np.float64),
        correct=np.array([right for _, right in detections], np.bool_),
    )


@pytest.mark.parametrize(
    ("score", "precision", "recall"),
    [(0.95, None, 0.0), (0.9, 1.0, 0.25), (0.6, 0.5, 0.25), (0.0, 2 / 3, 0.5)],
)
def test_point(score: float, precision: float | None, recall: float) -> None:
    point = matches(4, (0.9, True), (0.6, False), (0.5, True)).at(score)
    assert point.precision == (None if precision is None else pytest.approx(precision))
    assert point.recall == pytest.approx(recall)


def test_recall_of_nothing_is_not_a_number_but_nothing() -> None:
    assert matches(0, (0.9, False)).at(0.5).recall is None
    assert matches(0, (0.9, False)).best_f1() is None


def test_best_f1() -> None:
    best = matches(2, (0.9, True), (0.6, True), (0.5, False)).best_f1()
    assert best is not None
    assert best.score == 0.6

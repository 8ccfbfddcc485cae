"""Thresholds follow the measurement, and nothing unmeasured is supported."""

import numpy as np
import pytest

from models.average_precision import Matches
from models.thresholds import BAND, Targets, choose, unmeasured
from vision.detector import FLOOR
from vision.labels import Label


def curve(
    right: int, wrong_below: int, boxes: int, ap50: float | None = 0.9, wrong_above: int = 0
) -> Matches:
    """False detections at 0.95, true ones from 0.9 down to 0.5, false ones at 0.1."""
    scores = [0.95] * wrong_above + list(np.linspace(0.9, 0.5, right)) + [0.1] * wrong_below
    flags = [False] * wrong_above + [True] * right + [False] * wrong_below
    return Matches(
        pictures=50,
        pictures_with=right,
        boxes=boxes,
        ap50=ap50,
        score=np.array(scores, np.float64),
        correct=np.array(flags, np.bool_),
    )


def test_good_class() -> None:
    measured = curve(right=100, wrong_below=50, boxes=100)

    facts = choose(Label.HELMET, measured, measured)

    assert facts.supported
    assert facts.present == pytest.approx(0.5, abs=1e-3)  # where all are found and all are right
    assert facts.absent == pytest.approx(BAND * facts.present, abs=1e-3)
    assert "AP50 0.900 on 100 things in 50 real validation pictures" in facts.why
    assert measured.at(facts.present).precision == 1.0


def test_absent_falls_to_the_floor_where_too_much_is_missed() -> None:
    measured = curve(right=80, wrong_below=0, boxes=100)
    facts = choose(Label.HELMET, measured, measured)
    assert facts.absent == FLOOR
    assert "recall 0.800" in facts.why


def test_present_is_never_below_the_best_f1() -> None:
    # Nine of ten are right all the way down, yet from 0.5 downwards F1 only falls.
    measured = curve(right=100, wrong_below=11, boxes=100)
    best = measured.best_f1()
    facts = choose(Label.HELMET, measured, measured)
    assert best is not None
    assert facts.present == pytest.approx(best.score, abs=1e-3)


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (curve(19, 0, 19), "fewer than 20 things"),
        (curve(50, 0, 50, ap50=0.59), "AP50 under 0.60"),
        (curve(50, 0, 50, wrong_above=40), "precision 0.90 reached at no score"),
        (curve(0, 30, 30, ap50=0.0), "30 things large enough"),
        (curve(0, 30, 0, ap50=None), "0 things large enough"),
    ],
)
def test_not_supported(measured: Matches, reason: str) -> None:
    facts = choose(Label.BADGE, measured, measured)
    assert not facts.supported
    assert reason in facts.why


def test_floor_is_given_per_run() -> None:
    measured = curve(50, 0, 50, ap50=0.59)
    assert choose(Label.BADGE, measured, measured, Targets(ap50=0.5)).supported


@pytest.mark.parametrize("right", range(1, 60, 7))
def test_there_is_always_a_band_of_doubt(right: int) -> None:
    measured = curve(right, 20, 60)
    facts = choose(Label.VEST, measured, measured)
    assert FLOOR <= facts.absent < facts.present <= 1


def test_unmeasured_is_not_supported() -> None:
    assert not unmeasured(Label.TOOL).supported

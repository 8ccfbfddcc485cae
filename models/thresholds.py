"""Measurement → the two thresholds of each class, and whether its verdicts may be trusted.

* `present`: from here on a thing counts as seen. The lowest score at which a set share of the
  detections is right, but never under the score of the best F1: below that one, lowering the
  threshold lets in more false things than it finds true ones.
* `absent`: below here a thing counts as not there. The highest score that still finds 97 % of the
  things, so that "not there" is wrong at most three times in a hundred; never above nine tenths of
  `present`, so that there is always a band in which the answer is UNSURE.

Both are set on things large enough to be judged (`JUDGED_SIDE`): rules give no verdict on smaller
ones, and the far background of a site would otherwise decide what happens to a selfie.
"""

from dataclasses import dataclass

import numpy as np

from models.average_precision import Matches
from vision.detector import FLOOR
from vision.labels import Label
from vision.manifest import ClassFacts

JUDGED_SIDE = 24.0  # pixels of the network's input; `min_head` of the default policy
UNMEASURED = 0.5  # `present` of a class no picture tells anything about
MIN_DETECTIONS = 10  # fewer than this say nothing about a precision
# Classes that need another precision than the rest. A helmet on the head ends the question, so it
# has to be surer. A bare head is weighed against a helmet in its place (`rules.helmet.MARGIN`), so
# it may be less sure: at 0.65 no validation photo with a helmet failed for want of one.
PRECISION = {Label.HELMET: 0.9, Label.HEAD: 0.65}
BAND = 0.9  # largest `absent` as a share of `present`


@dataclass(frozen=True)
class Targets:
    """What a class must reach, and what sets its thresholds."""

    ap50: float = 0.6
    boxes: int = 20
    precision: float = 0.9
    recall: float = 0.97


def unmeasured(label: Label, why: str = "not measured") -> ClassFacts:
    """A class about which no verdict may be given."""
    return ClassFacts(label=label, supported=False, present=UNMEASURED, absent=FLOOR, why=why)


def choose(
    label: Label, every: Matches, judged: Matches, targets: Targets | None = None
) -> ClassFacts:
    """Thresholds of one class, with the figures that set them in words.

    Args:
        label: which.
        every: all things of the label; their AP50 decides on support.
        judged: things large enough to be judged; they set the thresholds.
        targets: what to reach.
    """
    targets = targets or Targets()
    best = judged.best_f1()
    if every.ap50 is None or best is None:
        return unmeasured(
            label, f"{judged.boxes} things large enough to judge in {every.pictures} real pictures"
        )
    precise = _lowest_precise(judged, PRECISION.get(label, targets.precision))
    present = _down(max(best.score, precise if precise is not None else 0.0))
    thorough = _highest_thorough(judged, targets.recall)
    absent = max(FLOOR, _down(min(thorough if thorough is not None else 0.0, BAND * present)))
    reasons = _doubts(every, judged, precise, targets)
    return ClassFacts(
        label=label,
        supported=not reasons,
        present=present,
        absent=min(absent, present),
        why=_why(every, judged, present, absent, reasons),
    )


def _lowest_precise(matches: Matches, precision: float) -> float | None:
    """Lowest score from which at least this share is right; None if there is none."""
    good = matches.precision_curve() >= precision
    good[: MIN_DETECTIONS - 1] = False
    return float(matches.score[good.nonzero()[0][-1]]) if good.any() else None


def _highest_thorough(matches: Matches, recall: float) -> float | None:
    """Highest score from which at least this share is found; None if there is none."""
    good = matches.recall_curve() >= recall
    return float(matches.score[good.argmax()]) if good.any() else None


def _down(score: float) -> float:
    """Four digits, rounded down, so that the measured detection itself still counts."""
    return float(np.floor(score * 10_000) / 10_000)


def _doubts(every: Matches, judged: Matches, precise: float | None, targets: Targets) -> list[str]:
    reasons = []
    if judged.boxes < targets.boxes:
        reasons.append(f"fewer than {targets.boxes} things to measure with")
    if every.ap50 is None or every.ap50 < targets.ap50:
        reasons.append(f"AP50 under {targets.ap50:.2f}")
    if precise is None:
        reasons.append(f"precision {targets.precision:.2f} reached at no score")
    return reasons


def _why(every: Matches, judged: Matches, present: float, absent: float, reasons: list[str]) -> str:
    high, low = judged.at(present), judged.at(absent)
    text = (
        f"AP50 {every.ap50:.3f} on {every.boxes} things in {every.pictures} real validation "
        f"pictures ({every.pictures_with} show some); of the {judged.boxes} things of at least "
        f"{JUDGED_SIDE:.0f} px, from {present:.3f} precision {high.precision or 0:.3f} and recall "
        f"{high.recall or 0:.3f}, from {absent:.3f} recall {low.recall or 0:.3f}"
    )
    return f"not supported: {'; '.join(reasons)}. {text}" if reasons else text

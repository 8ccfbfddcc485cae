"""Average precision of one label at IoU 0.5 when labels are partial.

A picture whose source does not box a label says nothing about it, so each label is measured on
just the pictures that are exhaustive about it (`Truth.known`). Matching and the 101-point average
are pycocotools', the reference implementation of the COCO figures.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from vision.detections import Detections
from vision.labels import Label

IOU = 0.5
MAX_DETECTIONS = 1000  # a picture; above what any head of ours puts out


@dataclass(frozen=True)
class Truth:
    """What is known of one picture.

    Attributes:
        boxes: label and x1, y1, x2, y2, in the unit of the detections.
        known: labels for which every thing in the picture is boxed.
        crowd: regions inside which a detection of the label is neither right nor wrong: at least
            half of it must lie inside (pycocotools' `iscrowd`, at the threshold `IOU`).
    """

    boxes: tuple[tuple[Label, tuple[float, float, float, float]], ...]
    known: frozenset[Label]
    crowd: tuple[tuple[Label, tuple[float, float, float, float]], ...] = ()


@dataclass(frozen=True)
class Point:
    """One place on a precision-recall curve: what counts from `score` upwards."""

    score: float
    precision: float | None  # None: nothing was detected
    recall: float | None  # None: there is nothing to find


@dataclass(frozen=True)
class Matches:
    """Every detection of one label, true or false.

    Attributes:
        pictures: pictures that are exhaustive about the label.
        pictures_with: those of them that hold at least one such thing.
        boxes: things to find.
        ap50: 0 to 1; None where there is nothing to find.
        score: float64, shape (n,), falling.
        correct: bool, shape (n,): matched with a thing nothing better had taken.
    """

    pictures: int
    pictures_with: int
    boxes: int
    ap50: float | None
    score: npt.NDArray[np.float64]
    correct: npt.NDArray[np.bool_]

    def precision_curve(self) -> npt.NDArray[np.float64]:
        """Precision of the best 1, 2, … n detections; shape (n,)."""
        precision: npt.NDArray[np.float64] = self.correct.cumsum() / np.arange(
            1, len(self.correct) + 1
        )
        return precision

    def recall_curve(self) -> npt.NDArray[np.float64]:
        """Recall of the best 1, 2, … n detections; shape (n,); zeros if nothing is to be found."""
        recall: npt.NDArray[np.float64] = self.correct.cumsum() / max(self.boxes, 1)
        return recall

    def at(self, score: float) -> Point:
        """Precision and recall when detections count from `score` upwards."""
        taken = self.score >= score
        hits = int(self.correct[taken].sum())
        return Point(
            score=score,
            precision=hits / int(taken.sum()) if taken.any() else None,
            recall=hits / self.boxes if self.boxes else None,
        )

    def best_f1(self) -> Point | None:
        """Where the harmonic mean of precision and recall is highest; None if nothing is right."""
        if not self.boxes or not self.correct.any():
            return None
        f1 = 2 * self.correct.cumsum() / (np.arange(1, len(self.score) + 1) + self.boxes)
        return self.at(float(self.score[f1.argmax()]))


def match(
    label: Label,
    truths: Sequence[Truth],
    detections: Sequence[Detections],
    min_side: float = 0.0,
) -> Matches:
    """Compare one label's detections with what is known.

    Args:
        label: which.
        truths: one a picture.
        detections: one a picture, in the same order and unit as `truths`.
        min_side: things with a smaller side (square root of the area) are neither asked for nor
            held against the network.

    Raises:
        ValueError: not as many truths as detections.
    """
    things: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    pictures: list[int] = []
    for picture, (truth, found) in enumerate(zip(truths, detections, strict=True)):
        if label not in truth.known:
            continue
        pictures.append(picture)
        things += [_annotation(picture, box) for name, box in truth.boxes if name is label]
        things += [
            _annotation(picture, box) | {"iscrowd": 1} for name, box in truth.crowd if name is label
        ]
        seen += [
            _annotation(picture, (box.x1, box.y1, box.x2, box.y2)) | {"score": box.score}
            for box in found.boxes()
            if box.label is label
        ]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        evaluation = COCOeval(_coco(pictures, things), _coco(pictures, seen), "bbox")
        evaluation.params.iouThrs = np.array([IOU])
        evaluation.params.maxDets = [MAX_DETECTIONS]
        evaluation.params.areaRng = [[min_side**2, float("inf")]]
        evaluation.params.areaRngLbl = ["asked"]
        evaluation.evaluate()
        evaluation.accumulate()
    images = [image for image in evaluation.evalImgs if image is not None]
    asked = [int((np.asarray(image["gtIgnore"]) == 0).sum()) for image in images]
    score = np.array([s for image in images for s in image["dtScores"]], np.float64)
    correct = np.array([m > 0 for image in images for m in image["dtMatches"][0]], np.bool_)
    counts = np.array([not g for image in images for g in image["dtIgnore"][0]], np.bool_)
    order = np.argsort(-score[counts], kind="stable")
    precision = evaluation.eval["precision"][0, :, 0, 0, 0]  # at 101 recalls; -1: no things
    return Matches(
        pictures=len(pictures),
        pictures_with=sum(n > 0 for n in asked),
        boxes=sum(asked),
        ap50=float(precision.mean()) if sum(asked) else None,
        score=score[counts][order],
        correct=correct[counts][order],
    )


def _annotation(picture: int, box: tuple[float, float, float, float]) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {
        "image_id": picture,
        "category_id": 1,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "iscrowd": 0,
    }


def _coco(pictures: Sequence[int], annotations: Sequence[dict[str, Any]]) -> Any:
    """A pycocotools data set of one category, made without files."""
    coco = COCO()
    coco.dataset = {
        "images": [{"id": picture} for picture in pictures],
        "categories": [{"id": 1, "name": "asked"}],
        # From 1: the matcher writes ids and takes 0 for "unmatched".
        "annotations": [a | {"id": number} for number, a in enumerate(annotations, 1)],
    }
    coco.createIndex()
    return coco

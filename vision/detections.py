"""Detections: what the network saw, as arrays, and the geometry of boxes.

Boxes are x1, y1, x2, y2 in pixels of the decoded upright photo, float32.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.labels import Label

Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Box:
    """One detection: label, score 0 to 1, corners in pixels of the decoded photo."""

    label: Label
    score: float
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        """Pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """Pixels."""
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        """Square pixels."""
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        """x, y in pixels."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2


@dataclass(frozen=True)
class Detections:
    """Everything the network saw in one photo.

    Attributes:
        xyxy: float32, shape (n, 4).
        score: float32, shape (n,), 0 to 1.
        label: n labels.
        mess: probability that the picture shows a messy place; None if the network does not say.
    """

    xyxy: Boxes
    score: npt.NDArray[np.float32]
    label: tuple[Label, ...]
    mess: float | None = None

    def __post_init__(self) -> None:
        n = len(self.label)
        if self.xyxy.shape != (n, 4) or self.score.shape != (n,):
            raise ValueError(f"shapes disagree: {self.xyxy.shape}, {self.score.shape}, {n} labels")

    def __len__(self) -> int:
        return len(self.label)

    def boxes(self) -> list[Box]:
        """One value per detection, best score first."""
        order = np.argsort(-self.score, kind="stable")
        return [
            Box(self.label[i], float(self.score[i]), *(float(v) for v in self.xyxy[i]))
            for i in order
        ]


def from_boxes(boxes: Sequence[Box]) -> Detections:
    """The arrays of some boxes."""
    return Detections(
        np.array([(b.x1, b.y1, b.x2, b.y2) for b in boxes], np.float32).reshape(-1, 4),
        np.array([b.score for b in boxes], np.float32),
        tuple(b.label for b in boxes),
    )


def intersection(a: Box, b: Box) -> float:
    """Common area in square pixels."""
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    return max(0.0, width) * max(0.0, height)


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    common = intersection(a, b)
    union = a.area + b.area - common
    return common / union if union > 0 else 0.0


def share_inside(inner: Box, outer: Box) -> float:
    """Share of `inner` that lies in `outer`, 0 to 1."""
    return intersection(inner, outer) / inner.area if inner.area > 0 else 0.0


def suppress(
    xyxy: Boxes, score: npt.NDArray[np.float32], classes: npt.NDArray[np.intp], limit: float
) -> npt.NDArray[np.intp]:
    """Greedy non-maximum suppression within each class; indices kept, best first.

    Args:
        xyxy: float32, shape (n, 4).
        score: float32, shape (n,).
        classes: integer, shape (n,).
        limit: boxes of one class with a larger IoU than this are one thing.
    """
    order = np.argsort(-score, kind="stable")
    area = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        corner1 = np.maximum(xyxy[best, :2], xyxy[rest, :2])
        corner2 = np.minimum(xyxy[best, 2:], xyxy[rest, 2:])
        common = np.prod(np.clip(corner2 - corner1, 0, None), axis=1)
        overlap = common / np.maximum(area[best] + area[rest] - common, 1e-9)
        order = rest[(overlap <= limit) | (classes[rest] != classes[best])]
    return np.array(kept, dtype=np.intp)

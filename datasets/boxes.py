"""What boxes x1, y1, x2, y2 have in common."""

from collections.abc import Sequence
from itertools import combinations

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of the stored picture."""


def shift(box: Box, crop: Box) -> Box:
    """A box in the pixels of a crop."""
    return box[0] - crop[0], box[1] - crop[1], box[2] - crop[0], box[3] - crop[1]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return w * h / (area - w * h)


def inside(box: Box, crop: Box) -> float:
    """Share of a box that lies in a crop."""
    w = min(box[2], crop[2]) - max(box[0], crop[0])
    h = min(box[3], crop[3]) - max(box[1], crop[1])
    return max(w, 0) * max(h, 0) / max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def clear_part(size: tuple[int, int], boxes: Sequence[Box], least: float) -> Box | None:
    """The largest rectangle of a picture that no box reaches into.

    Args:
        size: width and height of the picture, pixels.
        boxes: what must stay outside, pixels.
        least: length of the shorter side, as a share of the picture's; None is returned below.
    """
    width, height = (float(side) for side in size)
    xs = sorted({0.0, width, *(min(max(v, 0.0), width) for box in boxes for v in box[::2])})
    ys = sorted({0.0, height, *(min(max(v, 0.0), height) for box in boxes for v in box[1::2])})
    best: Box | None = None
    largest = 0.0
    for x1, x2 in combinations(xs, 2):
        for y1, y2 in combinations(ys, 2):
            area = (x2 - x1) * (y2 - y1)
            if area <= largest or min(x2 - x1, y2 - y1) < least * min(size):
                continue
            if not any(b[0] < x2 and b[2] > x1 and b[1] < y2 and b[3] > y1 for b in boxes):
                best, largest = (x1, y1, x2, y2), area
    return best

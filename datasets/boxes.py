"""What boxes x1, y1, x2, y2 have in common."""

from datasets.sources import Box


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

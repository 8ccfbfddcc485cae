"""The rules that turn a source's way of boxing into ours."""

from collections.abc import Callable

from datasets.boxes import Box

BoxRule = Callable[[Box], Box]

# Where the shell and the bare head lie in boxes drawn loosely around helmet and face or around the
# head: left, top, right, bottom as shares of the box. Medians over the 107 and 30 of helmets_univer
# and 23 and 14 of hard_hat_sample that were drawn anew by hand (`added/corrections.csv`).
SHELL = (0.12, 0.10, 0.95, 0.62)
BARE = (0.13, 0.12, 0.94, 0.95)
# Median width/height of a bare head boxed hair to chin: 0.79-0.88 (panly_workwear, helmets_univer).
HEAD_ASPECT = 0.85


def as_drawn(box: Box) -> Box:
    """Keep the box of the source."""
    return box


def to_shell(box: Box) -> Box:
    """Turn a loose box around helmet and face into one around the shell."""
    return _part(box, SHELL)


def to_bare_head(box: Box) -> Box:
    """Turn a loose box around a bare head into one from hair to chin."""
    return _part(box, BARE)


def _part(box: Box, shares: Box) -> Box:
    x1, y1, x2, y2 = box
    left, top, right, bottom = shares
    width, height = x2 - x1, y2 - y1
    return x1 + left * width, y1 + top * height, x1 + right * width, y1 + bottom * height


def to_whole_head(box: Box) -> Box:
    """Turn a box around the hair into one around the head by extending it down to the chin."""
    x1, y1, x2, y2 = box
    return x1, y1, x2, max(y2, y1 + (x2 - x1) / HEAD_ASPECT)


def upper_body(box: Box) -> Box:
    """The torso of a suit boxed from neck to ankles: its upper 45 % (rendered figures)."""
    x1, y1, x2, y2 = box
    return x1, y1, x2, y1 + 0.45 * (y2 - y1)


def to_hips(box: Box) -> Box:
    """The torso of a suit boxed down to where the picture ends: no taller than 1.1 widths."""
    x1, y1, x2, y2 = box
    return x1, y1, x2, min(y2, y1 + 1.1 * (x2 - x1))

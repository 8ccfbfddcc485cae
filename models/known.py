"""Where in a picture each label is known, so that training may count what is said of it there.

Sources label only some of our classes. Of the others a picture still says two things:

* around a box that there is nothing else of its label is, or that box would be two;
* what is worn is where somebody is, footwear in the lower half of them: where a source boxes
  everybody, the rest of the picture holds no badge and no shoe, boxed or not.
"""

import numpy as np
import numpy.typing as npt

from vision.labels import LABELS, Label

AROUND = 1.5  # times a box's size
GROWN = 0.1  # share of a person's box on each side: arms and feet reach out of it
LOWER = 0.5  # share of a person's height above which no foot is looked for

PERSON = LABELS.index(Label.PERSON)
WORN = [
    LABELS.index(label)
    for label in (
        Label.HEAD,
        Label.WORKWEAR,
        Label.PLAINWEAR,
        Label.VEST,
        Label.BADGE,
        Label.SUNGLASSES,
        Label.STRIP,
    )
]
FOOTWEAR = [LABELS.index(label) for label in (Label.SHOES, Label.SLIPPER)]

Floats = npt.NDArray[np.float32]


def known_at(rows: Floats, boxes: Floats, points: Floats) -> Floats:
    """Where each label is known: all over the picture, or in the parts named above.

    Args:
        rows: 1 where a picture's source is exhaustive about a label, else 0; shape
            (pictures, labels).
        boxes: picture, label, centre x, centre y, width, height, the last four in the unit of
            `points`; shape (boxes, 6).
        points: x and y, shape (points, 2).

    Returns:
        1 or 0, shape (pictures, points, labels).
    """
    mask = np.repeat(rows[:, None, :], len(points), axis=1)
    for picture in range(len(rows)):
        mine = boxes[boxes[:, 0] == picture]
        people = mine[mine[:, 1] == PERSON, 2:]
        if rows[picture, PERSON] and len(people):
            _worn_on(mask[picture], people, points)
        for _, label, x, y, width, height in mine:
            if not rows[picture, int(label)]:
                near = np.abs(points - (x, y)) <= AROUND / 2 * np.array((width, height))
                mask[picture, near.all(axis=1), int(label)] = 1
    return mask


def _worn_on(mask: Floats, people: Floats, points: Floats) -> None:
    """Say of one picture, `mask`, that what people wear is known away from all of them."""
    on, below = np.zeros(len(points), bool), np.zeros(len(points), bool)
    for x, y, width, height in people:
        reach = (0.5 + GROWN) * np.array((width, height))
        inside = (np.abs(points - (x, y)) <= reach).all(axis=1)
        on |= inside
        below |= inside & (points[:, 1] >= y + (LOWER - 0.5) * height)
    for label in WORN:
        mask[~on, label] = 1
    for label in FOOTWEAR:
        mask[~below, label] = 1

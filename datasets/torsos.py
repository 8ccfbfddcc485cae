"""Chests that fill the picture: crops below the chin, for badges.

A photo of a badge often shows the chest alone, and the pictures at hand nearly all show the head as
well: a network trained on them does not see the card of a person without a head. So pictures that
know badges and show one person near are trained on a second time, cut off below the chin. A crop
is a real photo's pixels: it is no composite, and what is in it stays labelled as it was.
"""

from collections.abc import Iterable

import numpy as np
from PIL import Image

from datasets.boxes import Box, inside, shift
from datasets.records import Record
from vision.labels import Label

SUFFIX = "_torso"
ALONE = 0.6  # every other head is smaller than this share of the nearest
CHIN_BELOW_SHELL = 0.9  # shell heights from a helmet's lower edge to the chin
HEAD_OF_SHELL = 1.6  # head heights in shell heights
TOP = (-0.15, 0.35)  # head heights below the chin at which the crop begins
TALL = (2.0, 4.5)  # head heights
WIDE = (0.6, 2.2)  # width / height: from a phone held upright to a banner
LEAST_TALL = 1.5  # head heights: less does not reach a card on a lanyard
LEAST_SIDE = 120.0  # pixels
WHOLE = 0.5  # share of a box that must be left for its label to say what it is
GONE = 0.05  # share below which nothing of it can be seen


def torso(record: Record, rng: np.random.Generator) -> tuple[Box, Record] | None:
    """Where to cut, and what is then in the picture.

    Args:
        record: any picture.
        rng: place and shape of the crop.

    Returns:
        The crop in whole pixels, and the record of the cropped picture, whose `path` is still that
        of the whole one. None where badges are not known, nobody stands nearest, or too little
        is left below the chin.
    """
    if Label.BADGE not in record.known:
        return None
    heads = sorted(_heads(record.boxes), key=lambda head: -head[2])
    if not heads or any(other[2] > ALONE * heads[0][2] for other in heads[1:]):
        return None
    middle, chin, tall = heads[0]
    width, height = record.size
    top = chin + float(rng.uniform(*TOP)) * tall
    bottom = min(top + float(rng.uniform(*TALL)) * tall, height)
    wide = (bottom - top) * float(rng.uniform(*WIDE))
    centre = middle + float(rng.uniform(-0.15, 0.15)) * wide
    left, right = max(centre - wide / 2, 0), min(centre + wide / 2, width)
    if bottom - top < LEAST_TALL * tall or min(right - left, bottom - top) < LEAST_SIDE:
        return None
    area = float(round(left)), float(round(top)), float(round(right)), float(round(bottom))
    boxes: list[tuple[Label, Box]] = []
    unclear: set[Label] = set()
    for label, box in record.boxes:
        share = inside(box, area)
        if share >= WHOLE or (share > GONE and label in (Label.PERSON, Label.PLAINWEAR)):
            boxes.append((label, shift(_within(box, area), area)))
        elif share > GONE:
            unclear.add(label)
    return area, Record(
        source=record.source,
        path=record.path,
        size=(int(area[2] - area[0]), int(area[3] - area[1])),
        group=record.group,
        boxes=tuple((label, box) for label, box in boxes if label not in unclear),
        known=record.known - unclear,
        crowd=(),
        by_hand=record.by_hand,
    )


def crop(record: Record, area: Box) -> Image.Image:
    """The pixels of a crop, whose corners are whole."""
    with Image.open(record.path) as picture:
        return picture.convert("RGB").crop(area)


def _heads(boxes: Iterable[tuple[Label, Box]]) -> Iterable[tuple[float, float, float]]:
    """Middle, chin and height of every head, bare or under a helmet."""
    for label, (x1, y1, x2, y2) in boxes:
        if label == Label.HEAD:
            yield (x1 + x2) / 2, y2, y2 - y1
        elif label == Label.HELMET:
            shell = y2 - y1
            yield (x1 + x2) / 2, y2 + CHIN_BELOW_SHELL * shell, HEAD_OF_SHELL * shell


def _within(box: Box, area: Box) -> Box:
    """The part of a box that lies in an area."""
    x1, y1, x2, y2 = box
    return max(x1, area[0]), max(y1, area[1]), min(x2, area[2]), min(y2, area[3])

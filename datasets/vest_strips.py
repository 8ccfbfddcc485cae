"""Boxes of reflective strips on high-visibility vests, from their colours.

No source boxes strips, and a network that knows them from drawn and rendered pictures alone does
not see them in photos. On a fluorescent vest they need no network: a grey band with the vest's
yellow or orange on both sides. Bands that run askew, cross, or lie on other colours are left out,
so the boxes are positives and the rest of the picture stays unknown for `strip`.

    python -m datasets.vest_strips DATA     adds them to datasets/added/filled.csv

On contact sheets about nine of ten boxes are right; most others are bare shirt between the edges of
a vest. Constants come from those sheets.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.progress import track

from datasets.boxes import Box, inside
from datasets.records import FILLED, Record, add_filled, read_sources
from datasets.sources import BY_NAME
from datasets.splits import split_of
from vision.labels import Label

SOURCES = (
    "construction_ppe",
    "css_v28_clean",
    "minhnkb",
    "rf100_construction_safety",
    "sanjukin76",
)
MIN_VEST = 40, 50  # pixels wide and tall
# OpenCV's HSV: hue 0..179, saturation and value 0..255.
YELLOW, ORANGE = (22, 48), (172, 16)
YELLOW_LEAST, ORANGE_LEAST = (90, 90), (120, 110)  # saturation, value
MIN_VIVID = 0.25  # share of a vest's box; shadows and sleeves take the rest
GREY, LIT = 75, 85  # saturation below, value above: a strip
GAP = 0.16  # of the box's height that the vest's colour may be interrupted by strips
MIN_LENGTH = 0.22  # of the shorter side of the box
MIN_ASPECT = 2.0  # length / thickness
MAX_THICK = 0.2, 0.24  # of the box's height or width, of a band across and of one that runs down
MIN_FULL = 0.55  # share of the band's own rectangle that is grey
MIN_BESIDE = 0.3, 0.5  # share of vest colour beside a band: on each long side, on both together

Plane = Any  # uint8, shape (height, width): OpenCV's stubs do not keep what goes in


def strips(pixels: npt.NDArray[np.uint8], vest: Box) -> list[Box]:
    """The strips of one vest that can be told by colour.

    Args:
        pixels: RGB, shape (height, width, 3).
        vest: its box.
    """
    height, width = pixels.shape[:2]
    x1, y1 = max(round(vest[0]), 0), max(round(vest[1]), 0)
    x2, y2 = min(round(vest[2]), width), min(round(vest[3]), height)
    if x2 - x1 < MIN_VEST[0] or y2 - y1 < MIN_VEST[1]:
        return []
    hue, saturation, value = cv2.split(cv2.cvtColor(pixels[y1:y2, x1:x2], cv2.COLOR_RGB2HSV))
    yellow = (hue >= YELLOW[0]) & (hue <= YELLOW[1])
    yellow &= (saturation > YELLOW_LEAST[0]) & (value > YELLOW_LEAST[1])
    orange = (hue >= ORANGE[0]) | (hue <= ORANGE[1])
    orange &= (saturation > ORANGE_LEAST[0]) & (value > ORANGE_LEAST[1])
    vivid = (yellow if yellow.sum() >= orange.sum() else orange).astype(np.uint8)
    if vivid.mean() < MIN_VIVID:
        return []
    gap = max(9, int(GAP * (y2 - y1))) | 1
    body = cv2.morphologyEx(
        vivid, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
    )
    grey: Plane = np.where((saturation < GREY) & (value > LIT), body, 0)
    grain = max(3, round(0.02 * max(grey.shape))) | 1
    grey = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    grey = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((grain, grain), np.uint8))
    found: list[Box] = []
    for box in (*_bands(grey, vivid, grain), *_down(grey, vivid, grain)):
        if not any(inside(box, other) > 0.5 for other in found):
            found.append(box)
    return [(a + x1, b + y1, c + x1, d + y1) for a, b, c, d in found]


def _down(grey: Plane, vivid: Plane, grain: int) -> Iterator[Box]:
    """Bands that run down: those that run across in the picture on its side."""
    turned = np.ascontiguousarray(grey.T), np.ascontiguousarray(vivid.T)
    for x1, y1, x2, y2 in _bands(*turned, grain, MAX_THICK[1]):
        yield y1, x1, y2, x2


def _bands(grey: Plane, vivid: Plane, grain: int, max_thick: float = MAX_THICK[0]) -> Iterator[Box]:
    """Bands that run across, with the vest's colour above and below."""
    height, width = grey.shape
    shorter = min(height, width)
    long: Plane = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((1, max(7, int(0.16 * shorter)))))
    limit = int(max_thick * height)
    if limit < shorter:  # a bare shirt, the background
        thick = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((limit, limit)))
        long = np.where(cv2.dilate(thick, np.ones((grain, grain), np.uint8)) > 0, 0, long)
    count, numbers, facts, _ = cv2.connectedComponentsWithStats(long)
    for number in range(1, count):
        x, y, wide, tall, area = (int(v) for v in facts[number])
        points = np.argwhere(numbers[y : y + tall, x : x + wide] == number)[:, ::-1]
        (_, sides, _) = cv2.minAreaRect(points.astype(np.float32))
        length, thickness = max(sides) + 1, min(sides) + 1
        if length < max(MIN_ASPECT * thickness, MIN_LENGTH * shorter):
            continue
        if not 3 < thickness <= MAX_THICK[0] * max(height, width) or wide < tall:
            continue
        if area < max(MIN_FULL * length * thickness, 40):
            continue
        beside = max(2, int(thickness * 0.5))
        above = vivid[max(y - beside, 0) : max(y, 1), x : x + wide]
        below = vivid[y + tall : y + tall + beside, x : x + wide]
        shares = [side.mean() if side.size else 0.0 for side in (above, below)]
        if min(shares) >= MIN_BESIDE[0] and np.mean(shares) >= MIN_BESIDE[1]:
            yield float(x), float(y), float(x + wide), float(y + tall)


def strips_of(record: Record) -> list[Box]:
    """All that can be told in one picture."""
    vests = [box for label, box in record.boxes if label == Label.VEST]
    if not vests:
        return []
    with Image.open(record.path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return [strip for vest in vests for strip in strips(pixels, vest)]


def main(data: Path) -> None:
    """Add the strips of every training picture of `SOURCES` that shows some."""
    sources = [BY_NAME[name] for name in SOURCES]
    records = [r for r in read_sources(data, sources, filled=None) if split_of(r) == "train"]
    found = {(r.source, r.path.stem): strips_of(r) for r in track(records)}
    add_filled(FILLED, Label.STRIP, {key: boxes for key, boxes in found.items() if boxes})


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Boxes of shoes where two that know nothing of each other agree: body points and the network.

Shoes are boxed on a few work sites alone, most of them small and far. Body points say where a foot
is, but hardly where its shoe ends; the network boxes shoes well, but takes other things for them.
Where a box of the network lies on a foot of the points it is a shoe. What is not found says
nothing: the boxes are positives, the rest of the picture stays unknown for `shoes`.

    python -m datasets.shoe_boxes DATA CACHE MANIFEST     adds them to datasets/added/filled.csv

CACHE is the folder of `ppe dataset synthesise bodies`, MANIFEST the network's. On a contact sheet
of 96 boxes of any score the wrong ones had low scores; the score asked for here comes from it.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from datasets.boxes import Box, overlap
from datasets.records import FILLED, add_filled, read_sources
from datasets.sources import BY_NAME
from datasets.splits import split_of
from datasets.synthesis.body import Body, read_bodies
from datasets.synthesis.canvas import DoubtfulError
from datasets.synthesis.feet import find_feet, shoe_pixels
from vision.detections import Detections
from vision.detector import Detector
from vision.labels import Label

SOURCES = (
    "badge_kphan_noid",
    "construction_ppe",
    "minhnkb",
    "panly_workwear",
    "rf100_construction_safety",
)
SCORE = 0.3
AGREE = 0.35  # overlap (IoU) with a foot of the body points, which ends where the ankle does
ONE = 0.3  # overlap above which two boxes are of one shoe


def feet_of(bodies: Sequence[Body]) -> list[Box]:
    """Around the feet that body points see, pixels."""
    found: list[Box] = []
    for body in bodies:
        try:
            for foot in find_feet(body):
                low, high = np.percentile(shoe_pixels(body, foot), (1, 99), axis=0)
                found.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
        except DoubtfulError:
            continue
    return found


def agreed(seen: Detections, feet: Sequence[Box]) -> Iterator[Box]:
    """The shoes among detections that lie on feet, each once, best score first."""
    kept: list[Box] = []
    for number in np.argsort(-seen.score):
        if seen.label[number] is not Label.SHOES or seen.score[number] < SCORE:
            continue
        x1, y1, x2, y2 = (float(v) for v in seen.xyxy[number])
        box = x1, y1, x2, y2
        on_foot = any(overlap(box, foot) >= AGREE for foot in feet)
        if on_foot and all(overlap(box, other) < ONE for other in kept):
            kept.append(box)
            yield box


def main(data: Path, cache: Path, manifest: Path) -> None:
    """Write the boxes of every training picture of `SOURCES` that has some."""
    detector = Detector.open(manifest)
    drawn: dict[tuple[str, str], list[Box]] = {}
    sources = [BY_NAME[name] for name in SOURCES]
    for record in track([r for r in read_sources(data, sources) if split_of(r) == "train"]):
        # Near doubles of a few scenes: hundreds of one man's boots would teach little else.
        if record.group == "construction_ppe/sequences":
            continue
        feet = feet_of(read_bodies(cache / f"{record.name}.npz"))
        if not feet:
            continue
        with Image.open(record.path) as picture:
            boxes = list(agreed(detector.detect(np.array(picture.convert("RGB"))), feet))
        if boxes:
            drawn[record.source, record.path.stem] = boxes
    add_filled(FILLED, Label.SHOES, drawn)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))

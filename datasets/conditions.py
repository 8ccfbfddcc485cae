"""Under which conditions a label is seen: how large in the picture, in how much light."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from datasets.errors import DatasetError
from datasets.records import Record
from datasets.sources import BY_NAME
from datasets.splits import split_of
from vision.labels import Label
from vision.quality import measure_quality

FAR, NEAR = 0.05, 0.2  # longer side of a box, share of the picture's longer side
DARK, BRIGHT = 0.3, 0.6  # mean grey of a picture, `vision.quality.Quality.exposure`

Part = Literal["train, real", "train, synthetic", "validation"]
PARTS: tuple[Part, ...] = ("train, real", "train, synthetic", "validation")
DISTANCES = ("far", "middle", "near")
LIGHTS = ("dark", "middle", "bright")

Counts = Mapping[tuple[Label, Part], Counter[str]]


def part_of(record: Record) -> Part:
    """Where a picture is used."""
    if split_of(record) == "val":
        return "validation"
    return "train, synthetic" if BY_NAME[record.source].synthetic else "train, real"


def count_distances(records: Sequence[Record]) -> Counts:
    """Boxes by size in the picture: `far` below 5 % of its longer side, `near` from 20 % on."""
    counts: dict[tuple[Label, Part], Counter[str]] = defaultdict(Counter)
    for record in records:
        part = part_of(record)
        for label, (x1, y1, x2, y2) in record.boxes:
            share = max(x2 - x1, y2 - y1) / max(record.size)
            name = "far" if share < FAR else "near" if share >= NEAR else "middle"
            counts[label, part][name] += 1
    return counts


def count_lights(
    records: Sequence[Record], on_picture: Callable[[], object] = lambda: None
) -> Counts:
    """Pictures that hold a label, by their mean grey: `dark` below 30 %, `bright` above 60 %.

    Raises:
        DatasetError: `dataset.picture_unreadable`.
    """
    counts: dict[tuple[Label, Part], Counter[str]] = defaultdict(Counter)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        exposures = pool.map(_exposure, [record.path for record in records])
        for record, exposure in zip(records, exposures, strict=True):
            on_picture()
            name = "dark" if exposure < DARK else "bright" if exposure > BRIGHT else "middle"
            for label in {label for label, _ in record.boxes}:
                counts[label, part_of(record)][name] += 1
    return counts


def _exposure(path: Path) -> float:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DatasetError("dataset.picture_unreadable", f"not a picture: {path}")
    return measure_quality(np.ascontiguousarray(pixels[..., ::-1])).exposure

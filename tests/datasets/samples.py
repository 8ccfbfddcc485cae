"""Tiny sources and records for the tests of `datasets`."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from datasets.boxes import Box
from datasets.records import Record
from datasets.sources import SOURCES
from vision.labels import Label

SIZE = (64, 48)
REAL = Path(__file__).parents[3] / "shared/data"


def picture(path: Path, seed: int = 0, size: tuple[int, int] = SIZE) -> Path:
    """A picture of smooth blobs: the same seed gives the same one, two seeds look different."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
    image.save(path, lossless=True)
    return path


def sources(data: Path, pictures: Mapping[str, Mapping[str, str]]) -> Path:
    """Every source of the table: empty, but for `pictures`: source → stem → label lines."""
    seed = 0
    for source in SOURCES:
        (data / source.name / "images").mkdir(parents=True)
        (data / source.name / "labels").mkdir()
        classes = "".join(f"{name}\n" for name in source.classes)
        (data / source.name / "classes.txt").write_text(classes, encoding="utf-8")
        for stem, lines in pictures.get(source.name, {}).items():
            seed += 1
            picture(data / source.name / "images" / f"{stem}.webp", seed)
            labels = data / source.name / "labels" / f"{stem}.txt"
            labels.write_text(lines, encoding="utf-8")
    return data


def record(
    image: str = "a.webp",
    source: str = "panly_workwear",
    group: str | None = None,
    boxes: tuple[tuple[Label, Box], ...] = (),
    known: frozenset[Label] = frozenset({Label.HELMET, Label.HEAD}),
) -> Record:
    path = Path(image)
    return Record(source, path, SIZE, group or f"{source}/{path.stem}", boxes, known)

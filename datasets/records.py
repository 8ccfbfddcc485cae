"""Read the sources into one list of records in the unified label space."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from datasets.sources import SOURCES, Box, Source
from vision.labels import Label

ADDED = Path(__file__).parent / "added"
SEQUENCE_TAGS = {"SEQ", "SEQ_DUP"}  # index.json: one man on a roof, one group


@dataclass(frozen=True)
class Record:
    """One picture: boxes are x1, y1, x2, y2 in pixels of the stored picture."""

    source: str
    path: Path
    size: tuple[int, int]  # width, height
    group: str
    boxes: tuple[tuple[Label, Box], ...]
    known: frozenset[Label]

    @property
    def name(self) -> str:
        """Unique over all sources; the stem of the file in a built training set."""
        return f"{self.source}__{self.path.stem}"


def read_sources(data: Path, sources: tuple[Source, ...] = SOURCES) -> Iterator[Record]:
    """Every picture that can be trained on, in a stable order.

    Raises:
        FileNotFoundError: `data` has no folder of that source.
        ValueError: a label line that is not `class cx cy w h` or names an unknown class.
    """
    sequence = _sequence_pictures(data)
    for source in sources:
        folder = data / source.name
        added = _read_added(source) if source.added else None
        classes = (
            [] if added is not None or not source.classes else _lines(folder / "classes.txt")
        )
        for path in sorted((folder / "images").iterdir()):
            with Image.open(path) as image:
                size = image.size
            if added is not None:
                if path.name not in added:
                    continue
                raw = [("sunglasses", box) for box in added[path.name]]
            elif classes:
                raw = _read_yolo(folder / "labels" / f"{path.stem}.txt", classes, size)
            else:
                raw = []
            boxes: list[tuple[Label, Box]] = []
            hidden: set[Label] = set()
            for name, box in raw:
                target = source.classes.get(name)
                if target is None:
                    continue
                hidden |= target.hides
                if target.label is not None:
                    boxes.append((target.label, _clip(target.rule(box), size)))
            is_sequence = (source.name, path.name) in sequence
            yield Record(
                source=source.name,
                path=path,
                size=size,
                group=f"{source.name}/{'sequence' if is_sequence else source.group(path.stem)}",
                boxes=tuple(boxes),
                known=source.known - hidden,
            )


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _sequence_pictures(data: Path) -> set[tuple[str, str]]:
    index = data / "index.json"
    if not index.is_file():
        return set()
    rows = json.loads(index.read_text(encoding="utf-8"))
    return {(r["source"], r["image"]) for r in rows if r.get("orange") in SEQUENCE_TAGS}


def _read_yolo(path: Path, classes: list[str], size: tuple[int, int]) -> list[tuple[str, Box]]:
    width, height = size
    rows: list[tuple[str, Box]] = []
    if not path.exists():  # YOLO's convention: a picture without things has no file
        return rows
    for number, line in enumerate(_lines(path), 1):
        try:
            index, cx, cy, w, h = line.split()
            name = classes[int(index)]
            x, y, bw, bh = float(cx) * width, float(cy) * height, float(w) * width, float(h) * height
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}:{number}: not a box of classes.txt: {line!r}") from error
        rows.append((name, (x - bw / 2, y - bh / 2, x + bw / 2, y + bh / 2)))
    return rows


def _read_added(source: Source) -> dict[str, list[Box]]:
    boxes: dict[str, list[Box]] = {}
    with (ADDED / str(source.added)).open(newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            box = (float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"]))
            boxes.setdefault(row["image"], []).append(box)
    return boxes


def _clip(box: Box, size: tuple[int, int]) -> Box:
    """Cut a box at the picture's edge; sources overshoot it by rounding."""
    x1, y1, x2, y2 = box
    return max(x1, 0.0), max(y1, 0.0), min(x2, float(size[0])), min(y2, float(size[1]))

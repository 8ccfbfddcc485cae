"""Read the sources into one list of records in the unified label space."""

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from PIL import Image

from datasets.boxes import Box
from datasets.errors import DatasetError
from datasets.sources import SOURCES, Source
from vision.labels import Label

ADDED = Path(__file__).parent / "added"
LEFT_OUT = ADDED / "left_out.csv"
CORRECTIONS = ADDED / "corrections.csv"
FILLED = ADDED / "filled.csv"
CHECKED = ADDED / "checked.csv"
CORNERS = ("x1", "y1", "x2", "y2")
COLUMNS = ("source", "stem", "label", *CORNERS, "crowd")
OVERSHOOT = 0.01  # share of the side: how far rounding may put a source's box outside its picture

Corrected = dict[Label, list[tuple[Box, bool]]]
"""What replaces the boxes of one picture, by label: box, and whether it is a crowd."""

OnFault = Callable[[Path, int, str], object]
"""Told the label file, the line's number and what is wrong with it."""


@dataclass(frozen=True)
class Record:
    """One picture: boxes are x1, y1, x2, y2 in pixels of the stored picture.

    `crowd` are regions in which things of a label cannot be told apart, or not be judged: what is
    detected there is neither right nor wrong (pycocotools' `iscrowd`). A box may have a label that
    is not `known`, where its source boxes only `some` of that label.
    """

    source: str
    path: Path
    size: tuple[int, int]  # width, height
    group: str
    boxes: tuple[tuple[Label, Box], ...]
    known: frozenset[Label]
    crowd: tuple[tuple[Label, Box], ...] = ()
    by_hand: frozenset[Label] = frozenset()  # of which somebody has gone through this picture

    @property
    def name(self) -> str:
        """Unique over all sources; the stem of the file in a built training set."""
        return f"{self.source}__{self.path.stem}"


def read_sources(
    data: Path,
    sources: Sequence[Source] = SOURCES,
    *,
    left_out: Path | None = LEFT_OUT,
    corrections: Path | None = CORRECTIONS,
    filled: Path | None = FILLED,
    checked: Path | None = CHECKED,
    on_fault: OnFault | None = None,
) -> Iterator[Record]:
    """Every picture that can be trained on, in a stable order.

    Args:
        data: the folder that holds one folder per source.
        sources: which of them to read.
        left_out: list of pictures to skip: validation pictures that training has seen the like of;
            None skips nothing.
        corrections: list of boxes that replace a source's (`read_corrections`); None replaces none.
        filled: list of the same kind, of training pictures, drawn by another network
            (`datasets.pose_boxes`): it may have missed some, so what is not boxed says nothing.
        checked: list of the same kind, of training pictures gone through by eye; where a crowd
            stands among the boxes some things were left out, and what is not boxed says nothing.
        on_fault: told of every unusable label line, which is then skipped; without it the first
            one raises.

    Raises:
        DatasetError: a folder, picture or list is missing or unreadable, or a label line is not
            `class cx cy w h` with a class of `classes.txt`.
    """
    if not data.is_dir():
        raise DatasetError("dataset.folder_missing", f"no folder {data}")
    skipped = read_left_out(left_out) if left_out else set()
    corrected = read_corrections(corrections) if corrections else {}
    drawn_by_network = read_corrections(filled) if filled else {}
    looked_at = read_corrections(checked) if checked else {}
    for source in sources:
        folder = data / source.name
        if not (folder / "images").is_dir():
            raise DatasetError("dataset.source_missing", f"no folder {folder / 'images'}")
        added = _read_added(source.added) if source.added else None
        classes = [] if added is not None or not source.classes else read_classes(folder)
        per_picture = _read_known(folder / "known.json")
        for path in sorted((folder / "images").iterdir()):
            if (source.name, path.name) in skipped:
                continue
            if added is not None and path.name not in added:
                continue
            size = _size(path)
            if added is not None:
                raw = [("sunglasses", box) for box in added[path.name]]
            elif classes:
                labels = folder / "labels" / f"{path.stem}.txt"
                raw = read_yolo(labels, classes, size, on_fault or _raise)
            else:
                raw = []
            boxes: list[tuple[Label, Box]] = []
            hidden: set[Label] = set()
            for name, box in source.refine(raw):
                target = source.classes.get(name)
                if target is None:
                    continue
                hidden |= target.hides
                if target.label is not None:
                    boxes.append((target.label, _clip(target.rule(box), size)))
            seen = looked_at.get((source.name, path.stem), {})
            in_part = {label for label, rows in seen.items() if any(crowd for _, crowd in rows)}
            right = seen | corrected.get((source.name, path.stem), {})
            some = drawn_by_network.get((source.name, path.stem), {})
            hidden |= some.keys()
            kept = [(label, box) for label, box in boxes if label not in hidden | right.keys()]
            replaced = {**some, **right}
            drawn = [(label, *row) for label, rows in replaced.items() for row in rows]
            yield Record(
                source=source.name,
                path=path,
                size=size,
                group=f"{source.name}/{source.group(path.stem)}",
                boxes=(*kept, *((label, box) for label, box, crowd in drawn if not crowd)),
                known=((per_picture.get(path.stem, source.known) - hidden) | frozenset(right))
                - in_part,
                crowd=tuple((label, box) for label, box, crowd in drawn if crowd),
                by_hand=frozenset(right),
            )


def _read_known(path: Path) -> dict[str, frozenset[Label]]:
    """What single pictures of a source are exhaustive about, where that differs by picture."""
    if not path.is_file():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {stem: frozenset(Label(name) for name in names) for stem, names in rows.items()}


def read_left_out(path: Path = LEFT_OUT) -> set[tuple[str, str]]:
    """Source and file name of every picture on the list."""
    return {(row["source"], row["image"]) for row in read_list(path, ("source", "image", "reason"))}


def read_corrections(path: Path = CORRECTIONS) -> dict[tuple[str, str], Corrected]:
    """Boxes drawn by hand, by source and stem; they replace all of that label in that picture.

    A row without corners says that the picture holds none.

    Raises:
        DatasetError: `dataset.list_unreadable`.
    """
    found: dict[tuple[str, str], Corrected] = {}
    for number, row in enumerate(read_list(path, COLUMNS), 2):
        try:
            picture = found.setdefault((row["source"], row["stem"]), {})
            boxes = picture.setdefault(Label(row["label"]), [])
            crowd = {"0": False, "1": True}[row["crowd"]]
            if any(row[corner] for corner in CORNERS):
                x1, y1, x2, y2 = (float(row[corner]) for corner in CORNERS)
                boxes.append(((x1, y1, x2, y2), crowd))
        except (KeyError, ValueError) as error:
            raise DatasetError(
                "dataset.list_unreadable", f"{path}:{number}: not a label, a box and 0 or 1"
            ) from error
    return found


def add_filled(path: Path, label: Label, found: Mapping[tuple[str, str], Sequence[Box]]) -> None:
    """Write boxes of one label into a list that `read_corrections` reads; replaces that label's.

    Args:
        path: the list; it may not exist yet.
        label: of all the boxes.
        found: source and stem → boxes in pixels; none says that nothing was found.
    """
    old = read_list(path, COLUMNS) if path.is_file() else []
    rows = [[row[name] for name in COLUMNS] for row in old if row["label"] != label]
    for (source, stem), boxes in found.items():
        corners = [[f"{v:.0f}" for v in box] for box in boxes] or [[""] * 4]
        rows += [[source, stem, str(label), *corner, "0"] for corner in corners]
    rows.sort(key=lambda row: row[:3])
    with path.open("w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def read_classes(folder: Path) -> list[str]:
    """The class names of a source, in the order of its label files' numbers."""
    try:
        return _lines(folder / "classes.txt")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError("dataset.source_missing", f"no {folder / 'classes.txt'}") from error


def read_yolo(
    path: Path, classes: Sequence[str], size: tuple[int, int], on_fault: OnFault
) -> list[tuple[str, Box]]:
    """Boxes of one label file, in pixels; lines that cannot be used go to `on_fault`."""
    width, height = size
    rows: list[tuple[str, Box]] = []
    if not path.exists():  # YOLO's convention: a picture without things has no file
        return rows
    for number, line in enumerate(_lines(path), 1):
        try:
            index, *numbers = line.split()
            cx, cy, w, h = map(float, numbers)
            if not index.isdecimal() or not all(map(math.isfinite, (cx, cy, w, h))):
                raise ValueError
            name = classes[int(index)]
        except (ValueError, IndexError):
            on_fault(path, number, f"not `class cx cy w h` with a class of classes.txt: {line!r}")
            continue
        left, top, right, bottom = cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
        if w <= 0 or h <= 0 or max(-left, -top, right - 1, bottom - 1) > OVERSHOOT:
            on_fault(path, number, f"a box without a size, or outside the picture: {line!r}")
            continue
        x, y, half_w, half_h = cx * width, cy * height, w * width / 2, h * height / 2
        rows.append((name, (x - half_w, y - half_h, x + half_w, y + half_h)))
    return rows


def read_list(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of one of the project's own CSV files, which must have `columns`."""
    try:
        with path.open(newline="", encoding="utf-8") as f:
            reader = csv.DictReader(f, strict=True)
            rows = list(reader)
            names = set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError("dataset.list_unreadable", f"{path}: {error}") from error
    if set(columns) - names:
        raise DatasetError("dataset.list_unreadable", f"{path} lacks a column of {columns}")
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise DatasetError("dataset.list_unreadable", f"{path}:{number}: not one value each")
    return rows


def _raise(path: Path, number: int, fault: str) -> NoReturn:
    raise DatasetError("dataset.label_unreadable", f"{path}:{number}: {fault}")


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except OSError as error:
        raise DatasetError("dataset.picture_unreadable", f"{path}: {error}") from error


def _read_added(name: str) -> dict[str, list[Box]]:
    boxes: dict[str, list[Box]] = {}
    for row in read_list(ADDED / name, ("image", "x1", "y1", "x2", "y2")):
        box = (float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"]))
        boxes.setdefault(row["image"], []).append(box)
    return boxes


def _clip(box: Box, size: tuple[int, int]) -> Box:
    """Cut a box at the picture's edge; sources overshoot it by rounding."""
    x1, y1, x2, y2 = box
    return max(x1, 0.0), max(y1, 0.0), min(x2, float(size[0])), min(y2, float(size[1]))

"""YOLO label files, below a `classes.txt` (a source of ours) or a `data.yaml` (Ultralytics)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml
from PIL import Image

from datasets.build import yolo_line
from datasets.errors import DatasetError
from datasets.formats.sets import LabelledPicture, LabelSet
from datasets.records import read_classes
from datasets.records import read_yolo as read_label_file
from vision.photo import EXTENSIONS

SPLITS = ("train", "val", "test")


def read_source(path: Path) -> LabelSet:
    """A source: `images/`, `labels/`, `classes.txt`."""
    folder = path if path.is_dir() else path.parent
    classes = read_classes(folder)
    return LabelSet(tuple(classes), tuple(_pictures(folder / "images", classes)))


def write_source(label_set: LabelSet, folder: Path) -> None:
    """A source: `labels/`, `classes.txt`; the pictures are in place."""
    _write_labels(label_set, folder)
    text = "".join(f"{name}\n" for name in label_set.classes)
    (folder / "classes.txt").write_text(text, encoding="utf-8")


def read_yolo(path: Path) -> LabelSet:
    """An Ultralytics set: every split that `data.yaml` names, as folders or as lists."""
    file = path if path.is_file() else next(iter(sorted(path.glob("data.y*ml"))), path)
    try:
        facts = yaml.safe_load(file.read_text(encoding="utf-8"))
        classes = _names(facts["names"])
        root = file.parent / str(facts.get("path", "."))
        listed = [part for split in SPLITS for part in _listed(facts.get(split))]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise DatasetError("dataset.format_unreadable", f"{file}: {error}") from error
    pictures: dict[Path, LabelledPicture] = {}
    for part in listed:
        pictures |= {p.path: p for p in _pictures(root / part, classes)}
    return LabelSet(tuple(classes), tuple(pictures.values()))


def write_yolo(label_set: LabelSet, folder: Path) -> None:
    """An Ultralytics set of one split; the pictures are in place."""
    _write_labels(label_set, folder)
    facts = {
        "path": ".",
        "train": "images",
        "val": "images",
        "names": dict(enumerate(label_set.classes)),
    }
    text = yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)
    (folder / "data.yaml").write_text(text, encoding="utf-8")


def _write_labels(label_set: LabelSet, folder: Path) -> None:
    (folder / "labels").mkdir(exist_ok=True)
    index = {name: number for number, name in enumerate(label_set.classes)}
    for picture in label_set.pictures:
        lines = [yolo_line(index[name], box, picture.size) for name, box in picture.boxes]
        file = folder / "labels" / f"{Path(picture.file).stem}.txt"
        file.write_text("".join(lines), encoding="utf-8")


def _pictures(place: Path, classes: Sequence[str]) -> list[LabelledPicture]:
    """Of a folder, or of a text file that lists pictures."""
    try:
        if place.suffix == ".txt":
            lines = place.read_text(encoding="utf-8").split("\n")
            paths = [place.parent / line.strip() for line in lines if line.strip()]
        else:
            paths = [p for p in sorted(place.iterdir()) if p.suffix.lower() in EXTENSIONS]
    except OSError as error:
        raise DatasetError("dataset.format_unreadable", f"cannot read {place}: {error}") from error
    return [_picture(path, classes) for path in paths]


def _picture(path: Path, classes: Sequence[str]) -> LabelledPicture:
    try:
        with Image.open(path) as image:
            size = image.size
    except OSError as error:
        raise DatasetError("dataset.picture_unreadable", f"{path}: {error}") from error
    # Ultralytics' rule: the last folder called `images` becomes `labels`.
    parts = list(path.parts)
    last = len(parts) - 1 - parts[::-1].index("images") if "images" in parts else None
    if last is not None:
        parts[last] = "labels"
    file = Path(*parts).with_suffix(".txt")
    return LabelledPicture(path, size, tuple(read_label_file(file, classes, size, _raise)))


def _names(names: Any) -> list[str]:
    if isinstance(names, dict):
        return [str(names[number]) for number in range(len(names))]
    return [str(name) for name in names]


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _raise(path: Path, number: int, fault: str) -> NoReturn:
    raise DatasetError("dataset.label_unreadable", f"{path}:{number}: {fault}")

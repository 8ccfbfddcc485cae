"""Write a training set in the YOLO layout, with what each picture's labels do not say.

A built set `OUT` holds:

* `images/{train,val}/SOURCE__STEM.webp` and `labels/{train,val}/SOURCE__STEM.txt`; for training
  also crops of some, `SOURCE__STEM_torso.webp` (`datasets.torsos`)
* `train.txt`, `val.txt`: picture paths, scarce pictures repeated
* `known.json`: picture name → indices of the labels its source is exhaustive about
* `data.yaml`: what Ultralytics reads
"""

import json
import shutil
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import yaml

from datasets.records import Record
from datasets.sources import BY_NAME
from datasets.splits import divide
from datasets.torsos import SUFFIX, crop, torso
from vision.labels import LABELS

INDEX = {label: i for i, label in enumerate(LABELS)}
MIN_SIDE = 3.0  # pixels; smaller boxes are noise of the labelling tools


def build(
    records: Sequence[Record],
    out: Path,
    only_negatives_every: int = 1,
    on_picture: Callable[[], object] = lambda: None,
) -> Path:
    """Copy pictures and write labels; returns the path of `data.yaml`.

    Args:
        records: as read by `datasets.records.read_sources`.
        out: a new or earlier training set; files are overwritten.
        only_negatives_every: keep one in so many training pictures that hold no box at all.
        on_picture: called once for every record, for a progress bar.
    """
    known: dict[str, list[int]] = {}
    for split, half in divide(records).items():
        for kind in ("images", "labels"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
        listed: list[str] = []
        empty = 0
        for record in half:
            on_picture()
            lines = _lines(record)
            if split == "train" and not lines:
                empty += 1
                if empty % only_negatives_every:
                    continue
            target = out / "images" / split / f"{record.name}{record.path.suffix}"
            if not target.exists():
                shutil.copyfile(record.path, target)
            names = [target.name]
            _label(out, split, record.name, record, lines, known)
            if split == "train":
                names += _torso(record, out, known)
            times = BY_NAME[record.source].repeat if split == "train" else 1
            listed += [f"./images/{split}/{name}\n" for name in names] * times
        (out / f"{split}.txt").write_text("".join(listed), encoding="utf-8")
    (out / "known.json").write_text(json.dumps(known), encoding="utf-8")
    data = out / "data.yaml"
    data.write_text(
        yaml.safe_dump(
            {
                "path": str(out.resolve()),
                "train": "train.txt",
                "val": "val.txt",
                "names": {i: str(label) for i, label in enumerate(LABELS)},
            },
            sort_keys=False,
        ),
        encoding="utf-8",
    )
    return data


def _lines(record: Record) -> list[str]:
    return [
        yolo_line(INDEX[label], box, record.size)
        for label, box in record.boxes
        if box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE
    ]


def _label(
    out: Path,
    split: str,
    name: str,
    record: Record,
    lines: Sequence[str],
    known: dict[str, list[int]],
) -> None:
    label_file = out / "labels" / split / f"{name}.txt"
    label_file.write_text("".join(lines), encoding="utf-8")
    of = record.known
    if split == "train":
        of -= BY_NAME[record.source].held_out - record.by_hand
    known[name] = sorted(INDEX[label] for label in of)


def _torso(record: Record, out: Path, known: dict[str, list[int]]) -> list[str]:
    """The picture once more, cut below the chin; its name, where that can be done."""
    name = f"{record.name}{SUFFIX}"
    rng = np.random.default_rng(zlib.crc32(name.encode()))  # the same crop in every building
    found = torso(record, rng)
    if found is None:
        return []
    area, cropped = found
    _label(out, "train", name, cropped, _lines(cropped), known)
    target = out / "images" / "train" / f"{name}.webp"
    crop(record, area).save(target, quality=90)
    return [target.name]


def yolo_line(label: int, box: tuple[float, float, float, float], size: tuple[int, int]) -> str:
    """One line of a label file: class, centre and size as shares of the picture's."""
    (x1, y1, x2, y2), (width, height) = box, size
    return (
        f"{label} {(x1 + x2) / 2 / width:.6f} {(y1 + y2) / 2 / height:.6f} "
        f"{(x2 - x1) / width:.6f} {(y2 - y1) / height:.6f}\n"
    )

"""Write a training set in the YOLO layout, with what each picture's labels do not say.

A built set `OUT` holds:

* `images/{train,val}/SOURCE__STEM.webp` and `labels/{train,val}/SOURCE__STEM.txt`
* `train.txt`, `val.txt`: picture paths, scarce pictures repeated
* `known.json`: picture name → indices of the labels its source is exhaustive about
* `data.yaml`: what Ultralytics reads
"""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from datasets.records import Record
from datasets.sources import BY_NAME
from datasets.splits import divide
from vision.labels import LABELS

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
    index = {label: i for i, label in enumerate(LABELS)}
    for split, half in divide(records).items():
        for kind in ("images", "labels"):
            (out / kind / split).mkdir(parents=True, exist_ok=True)
        listed: list[str] = []
        empty = 0
        for record in half:
            on_picture()
            lines = [
                yolo_line(index[label], box, record.size)
                for label, box in record.boxes
                if box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE
            ]
            if split == "train" and not lines:
                empty += 1
                if empty % only_negatives_every:
                    continue
            target = out / "images" / split / f"{record.name}{record.path.suffix}"
            if not target.exists():
                shutil.copyfile(record.path, target)
            label_file = out / "labels" / split / f"{record.name}.txt"
            label_file.write_text("".join(lines), encoding="utf-8")
            known[record.name] = sorted(index[label] for label in record.known)
            times = BY_NAME[record.source].repeat if split == "train" else 1
            listed += [f"./images/{split}/{target.name}\n"] * times
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


def yolo_line(label: int, box: tuple[float, float, float, float], size: tuple[int, int]) -> str:
    """One line of a label file: class, centre and size as shares of the picture's."""
    (x1, y1, x2, y2), (width, height) = box, size
    return (
        f"{label} {(x1 + x2) / 2 / width:.6f} {(y1 + y2) / 2 / height:.6f} "
        f"{(x2 - x1) / width:.6f} {(y2 - y1) / height:.6f}\n"
    )

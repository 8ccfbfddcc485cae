"""What the notebooks look at: the validation pictures of `PPE_DATA`, else the demo's ten pictures.

`PPE_DATA` is the folder of public sources, `PPE_LIMIT` how many of its pictures to look at.
"""

import csv
import io
import os
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from datasets.records import Record
from models.average_precision import Truth
from models.evaluate import spread, validation_records
from vision import Detections, Label, Reason, Shot, Verdict
from vision.corrections import LINES, Correction, MarkedBox, RuleAnswer, to_line
from vision.policy import RuleId

HERE = Path(__file__).parent
DEMO = HERE.parent / "demo"
DATA = Path(os.environ["PPE_DATA"]) if os.environ.get("PPE_DATA") else None
LIMIT = int(os.environ.get("PPE_LIMIT", "300"))

DEMO_KNOWN = frozenset(
    {Label.PERSON, Label.HELMET, Label.HEAD, Label.BADGE, Label.SHOES, Label.SHOE_COVER}
)
WRONG: dict[str, RuleId] = {
    "selfie_no_helmet": RuleId.HELMET_WORN,
    "selfie_yellow_helmet": RuleId.HELMET_COLOUR,
    "selfie_grey_clothes": RuleId.UNIFORM_COLOUR,
    "selfie_no_badge": RuleId.BADGE_WORN,
    "shoes_bare": RuleId.SHOES_COVERS,
    "site_littered": RuleId.SITE_CLEAN,
}
"""What demo/README.md says is wrong with a picture."""
RULE_OF = {
    Shot.SELFIE: RuleId.HELMET_WORN,
    Shot.SHOES: RuleId.SHOES_COVERS,
    Shot.SITE_AFTER: RuleId.SITE_CLEAN,
}


def demo_records() -> list[Record]:
    """The demo's pictures with the boxes of demo_boxes.csv, drawn by hand."""
    boxes: dict[str, list[tuple[Label, tuple[float, float, float, float]]]] = {}
    with (HERE / "demo_boxes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            corners = (float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"]))
            boxes.setdefault(row["image"], []).append((Label(row["label"]), corners))
    found = []
    for path in sorted(DEMO.glob("*.jpg")):
        with Image.open(path) as image:
            size = image.size
        drawn = tuple(boxes.get(path.name, ()))
        found.append(Record("demo", path, size, path.stem, drawn, DEMO_KNOWN))
    return found


def labelled() -> list[Record]:
    """Pictures with boxes to compare detections with."""
    return demo_records() if DATA is None else spread(validation_records(DATA), LIMIT)


def shot_of(path: Path) -> Shot:
    """What a demo picture was taken for, by its name."""
    first = path.stem.partition("_")[0]
    return {"selfie": Shot.SELFIE, "shoes": Shot.SHOES}.get(first, Shot.SITE_AFTER)


def confusion(
    truths: Sequence[Truth], seen: Sequence[Detections], labels: Sequence[Label], score: float
) -> npt.NDArray[np.int64]:
    """Rows: what is there; columns: what was seen in its place; last of both: nothing.

    Each thing takes the best-scored box that overlaps it by half, whatever its label. A detection
    counts as one of nothing only where its label is known.
    """
    nothing = len(labels)
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    for truth, found in zip(truths, seen, strict=True):
        boxes = [b for b in found.boxes() if b.score >= score and b.label in labels]
        free = sorted(boxes, key=lambda b: -b.score)
        for label, corners in truth.boxes:
            if label not in labels:
                continue
            near = [b for b in free if overlap((b.x1, b.y1, b.x2, b.y2), corners) >= 0.5]
            # Its own label first: a person and their clothes may overlap that much.
            best = next((b for b in near if b.label is label), near[0] if near else None)
            if best is not None:
                free.remove(best)
            column = nothing if best is None else labels.index(best.label)
            counts[labels.index(label), column] += 1
        for box in free:
            if box.label in truth.known:
                counts[nothing, labels.index(box.label)] += 1
    return counts


def overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Intersection over union of two boxes."""
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    areas = sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
    return width * height / (areas - width * height)


def made_up_export(path: Path) -> Path:
    """What `ppe corrections export` writes, as if supervisors had gone over the demo."""
    with zipfile.ZipFile(path, "w") as archive:
        lines = []
        for number, record in enumerate(demo_records()):
            data = io.BytesIO()
            Image.open(record.path).save(data, "JPEG", quality=92)
            digest = sha256(record.path.read_bytes()).hexdigest()
            archive.writestr(f"photos/{digest}.jpg", data.getvalue())
            boxes = tuple(MarkedBox(label=x, xyxy=box, score=None) for x, box in record.boxes)
            correction = Correction(
                check_id=f"{number:032x}",
                sha256=digest,
                file=f"photos/{digest}.jpg",
                width=record.size[0],
                height=record.size[1],
                group=f"{number % 5:016x}",
                shot=shot_of(record.path),
                detections=(),
                boxes=boxes,
                rules=(
                    RuleAnswer(
                        rule=WRONG.get(record.path.stem, RULE_OF[shot_of(record.path)]),
                        advisory=False,
                        model=Verdict.UNSURE,
                        reason=Reason.HELMET_UNCLEAR,
                        final=Verdict.FAIL if record.path.stem in WRONG else Verdict.PASS,
                    ),
                ),
                verdict=Verdict.UNSURE,
                final_verdict=Verdict.FAIL if record.path.stem in WRONG else Verdict.PASS,
                decision="accept",
                decided_by="supervisor",
                decided_at=datetime(2026, 5, 4, tzinfo=UTC),
                checked_at=datetime(2026, 5, 4, tzinfo=UTC),
                model={"name": "ppe", "version": "demo"},
                policy={"name": "telecom", "version": "demo"},
            )
            lines.append(to_line(correction))
        archive.writestr(LINES, "".join(lines))
    return path

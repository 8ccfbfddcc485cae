"""Boxes of heads and people from body points, where a source's own are wrong or missing.

`construction_ppe` boxes a third of its bare heads at the neck or chest, `worker_fan` boxes the near
rows of a class room alone, selfies and badge pictures box none. A network for body points that was
trained on COCO finds eyes and ears there, and a head follows from them. What it does not find says
nothing: the boxes are positives, the rest of the picture stays unknown for `head`. The people that
it finds near are boxed too (`PEOPLE`), in pictures whose sources box none or box them wrongly.

    python -m datasets.pose_boxes DATA yolo11n-pose-coco.pt     into added/filled.csv

Needs the `train` extra. Constants come from a look at contact sheets of 216 pictures.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.progress import track
from ultralytics import YOLO
from ultralytics.engine.results import Results

from datasets.boxes import Box, inside
from datasets.records import FILLED, Record, add_filled, read_sources
from datasets.sources import BY_NAME
from datasets.splits import split_of
from vision.labels import Label

SOURCES = (
    "badge_kphan_noid",
    "badge_manual",
    "construction_ppe",
    "sunglasses_selfies",
    "worker_fan",
)
PEOPLE = (
    "badge_kphan_noid",
    "badge_manual",
    "construction_ppe",
    "panly_workwear",
    "sunglasses_selfies",
)
SQUEEZED = 1108  # construction_ppe boxes people in the shape of another picture from this number on
NEAR = 0.25  # height of a person, share of the picture's: smaller ones are less sure
POINT = 0.5  # a point seen
PERSON = 0.4  # a person seen
HEAD_ASPECT = 0.8
NOSE, EYES, EARS, SHOULDERS = 0, (1, 2), (3, 4), (5, 6)  # COCO's order


def head_box(
    points: npt.NDArray[np.float64], seen: npt.NDArray[np.bool_], top: float
) -> Box | None:
    """The head of one person, hair to chin.

    Args:
        points: shape (17, 2), pixels, in COCO's order.
        seen: shape (17,).
        top: upper edge of the person's box, which is the top of the head unless arms are up.

    Returns:
        None if fewer than two points of the face are seen, or none that tells the head's size.
    """
    if seen[:5].sum() < 2:
        return None
    eyes, ears = ([i for i in pair if seen[i]] for pair in (EYES, EARS))
    shoulders = [i for i in SHOULDERS if seen[i]]
    heights: list[float] = []
    if len(ears) == 2:
        heights.append(float(np.linalg.norm(points[3] - points[4])) * 1.55)
    if len(eyes) == 2:
        heights.append(float(np.linalg.norm(points[1] - points[2])) * 3.3)
    heights += [
        float(np.linalg.norm(points[ear] - points[eye])) * 2.3
        for eye, ear in zip(EYES, EARS, strict=True)
        if seen[eye] and seen[ear]
    ]
    if shoulders and seen[NOSE]:
        heights.append(float(points[shoulders, 1].mean() - points[NOSE, 1]) * 1.35)
    height = float(np.median(heights)) if heights else 0.0
    if height <= 0:
        return None
    middle = points[eyes].mean(0) if eyes else points[:5][seen[:5]].mean(0)
    if len(ears) == 1 and seen[NOSE]:  # from the side, the ear is nearer to the middle
        x = 0.6 * points[ears[0], 0] + 0.4 * points[NOSE, 0]
    else:
        x = np.mean([middle[0], *points[ears, 0]])
    y1 = middle[1] - 0.5 * height
    if abs(top - y1) < 0.25 * height:
        y1 = top
    y2 = middle[1] + 0.52 * height
    half = HEAD_ASPECT * (y2 - y1) / 2
    return float(x - half), float(y1), float(x + half), float(y2)


def look(record: Record, network: YOLO) -> Results:
    """The people of one picture and their points."""
    with Image.open(record.path) as picture:
        found: Results = network.predict(
            picture.convert("RGB"), imgsz=640, conf=PERSON, verbose=False
        )[0]
    return found


def people(record: Record, found: Results) -> Iterator[Box]:
    """Everybody who is near, whole visible extent."""
    for x1, y1, x2, y2 in found.boxes.xyxy.cpu().numpy().astype(float):
        if y2 - y1 >= NEAR * record.size[1]:
            yield float(x1), float(y1), float(x2), float(y2)


def heads(record: Record, found: Results) -> Iterator[Box]:
    """The bare heads of one picture; a head under a boxed helmet is none."""
    width, height = record.size
    own = [box for label, box in record.boxes if label == Label.HEAD]
    kept: list[Box] = list(own) if record.source == "worker_fan" else []
    yield from kept
    helmets = [box for label, box in record.boxes if label == Label.HELMET]
    for person, points, scores in zip(
        found.boxes.xyxy.cpu().numpy().astype(float),
        found.keypoints.xy.cpu().numpy().astype(float),
        found.keypoints.conf.cpu().numpy(),
        strict=True,
    ):
        box = head_box(points, scores > POINT, person[1])
        if box is None:
            continue
        x1, y1, x2, y2 = box
        box = max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
        above = (x1, y1 - 0.5 * (y2 - y1), x2, y2)
        if min(box[2] - box[0], box[3] - box[1]) < 6:
            continue
        if any(max(inside(above, helmet), inside(helmet, above)) > 0.3 for helmet in helmets):
            continue
        if any(max(inside(box, other), inside(other, box)) > 0.4 for other in kept):
            continue
        kept.append(box)
        yield box


def _is_boxed_well(record: Record) -> bool:
    """Whether the source's own boxes of people can be kept."""
    if record.source != "construction_ppe":
        return False
    number = record.path.stem.removeprefix("image")
    return not number.isdecimal() or int(number) < SQUEEZED


def main(data: Path, weights: Path) -> None:
    """Write the boxes of every training picture of `SOURCES`."""
    network = YOLO(weights)
    records = [
        record
        for record in read_sources(
            data, [BY_NAME[name] for name in sorted({*SOURCES, *PEOPLE})], filled=None
        )
        if split_of(record) == "train"
    ]
    drawn: dict[Label, dict[tuple[str, str], list[Box]]] = {Label.HEAD: {}, Label.PERSON: {}}
    for record in track(records):
        found, key = look(record, network), (record.source, record.path.stem)
        own = any(label == Label.HEAD for label, _ in record.boxes)
        # A picture of construction_ppe that is all helmets says rightly that no head is bare.
        if record.source in SOURCES and (own or record.source != "construction_ppe"):
            drawn[Label.HEAD][key] = list(heads(record, found))
        if record.source in PEOPLE and not _is_boxed_well(record):
            drawn[Label.PERSON][key] = list(people(record, found))
    for label, boxes in drawn.items():
        add_filled(FILLED, label, boxes)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

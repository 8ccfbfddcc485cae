"""Write a set of composites: pictures, labels, and what each picture's labels do not say.

OUT/images/STEM.webp, OUT/labels/STEM.txt    YOLO boxes
OUT/classes.txt                              our labels, one a line
OUT/known.json                               stem → labels about which the picture is exhaustive
OUT/facts.json                               stem → base picture and what was done to it
"""

import json
import logging
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from datasets.boxes import Box
from datasets.records import Record
from datasets.splits import split_of
from datasets.synthesis import floor, people
from datasets.synthesis.body import Body, read_bodies
from datasets.synthesis.canvas import Canvas, Pixels
from datasets.synthesis.covers import Covers
from vision.labels import LABELS, Label

log = logging.getLogger(__name__)

ROOM_FACTOR = 2  # few rooms show their floor, and no two strewn floors are alike
PLAIN_EXTRA = 3  # more tries on the one photo in ten whose clothes can be dyed
MIN_SIDE = 3.0  # pixels, as in datasets.build
# Boxes that edits keep right: good to learn from though the picture does not box all of them.
FOLLOWED = frozenset({Label.PERSON, Label.HEAD, Label.SHOES})


@dataclass(frozen=True)
class Composite:
    """One finished picture."""

    stem: str
    base: str
    pixels: Pixels
    boxes: tuple[tuple[Label, Box], ...]
    known: frozenset[Label]
    edits: tuple[str, ...]


def generator(seed: int, name: str, variant: int) -> np.random.Generator:
    """Random numbers of one picture, whatever else is made before it."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), variant])


def open_photo(path: Path) -> Pixels:
    """RGB, 0..255."""
    with Image.open(path) as image:
        return np.array(image.convert("RGB"), np.float32)


def dress_photo(
    record: Record,
    bodies: Sequence[Body],
    covers: Covers,
    variant: int,
    seed: int,
    refused: Counter[str],
) -> Composite | None:
    """One composite of a photo with people, or None where every edit was doubtful."""
    rng = generator(seed, record.name, variant)
    canvas = Canvas(open_photo(record.path), list(record.boxes), set(record.known))
    order = [bodies[i] for i in rng.permutation(len(bodies))]
    outcome = people.dress(canvas, order, rng, covers)
    refused.update(outcome.refused)
    if not outcome.done:
        return None
    canvas = people.frame(canvas, outcome, rng)
    return _finish(record, canvas, tuple(sorted(outcome.done)), f"v{variant}")


def litter_floor(
    record: Record, variant: int, seed: int, refused: Counter[str]
) -> Composite | None:
    """One composite of a tidy room: litter, or tidy things, on its floor."""
    rng = generator(seed, record.name, variant)
    canvas = Canvas(open_photo(record.path), list(record.boxes), set(record.known))
    done = floor.strew(canvas, rng, refused)
    if not done:
        return None
    return _finish(record, canvas, tuple(sorted(done)), f"f{variant}")


def _finish(record: Record, canvas: Canvas, edits: tuple[str, ...], mark: str) -> Composite | None:
    width, height = canvas.size
    boxes = tuple(
        (label, (max(b[0], 0.0), max(b[1], 0.0), min(b[2], float(width)), min(b[3], float(height))))
        for label, b in canvas.boxes
        if label in canvas.known | FOLLOWED
    )
    return Composite(
        stem=f"{record.name}_{mark}",
        base=record.name,
        pixels=canvas.pixels,
        boxes=boxes,
        known=frozenset(canvas.known),
        edits=edits,
    )


def compose(
    records: Iterable[Record], cache: Path, covers: Covers, seed: int, variants: int
) -> Iterator[Composite]:
    """Composites of all training pictures among `records`, in their order.

    Args:
        records: pictures with people (in the cache) and tidy rooms.
        cache: folder that `bodies.py` wrote.
        covers: cut-outs of shoe covers.
        seed: same seed, same pictures.
        variants: tries per picture.
    """
    refused: Counter[str] = Counter()
    for record in records:
        if split_of(record) != "train":
            continue
        if record.source in floor.FLOORS:
            if record.path.stem not in floor.FLOORS[record.source]:
                continue
            for variant in range(ROOM_FACTOR * variants):
                made = litter_floor(record, variant, seed, refused)
                if made is not None:
                    yield made
            continue
        bodies = read_bodies(cache / f"{record.name}.npz")
        tries, variant = variants if bodies else 0, 0
        while variant < tries:
            made = dress_photo(record, bodies, covers, variant, seed, refused)
            if made is not None:
                yield made
                if tries == variants and any(edit.startswith("top/") for edit in made.edits):
                    tries += PLAIN_EXTRA
            variant += 1
    for reason, count in refused.most_common():
        log.info("refused %5d  %s", count, reason)


def write(composites: Iterable[Composite], out: Path, limit: int | None = None) -> Counter[str]:
    """Write a set of at most `limit` pictures; returns how many pictures hold each edit."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    (out / "labels").mkdir(parents=True, exist_ok=True)
    known: dict[str, list[str]] = {}
    facts: dict[str, dict[str, object]] = {}
    counts: Counter[str] = Counter()
    for made in islice(composites, limit):
        height, width = made.pixels.shape[:2]
        bgr = np.clip(np.round(made.pixels[..., ::-1]), 0, 255).astype(np.uint8)
        # The same compression for every picture, edited much or little.
        quality = 78 + zlib.crc32(made.stem.encode()) % 15
        path = out / "images" / f"{made.stem}.webp"
        if not cv2.imwrite(str(path), bgr, [cv2.IMWRITE_WEBP_QUALITY, quality]):
            raise OSError(f"cannot write {path}")
        lines = [_yolo(label, box, width, height) for label, box in made.boxes if _visible(box)]
        label_file = out / "labels" / f"{made.stem}.txt"
        label_file.write_text("".join(lines), encoding="utf-8")
        known[made.stem] = [str(label) for label in LABELS if label in made.known]
        facts[made.stem] = {"base": made.base, "edits": list(made.edits)}
        counts.update(made.edits)
        counts["pictures"] += 1
    (out / "classes.txt").write_text("".join(f"{label}\n" for label in LABELS), encoding="utf-8")
    (out / "known.json").write_text(json.dumps(known, indent=0), encoding="utf-8")
    (out / "facts.json").write_text(json.dumps(facts, indent=0), encoding="utf-8")
    return counts


def _visible(box: Box) -> bool:
    return box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE


def _yolo(label: Label, box: Box, width: int, height: int) -> str:
    x1, y1, x2, y2 = box
    return (
        f"{LABELS.index(label)} {(x1 + x2) / 2 / width:.6f} {(y1 + y2) / 2 / height:.6f} "
        f"{(x2 - x1) / width:.6f} {(y2 - y1) / height:.6f}\n"
    )

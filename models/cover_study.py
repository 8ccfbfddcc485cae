"""Is every real shoe-cover picture at hand found? `python -m models.cover_study DATA`.

A picture is found if a box that counts as seen (the class's own threshold) lies on one of its
covers. Pictures that were trained on say how well the network learnt, those held out how well it
sees; both are counted apart. Suits without covers (`white_suit_no_cover`) must show none.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from datasets.records import Record, read_sources
from datasets.sources import BY_NAME, Box, Source
from datasets.splits import split_of
from datasets.synthesis.people import overlap
from vision import Checker, Label, decode_photo
from vision.photo import PhotoLimits

OVERLAP = 0.3  # intersection over union: on the foot, though perhaps not exactly around it
SUITS = Source("white_suit_no_cover", {}, frozenset())
ANY_SIZE = PhotoLimits(min_side=1)
console = Console()


def covers_of(record: Record) -> list[Box]:
    """Boxes of shoe covers, worn or loose."""
    return [box for label, box in record.boxes if label is Label.SHOE_COVER]


def seen(checker: Checker, record: Record) -> list[Box]:
    """Boxes of shoe covers that count as seen, in pixels of the stored picture."""
    facts = next(c for c in checker.detector.manifest.classes if c.label is Label.SHOE_COVER)
    side = checker.detector.manifest.input_side
    pixels = decode_photo(record.path.read_bytes(), side, ANY_SIZE).pixels
    ratio = max(record.size) / max(pixels.shape[:2])
    return [
        (box.x1 * ratio, box.y1 * ratio, box.x2 * ratio, box.y2 * ratio)
        for box in checker.detector.detect(pixels).boxes()
        if box.label is Label.SHOE_COVER and box.score >= facts.present
    ]


def is_found(covers: Sequence[Box], boxes: Sequence[Box]) -> bool:
    """Whether one of the boxes lies on one of the covers."""
    return any(overlap(cover, box) >= OVERLAP for cover in covers for box in boxes)


def main(data: Path) -> None:
    """Print how many pictures were found, and which were not."""
    checker = Checker.open()
    records = [r for r in read_sources(data, [BY_NAME["shoe_covers"]]) if covers_of(r)]
    table = Table("pictures", "found", "of", "not found")
    found = {r.path: is_found(covers_of(r), seen(checker, r)) for r in track(records)}
    for split in ("train", "val"):
        mine = [r for r in records if split_of(r) == split]
        missed = [r.path.stem for r in mine if not found[r.path]]
        name = "held out" if split == "val" else "trained on"
        table.add_row(name, str(len(mine) - len(missed)), str(len(mine)), ", ".join(missed))
    suits = list(read_sources(data, [SUITS])) if (data / SUITS.name).is_dir() else []
    wrong = [r.path.stem for r in suits if seen(checker, r)]
    table.add_row("suits, none to find", str(len(wrong)), str(len(suits)), ", ".join(wrong))
    console.print(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

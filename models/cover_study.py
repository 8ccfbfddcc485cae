"""Is every real shoe-cover picture at hand found? `python -m models.cover_study DATA`.

A picture is found if a box that `shoes.covers` takes for a cover lies on one of its covers. The
pictures that were trained on say how well the network learnt, those held out how well it sees; both
are counted apart. Suits without covers (`white_suit_no_cover`) must show none.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from datasets.boxes import Box, overlap
from datasets.records import Record, read_sources
from datasets.sources import BY_NAME, Source
from datasets.splits import split_of
from models.evaluate import look
from vision import Checker, Label
from vision.policy import RuleId

OVERLAP = 0.3  # intersection over union: on the foot, though perhaps not exactly around it
SUITS = Source("white_suit_no_cover", {}, frozenset())
console = Console()


def covers(checker: Checker, record: Record) -> tuple[list[Box], list[Box]]:
    """Shoe covers of a picture, worn or loose: as labelled, and as the rule sees them."""
    truth, seen = look(checker.detector, record)
    present = checker.detector.manifest.facts_for(RuleId.SHOES_COVERS)[Label.SHOE_COVER].present
    return (
        [box for label, box in truth.boxes if label is Label.SHOE_COVER],
        [
            (box.x1, box.y1, box.x2, box.y2)
            for box in seen.boxes()
            if box.label is Label.SHOE_COVER and box.score >= present
        ],
    )


def is_found(labelled: Sequence[Box], seen: Sequence[Box]) -> bool:
    """Whether one of the boxes seen lies on one of those labelled."""
    return any(overlap(cover, box) >= OVERLAP for cover in labelled for box in seen)


def main(data: Path) -> None:
    """Print how many pictures were found, and which were not."""
    checker = Checker.open()
    table = Table("pictures", "found", "of", "not found")
    records, found = [], {}
    for record in track(list(read_sources(data, [BY_NAME["shoe_covers"]]))):
        labelled, seen = covers(checker, record)
        if labelled:
            records.append(record)
            found[record.path] = is_found(labelled, seen)
    for split in ("train", "val"):
        mine = [r for r in records if split_of(r) == split]
        missed = [r.path.stem for r in mine if not found[r.path]]
        name = "held out" if split == "val" else "trained on"
        table.add_row(name, str(len(mine) - len(missed)), str(len(mine)), ", ".join(missed))
    suits = list(read_sources(data, [SUITS])) if (data / SUITS.name).is_dir() else []
    wrong = [r.path.stem for r in suits if covers(checker, r)[1]]
    table.add_row("suits, none to find", str(len(wrong)), str(len(suits)), ", ".join(wrong))
    console.print(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

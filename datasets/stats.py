"""Count what the sources hold: pictures and boxes per label, shapes of helmets and heads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from datasets.box_rules import as_drawn
from datasets.records import Record, read_sources
from datasets.sources import BY_NAME, SOURCES, Source
from datasets.splits import Split, split_of
from vision.labels import LABELS, Label

SHAPED = (Label.HELMET, Label.HEAD)  # the labels that sources box in two ways


@dataclass
class Count:
    """How much a split holds of one label, in real or in synthetic pictures.

    Attributes:
        known: pictures whose labels are exhaustive about it, present or absent.
        holding: pictures with at least one box of it.
        boxes: boxes.
    """

    known: int = 0
    holding: int = 0
    boxes: int = 0


@dataclass(frozen=True)
class Shape:
    """Median width over height, in pixels, of one source's boxes of one label.

    Attributes:
        source: the source.
        label: helmet or head.
        boxes: how many.
        drawn: as the source drew them.
        used: as trained on, after the source's box rule and the cut at the picture's edge.
        rule: name of that rule.
    """

    source: str
    label: Label
    boxes: int
    drawn: float
    used: float
    rule: str


@dataclass(frozen=True)
class SourceCount:
    """Pictures of one source by split, after the left-out ones are gone."""

    source: str
    train: int
    val: int
    known: tuple[Label, ...]


Counts = dict[tuple[Label, Split, bool], Count]
"""By label, split, and whether synthetic."""


def count_labels(records: Iterable[Record]) -> Counts:
    """Pictures and boxes of every label."""
    counts: Counts = defaultdict(Count)
    for record in records:
        split, synthetic = split_of(record), BY_NAME[record.source].synthetic
        for label in record.known:
            counts[label, split, synthetic].known += 1
        held = [label for label, _ in record.boxes]
        for label in set(held):
            counts[label, split, synthetic].holding += 1
            counts[label, split, synthetic].boxes += held.count(label)
    return counts


def count_sources(records: Iterable[Record]) -> list[SourceCount]:
    """Pictures of every source, in the table's order."""
    tally: dict[str, dict[Split, int]] = {}
    for record in records:
        tally.setdefault(record.source, {"train": 0, "val": 0})[split_of(record)] += 1
    return [
        SourceCount(
            name, n["train"], n["val"], tuple(x for x in LABELS if x in BY_NAME[name].known)
        )
        for name, n in tally.items()
    ]


def shapes(data: Path, sources: Sequence[Source] = SOURCES) -> Iterator[Shape]:
    """Shapes of helmets and heads, sources that draw them widest first.

    `HEAD_ASPECT` of `datasets.box_rules` was read off these figures.
    """
    relevant = [s for s in sources if any(t.label in SHAPED for t in s.classes.values())]
    plain = [
        replace(s, classes={n: replace(t, rule=as_drawn) for n, t in s.classes.items()})
        for s in relevant
    ]
    drawn, used = _aspects(data, plain), _aspects(data, relevant)
    rules = {(s.name, t.label): t.rule.__name__ for s in relevant for t in s.classes.values()}
    for label in SHAPED:
        rows = [
            Shape(name, of, len(values), median(values), median(used[name, of]), rules[name, of])
            for (name, of), values in drawn.items()
            if of is label
        ]
        yield from sorted(rows, key=lambda shape: -shape.drawn)


def _aspects(data: Path, sources: Sequence[Source]) -> dict[tuple[str, Label], list[float]]:
    found: dict[tuple[str, Label], list[float]] = defaultdict(list)
    for record in read_sources(data, sources, corrections=None, filled=None, checked=None):
        for label, (x1, y1, x2, y2) in record.boxes:
            if label in SHAPED and y2 > y1:
                found[record.source, label].append((x2 - x1) / (y2 - y1))
    return found

"""Look for what would make training wrong or its figures too good; every find is a `Problem`."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.records import (
    ADDED,
    CHECKED,
    CORRECTIONS,
    FILLED,
    LEFT_OUT,
    Record,
    read_classes,
    read_corrections,
    read_left_out,
    read_list,
    read_sources,
)
from datasets.sources import BY_NAME, SOURCES, Source
from datasets.splits import Split, divide, split_of
from datasets.written import COLUMNS, SPLITS, Row, read_splits, split_rows
from vision.labels import LABELS

LOOK_ALIKE = ADDED / "look_alike.csv"
EDGE = 1e-3  # pixels a box may lie outside its picture by the rounding of floats

CODES: Mapping[str, str] = {
    "split.group_divided": "one group stands in training and in validation",
    "split.near_duplicate": "a validation picture looks like a training picture",
    "split.synthetic_in_validation": "figures come from real pictures only",
    "split.written_differs": "splits.csv is not what the code computes: `ppe dataset split`",
    "list.unknown_picture": "a committed list names a picture that no source has",
    "list.not_in_validation": "left_out.csv and corrections.csv may only name validation pictures",
    "list.not_in_training": "filled.csv and checked.csv may only name training pictures",
    "picture.name_twice": "two pictures of one name would overwrite each other in a built set",
    "source.class_unknown": "the table of sources names a class that classes.txt lacks",
    "label.unreadable": "a line of a label file is not a box of a known class",
    "label.unknown": "a box has a label that is not in the label space",
    "label.not_known": "a box has a label about which its picture is said to know nothing",
    "box.not_finite": "a side of a box is not a number",
    "box.empty": "a box has no width or no height",
    "box.outside": "a box lies outside its picture",
}
"""Every code and what it means. The codes are stable."""


@dataclass(frozen=True)
class Problem:
    """One find: a code of `CODES`, the picture (or source) and a sentence."""

    code: str
    picture: str
    sentence: str


@dataclass(frozen=True)
class Lists:
    """The committed files that checks compare with; without `written` there is no split to."""

    written: Path | None = SPLITS
    left_out: Path = LEFT_OUT
    look_alike: Path = LOOK_ALIKE
    corrections: Path = CORRECTIONS
    filled: Path = FILLED
    checked: Path = CHECKED


def check_all(
    data: Path,
    lists: Lists = Lists(),
    on_total: Callable[[int], object] = lambda _: None,
    on_picture: Callable[[], object] = lambda: None,
) -> list[Problem]:
    """Every check on the sources in `data`.

    Args:
        data: the folder of sources.
        lists: the committed files.
        on_total: told how often `on_picture` will be called.
        on_picture: called once for every picture looked at.

    Raises:
        DatasetError: something is missing or unreadable.
    """
    problems: list[Problem] = []

    def on_fault(path: Path, number: int, fault: str) -> None:
        name = f"{path.parts[-3]}/{path.name}"
        problems.append(Problem("label.unreadable", name, f"line {number}: {fault}"))

    everything = list(read_sources(data, left_out=None, on_fault=on_fault))
    skipped = read_left_out(lists.left_out)
    records = [r for r in everything if (r.source, r.path.name) not in skipped]
    halves = divide(records)
    on_total(len(records) + len(halves["val"]))  # validation pictures are also seen mirrored
    problems += check_classes(data, SOURCES)
    problems += check_boxes(records)
    problems += check_splits(halves)
    problems += check_lists(everything, lists)
    if lists.written is not None:
        problems += check_written(records, read_splits(lists.written))
    problems += check_alike(halves, lists.look_alike, on_picture)
    return problems


def check_boxes(records: Iterable[Record]) -> Iterator[Problem]:
    """Boxes that are no boxes, lie outside, or have a label the record does not know."""
    for record in records:
        name, (width, height) = _name(record), record.size
        for label, box in (*record.boxes, *record.crowd):
            x1, y1, x2, y2 = box
            if label not in LABELS:
                yield Problem("label.unknown", name, f"no label {label!r} in the label space")
            elif label not in record.known | BY_NAME[record.source].some | record.by_hand:
                yield Problem("label.not_known", name, f"a {label} box, but {label} is not known")
            if not all(map(math.isfinite, box)):
                yield Problem("box.not_finite", name, f"{label} box {_text(box)}")
            elif x2 <= x1 or y2 <= y1:
                yield Problem("box.empty", name, f"{label} box {_text(box)}")
            elif max(-x1, -y1, x2 - width, y2 - height) > EDGE:
                yield Problem(
                    "box.outside", name, f"{label} box {_text(box)} in {width} x {height} pixels"
                )


def check_splits(
    halves: Mapping[Split, Sequence[Record]], sources: Mapping[str, Source] = BY_NAME
) -> Iterator[Problem]:
    """Groups in both halves, synthetic pictures in validation, names that stand twice."""
    train = {record.group: record for record in halves["train"]}
    for record in halves["val"]:
        if record.group in train:
            yield Problem(
                "split.group_divided",
                _name(record),
                f"group {record.group} also holds {_name(train[record.group])}, for training",
            )
        if sources[record.source].synthetic:
            yield Problem(
                "split.synthetic_in_validation", _name(record), f"{record.source} is synthetic"
            )
    names: dict[str, Record] = {}
    for record in (*halves["train"], *halves["val"]):
        other = names.setdefault(record.name, record)
        if other is not record:
            yield Problem("picture.name_twice", _name(record), f"so is {_name(other)} called")


def check_alike(
    halves: Mapping[Split, Sequence[Record]],
    look_alike: Path = LOOK_ALIKE,
    on_picture: Callable[[], object] = lambda: None,
) -> Iterator[Problem]:
    """Validation pictures that look like training pictures, `look_alike`'s pairs excepted.

    Needs the package `imagehash`.
    """
    from datasets.alike import hash_pictures, pairs_alike  # noqa: PLC0415 - an extra, and slow

    accepted = {frozenset(pair) for pair in _read_pairs(look_alike)}
    val, train = halves["val"], halves["train"]
    val_paths = [record.path for record in val]
    pairs = pairs_alike(
        hash_pictures(val_paths, on_picture),
        hash_pictures(val_paths, on_picture, mirror=True),
        hash_pictures([record.path for record in train], on_picture),
    )
    for pair in pairs:
        a, b = val[pair.a], train[pair.b]
        if frozenset({(a.source, a.path.name), (b.source, b.path.name)}) not in accepted:
            mirror = " mirrored" if pair.mirrored else ""
            yield Problem(
                "split.near_duplicate",
                _name(a),
                f"looks like{mirror} {_name(b)}, for training "
                f"(phash {pair.phash}, dhash {pair.dhash} bits apart)",
            )


def check_written(records: Iterable[Record], written: Sequence[Row]) -> Iterator[Problem]:
    """Pictures whose line in `splits.csv` is missing, too many or different."""
    computed = split_rows(records)
    if list(written) == computed:
        return
    ours, theirs = _by_picture(computed), _by_picture(written)
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            yield Problem(
                "split.written_differs",
                "/".join(key),
                f"computed {_splits(ours.get(key))}, written {_splits(theirs.get(key))}",
            )
    if ours == theirs:
        yield Problem("split.written_differs", ",".join(COLUMNS), "lines not sorted, or twice")


def check_lists(everything: Iterable[Record], lists: Lists = Lists()) -> Iterator[Problem]:
    """Entries of the committed lists that name no picture, or one of the other half.

    `everything` are records read without leaving any out.
    """
    halves = {(r.source, r.path.name): split_of(r) for r in everything}
    for row in read_list(lists.left_out, ("source", "image", "reason")):
        key = row["source"], row["image"]
        if key not in halves:
            yield Problem("list.unknown_picture", "/".join(key), f"named in {lists.left_out}")
        elif halves[key] != "val":
            yield Problem(
                "list.not_in_validation", "/".join(key), f"left out by {lists.left_out.name}"
            )
    stems = {(source, Path(image).stem): half for (source, image), half in halves.items()}
    for path, half, code in (
        (lists.corrections, "val", "list.not_in_validation"),
        (lists.filled, "train", "list.not_in_training"),  # no figure rests on a network's boxes
        (lists.checked, "train", "list.not_in_training"),
    ):
        for key in read_corrections(path):
            if key not in stems:
                yield Problem("list.unknown_picture", "/".join(key), f"named in {path.name}")
            elif stems[key] != half:
                yield Problem(code, "/".join(key), f"boxed by {path.name}")
    for pair in _read_pairs(lists.look_alike):
        for key in pair:
            if key not in halves:
                yield Problem(
                    "list.unknown_picture", "/".join(key), f"named in {lists.look_alike.name}"
                )


def check_classes(data: Path, sources: Iterable[Source]) -> Iterator[Problem]:
    """Classes that the table translates but the source does not have."""
    for source in sources:
        if source.added or not source.classes:
            continue
        theirs = {*read_classes(data / source.name), *source.refined}
        for name in sorted(source.classes.keys() - theirs):
            yield Problem("source.class_unknown", source.name, f"no class {name!r} in classes.txt")


def _read_pairs(look_alike: Path) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    rows = read_list(look_alike, ("source", "image", "other_source", "other_image", "reason"))
    return [((r["source"], r["image"]), (r["other_source"], r["other_image"])) for r in rows]


def _name(record: Record) -> str:
    return f"{record.source}/{record.path.name}"


def _text(box: tuple[float, ...]) -> str:
    return " ".join(f"{v:.1f}" for v in box)


def _by_picture(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found[row[:2]].append(row)
    return dict(found)


def _splits(rows: list[Row] | None) -> str:
    return " and ".join(f"{row[3]} (group {row[2]})" for row in rows) if rows else "nothing"

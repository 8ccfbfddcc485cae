"""The split as written down: `splits.csv`, one line per picture, kept in the repository."""

import csv
from collections.abc import Iterable
from pathlib import Path

from datasets.errors import DatasetError
from datasets.records import Record, read_list
from datasets.splits import split_of

SPLITS = Path(__file__).parent / "splits.csv"
COLUMNS = ("source", "image", "group", "split")

Row = tuple[str, str, str, str]


def split_rows(records: Iterable[Record]) -> list[Row]:
    """Source, image, group and split of every record, sorted."""
    return sorted((r.source, r.path.name, r.group, split_of(r)) for r in records)


def write_splits(records: Iterable[Record], path: Path = SPLITS) -> int:
    """Write the split down; returns the number of pictures.

    Raises:
        DatasetError: `dataset.output_unusable`.
    """
    rows = split_rows(records)
    try:
        with path.open("w", newline="", encoding="utf-8") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows)
    except OSError as error:
        raise DatasetError(
            "dataset.output_unusable", f"cannot write {path}: {error.strerror}"
        ) from error
    return len(rows)


def read_splits(path: Path = SPLITS) -> list[Row]:
    """The rows as written.

    Raises:
        DatasetError: `dataset.list_unreadable`.
    """
    return [
        (row["source"], row["image"], row["group"], row["split"])
        for row in read_list(path, COLUMNS)
    ]

"""Divide records into training and validation by group, fixed by a seed."""

import hashlib
from collections.abc import Iterable
from typing import Literal

from datasets.records import Record
from datasets.sources import BY_NAME

SEED = "ppe-2026"
Split = Literal["train", "val"]


def split_of(record: Record, seed: str = SEED) -> Split:
    """The split a record belongs to: a hash of its group against the source's share.

    A hash, not a shuffle: adding pictures or sources never moves an old picture to the other side.
    """
    source = BY_NAME[record.source]
    pinned = source.pinned.get(record.group.partition("/")[2])
    if pinned:
        return pinned
    digest = hashlib.sha256(f"{seed}/{record.group}".encode()).digest()
    draw = int.from_bytes(digest[:8], "big") / 2**64
    return "val" if draw < source.val_share else "train"


def divide(records: Iterable[Record], seed: str = SEED) -> dict[Split, list[Record]]:
    """Records by split, in the order given."""
    halves: dict[Split, list[Record]] = {"train": [], "val": []}
    for record in records:
        halves[split_of(record, seed)].append(record)
    return halves

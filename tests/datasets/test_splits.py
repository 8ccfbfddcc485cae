"""Which picture is for training: fixed, by group, never moved by what is added."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.sources import BY_NAME, SOURCES
from datasets.splits import divide, split_of
from datasets.written import COLUMNS, read_splits, split_rows, write_splits
from tests.datasets.samples import record


@pytest.mark.parametrize(
    ("source", "stem", "expected"),
    [  # a change here moves pictures from one side to the other: networks must be trained anew
        ("panly_workwear", "000000_jpg", "train"),
        ("panly_workwear", "000003_jpg", "val"),
        ("coco128", "000000000049", "val"),
        ("coco128", "000000000036", "train"),
        ("badge_manual", "pi_", "train"),
        ("badge_manual", "vk_", "val"),
        ("shoe_covers", "vve_sofa-01", "train"),
        ("shoe_covers", "vve_sofa-03", "train"),
        ("shoe_covers", "vve_carpet-3", "val"),
        ("construction_ppe", "sequences", "train"),
    ],
)
def test_splits_stay_as_they_were(source: str, stem: str, expected: str) -> None:
    assert split_of(record(source=source, group=f"{source}/{stem}")) == expected


@pytest.mark.parametrize(
    ("source", "stem", "group"),
    [
        ("badge_manual", "pi_003", "pi_"),
        ("badge_manual", "vk_044", "vk_"),
        ("badge_manual", "kp_044", "kp_044"),
        ("shoe_covers", "vve_carpet-3_00024", "vve_carpet-3"),
        ("shoe_covers", "vve_sofa-01_poster", "vve_sofa-01"),
        ("shoe_covers", "kg02", "kg01"),  # the same photo again
        ("shoe_covers", "kg01", "kg01"),
        ("shoes_workshoe_labelled", "frame_00350_jpg", "frame_"),
        ("shoes_workshoe_labelled", "00350", "numbered"),
        ("construction_ppe", "image1116", "sequences"),
        ("construction_ppe", "image1117", "image1117"),
        ("panly_workwear", "000000_jpg", "000000_jpg"),
    ],
)
def test_groups(source: str, stem: str, group: str) -> None:
    assert BY_NAME[source].group(stem) == group


STEMS = st.lists(st.text("abc0123456789_", min_size=1, max_size=12), unique=True, max_size=30)


@given(old=STEMS, new=STEMS)
def test_adding_pictures_moves_no_other(old: list[str], new: list[str]) -> None:
    before = {r.group: split_of(r) for r in map(record, old)}
    both = divide([record(stem) for stem in [*new, *old]])
    after = {r.group: split for split, half in both.items() for r in half}
    assert {group: after[group] for group in before} == before


@pytest.mark.parametrize("source", [s.name for s in SOURCES])
def test_the_share_held_out_is_the_one_asked_for(source: str) -> None:
    many = [record(source=source, group=f"{source}/made_{i}") for i in range(2000)]
    share = len(divide(many)["val"]) / len(many)
    assert share == pytest.approx(BY_NAME[source].val_share, abs=0.03)


def test_synthetic_pictures_are_never_held_out() -> None:
    assert [s.name for s in SOURCES if s.synthetic and (s.val_share or s.pinned)] == []
    assert any(s.synthetic for s in SOURCES)


def test_another_seed_divides_otherwise() -> None:
    many = [record(str(i)) for i in range(200)]
    assert divide(many, "one") != divide(many, "two")


def test_written_split_is_sorted_and_read_back(tmp_path: Path) -> None:
    records = [record(f"{i}.webp", source) for source in ("syook", "coco128") for i in (2, 1)]
    path = tmp_path / "splits.csv"

    assert write_splits(records, path) == 4

    assert read_splits(path) == split_rows(reversed(records))
    content = path.read_bytes()
    assert content.startswith((",".join(COLUMNS) + "\ncoco128,1.webp,coco128/1,").encode())
    assert b"\r" not in content


def test_committed_splits_agree_with_the_code() -> None:
    """Without the pictures: every line's split is what its group says."""
    rows = read_splits()
    assert rows == sorted(rows)
    assert len({row[:2] for row in rows}) == len(rows)
    for source, image, group, split in rows:
        assert split_of(replace(record(image, source), group=group)) == split

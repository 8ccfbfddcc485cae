"""The training set as written."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from datasets.build import build
from datasets.records import Record
from datasets.splits import split_of
from tests.datasets.samples import picture, record
from vision.labels import LABELS, Label

HELMET = (Label.HELMET, (8.0, 12.0, 40.0, 36.0))
SPECK = (Label.HEAD, (1.0, 1.0, 3.0, 9.0))


@pytest.fixture
def records(tmp_path: Path) -> Sequence[Record]:
    def made(source: str, stem: str, *boxes: tuple[Label, tuple[float, ...]]) -> Record:
        path = picture(tmp_path / "data" / source / f"{stem}.webp")
        return record(str(path), source, boxes=boxes)  # type: ignore[arg-type]

    return [
        made("panly_workwear", "000000_jpg", HELMET, SPECK),  # training
        made("panly_workwear", "000003_jpg", HELMET),  # validation
        made("rendered", "r1", HELMET),  # training, twice an epoch
        *(made("rendered", f"e{i}") for i in range(4)),  # training, without a box
    ]


def test_layout(records: Sequence[Record], tmp_path: Path) -> None:
    out = tmp_path / "set"
    seen: list[None] = []

    data = build(records, out, on_picture=lambda: seen.append(None))

    assert len(seen) == len(records)
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    names = ["panly_workwear__000000_jpg", "rendered__r1", *(f"rendered__e{i}" for i in range(4))]
    assert files == {
        *(f"images/train/{name}.webp" for name in names),
        *(f"labels/train/{name}.txt" for name in names),
        "images/val/panly_workwear__000003_jpg.webp",
        "labels/val/panly_workwear__000003_jpg.txt",
        *("train.txt", "val.txt", "known.json", "data.yaml"),
    }
    written = yaml.safe_load(data.read_text(encoding="utf-8"))
    assert Path(written["path"]) == out.resolve()
    assert list(written["names"].values()) == [str(label) for label in LABELS]
    for half in ("train", "val"):
        for line in (out / written[half]).read_text(encoding="utf-8").splitlines():
            assert (out / line).is_file()


def test_labels_are_shares_and_specks_are_dropped(
    records: Sequence[Record], tmp_path: Path
) -> None:
    build(records, tmp_path / "set")
    labels = tmp_path / "set/labels/train"
    helmet = LABELS.index(Label.HELMET)
    assert (labels / "panly_workwear__000000_jpg.txt").read_text(encoding="utf-8") == (
        f"{helmet} 0.375000 0.500000 0.500000 0.500000\n"
    )
    assert (labels / "rendered__e0.txt").read_text(encoding="utf-8") == ""


def test_known_labels_are_numbers_of_the_label_space(
    records: Sequence[Record], tmp_path: Path
) -> None:
    build(records, tmp_path / "set")
    known = json.loads((tmp_path / "set/known.json").read_text(encoding="utf-8"))
    assert set(known) == {r.name for r in records}
    assert known["rendered__r1"] == sorted(map(LABELS.index, (Label.HELMET, Label.HEAD)))


def test_scarce_pictures_stand_more_than_once(records: Sequence[Record], tmp_path: Path) -> None:
    build(records, tmp_path / "set")
    lines = (tmp_path / "set/train.txt").read_text(encoding="utf-8").splitlines()
    assert lines.count("./images/train/rendered__r1.webp") == 2
    assert lines.count("./images/train/panly_workwear__000000_jpg.webp") == 1


@pytest.mark.parametrize(("every", "kept"), [(1, 4), (2, 2), (3, 1), (4, 1), (5, 0)])
def test_some_pictures_without_a_box_are_kept(
    records: Sequence[Record], tmp_path: Path, every: int, kept: int
) -> None:
    build(records, tmp_path / "set", only_negatives_every=every)
    assert len(list((tmp_path / "set/images/train").glob("rendered__e*"))) == kept


def test_building_again_gives_the_same(records: Sequence[Record], tmp_path: Path) -> None:
    def content() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in (tmp_path / "set").rglob("*") if p.is_file()}

    build(records, tmp_path / "set", 2)
    first = content()
    build(records, tmp_path / "set", 2)
    assert content() == first


def test_chests_are_cut_out_of_training_pictures_that_know_badges(tmp_path: Path) -> None:
    """The same crop in every building, and none of a validation picture."""
    path = picture(tmp_path / "data/badge_manual/pi_001.webp", size=(600, 900))
    held_out = picture(tmp_path / "data/badge_manual/vk_013.webp", size=(600, 900))
    head = (Label.HEAD, (250.0, 60.0, 350.0, 180.0))
    known = frozenset({Label.BADGE})
    records = [
        replace(record(str(p), "badge_manual", boxes=(head,)), size=(600, 900), known=known)
        for p in (path, held_out)
    ]
    crops = []
    for out in (tmp_path / "once", tmp_path / "again"):
        build(records, out)
        (found,) = (out / "images").rglob("*_torso.webp")
        assert found.relative_to(out).as_posix() == "images/train/badge_manual__pi_001_torso.webp"
        assert (out / "train.txt").read_text(encoding="utf-8").count(found.name) == 4  # repeated
        crops.append(found.read_bytes())
    assert crops[0] == crops[1]


def test_a_label_boxed_in_part_is_unknown_to_training_alone(tmp_path: Path) -> None:
    """syook boxes boots and leaves street shoes out; its validation pictures were gone through."""
    shoes = frozenset({Label.SHOES, Label.HELMET})
    records = [
        record(str(picture(tmp_path / f"syook/{stem}.webp")), "syook", boxes=(HELMET,), known=shoes)
        for stem in ("001003", "001005")
    ]
    build(records, tmp_path / "set")
    known = json.loads((tmp_path / "set/known.json").read_text(encoding="utf-8"))
    halves = {split_of(r): known[r.name] for r in records}
    assert halves == {
        "train": [LABELS.index(Label.HELMET)],
        "val": sorted(map(LABELS.index, shoes)),
    }
    by_hand = [replace(r, by_hand=frozenset({Label.SHOES})) for r in records]
    build(by_hand, tmp_path / "by_hand")
    known = json.loads((tmp_path / "by_hand/known.json").read_text(encoding="utf-8"))
    assert all(row == sorted(map(LABELS.index, shoes)) for row in known.values())

"""Every code of `ppe dataset check`, triggered by a made case."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.alike import hash_pictures, pairs_alike
from datasets.boxes import Box
from datasets.check import (
    CODES,
    Lists,
    Problem,
    check_alike,
    check_all,
    check_boxes,
    check_classes,
    check_lists,
    check_splits,
    check_written,
)
from datasets.errors import DatasetError
from datasets.records import Record
from datasets.sources import BY_NAME
from datasets.splits import Split
from datasets.written import split_rows
from tests.datasets.samples import picture, record, sources
from vision.labels import Label

TRAIN = record("000007_jpg.webp")
VAL = record("000070_jpg.webp")
NO_PAIRS = "source,image,other_source,other_image,reason\n"


def codes(problems: Iterable[Problem]) -> list[str]:
    found = list(problems)
    assert {p.code for p in found} <= set(CODES)
    assert all(p.sentence for p in found)
    return [p.code for p in found]


@pytest.mark.parametrize(
    ("label", "box", "expected"),
    [
        (Label.HELMET, (0, 0, 64, 48), []),
        (Label.HELMET, (0, 0, 64.0001, 48), []),
        (Label.HELMET, (math.nan, 0, 64, 48), ["box.not_finite"]),
        (Label.HELMET, (0, 0, math.inf, 48), ["box.not_finite"]),
        (Label.HELMET, (10, 10, 10, 20), ["box.empty"]),
        (Label.HELMET, (10, 20, 20, 10), ["box.empty"]),
        (Label.HELMET, (-1, 0, 10, 10), ["box.outside"]),
        (Label.HELMET, (0, 0, 64, 49), ["box.outside"]),
        (Label.HELMET, (70, 50, 80, 60), ["box.outside"]),
        ("hard-hat", (0, 0, 10, 10), ["label.unknown"]),
        (Label.BADGE, (0, 0, 10, 10), ["label.not_known"]),
        (Label.BADGE, (0, 0, 0, 10), ["label.not_known", "box.empty"]),
    ],
)
def test_boxes(label: Label, box: Box, expected: list[str]) -> None:
    assert codes(check_boxes([record(boxes=((label, box),))])) == expected


def test_a_source_may_box_some_things_of_a_label_it_does_not_know() -> None:
    some = record("p.webp", "worker_fan", boxes=((Label.HEAD, (0, 0, 10, 10)),))
    assert codes(check_boxes([replace(some, known=frozenset())])) == []
    assert codes(check_boxes([replace(some, known=frozenset(), source="coco128")])) == [
        "label.not_known"
    ]


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        ([TRAIN], [VAL], []),
        ([TRAIN], [replace(VAL, group=TRAIN.group)], ["split.group_divided"]),
        ([], [record("r.webp", "rendered")], ["split.synthetic_in_validation"]),
        ([TRAIN, replace(TRAIN, path=Path("000007_jpg.png"))], [], ["picture.name_twice"]),
    ],
)
def test_splits(train: list[Record], val: list[Record], expected: list[str]) -> None:
    assert codes(check_splits({"train": train, "val": val})) == expected


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (lambda rows: rows, 0),
        (lambda rows: rows[1:], 1),
        (lambda rows: [*rows, ("coco128", "z.webp", "coco128/z", "val")], 1),
        (lambda rows: [(*rows[0][:3], "val"), *rows[1:]], 1),
        (lambda rows: rows[::-1], 1),
        (lambda rows: [*rows, rows[0]], 1),
    ],
)
def test_written_split(change: Callable[[Sequence[object]], Sequence[object]], count: int) -> None:
    records = [TRAIN, VAL]
    written = change(split_rows(records))
    assert codes(check_written(records, written)) == ["split.written_differs"] * count  # type: ignore[arg-type]


def test_lists_that_name_the_wrong_pictures(tmp_path: Path) -> None:
    left_out, look_alike = tmp_path / "left_out.csv", tmp_path / "look_alike.csv"
    left_out.write_text(
        "source,image,reason\n"
        "panly_workwear,000070_jpg.webp,fine\n"
        "panly_workwear,000007_jpg.webp,a training picture\n"
        "panly_workwear,gone.webp,no such picture\n",
        encoding="utf-8",
    )
    look_alike.write_text(
        NO_PAIRS + "panly_workwear,000070_jpg.webp,syook,gone.webp,x\n", encoding="utf-8"
    )
    none = no_boxes(tmp_path)
    assert codes(
        check_lists([TRAIN, VAL], Lists(None, left_out, look_alike, none, none, none))
    ) == [
        "list.not_in_validation",
        "list.unknown_picture",
        "list.unknown_picture",
    ]


@pytest.mark.parametrize(
    ("name", "code", "wrong"),
    [
        ("corrections", "list.not_in_validation", "000007_jpg"),
        ("filled", "list.not_in_training", "000070_jpg"),
        ("checked", "list.not_in_training", "000070_jpg"),
    ],
)
def test_boxes_of_the_wrong_pictures(tmp_path: Path, name: str, code: str, wrong: str) -> None:
    boxes = tmp_path / "boxes.csv"
    boxes.write_text(
        "source,stem,label,x1,y1,x2,y2,crowd\n"
        "panly_workwear,000070_jpg,head,1,2,3,4,0\n"
        "panly_workwear,000007_jpg,head,1,2,3,4,0\n"
        "panly_workwear,gone,head,1,2,3,4,1\n",
        encoding="utf-8",
    )
    (tmp_path / "left_out.csv").write_text("source,image,reason\n", encoding="utf-8")
    none = no_boxes(tmp_path)
    lists = Lists(None, tmp_path / "left_out.csv", no_pairs(tmp_path), none, none, none)
    problems = list(check_lists([TRAIN, VAL], replace(lists, **{name: boxes})))
    assert codes(problems) == [code, "list.unknown_picture"]
    assert [problem.picture for problem in problems] == [
        f"panly_workwear/{wrong}",
        "panly_workwear/gone",
    ]


def test_crowds_are_checked_as_boxes_are() -> None:
    crowd = ((Label.HEAD, (10.0, 10.0, 70.0, 20.0)), (Label.LITTER, (1.0, 1.0, 9.0, 9.0)))
    problems = list(check_boxes([replace(record(), crowd=crowd)]))
    assert codes(problems) == ["box.outside", "label.not_known"]


def test_class_of_the_table_that_the_source_lacks(tmp_path: Path) -> None:
    (tmp_path / "worker_fan").mkdir()
    (tmp_path / "worker_fan/classes.txt").write_text("Safety helmet\nNo helmet\n", encoding="utf-8")
    problems = list(check_classes(tmp_path, [BY_NAME["worker_fan"], BY_NAME["room_clean"]]))
    assert codes(problems) == ["source.class_unknown"]
    assert "'Safty helmet'" in problems[0].sentence


@pytest.fixture
def halves(tmp_path: Path) -> dict[Split, list[Record]]:
    """Four training pictures and one of validation, all different."""
    train = [record(str(picture(tmp_path / f"t{i}.webp", i, (160, 120)))) for i in range(4)]
    return {"train": train, "val": [record(str(picture(tmp_path / "v.webp", 99, (160, 120))))]}


def no_boxes(folder: Path) -> Path:
    path = folder / "no_boxes.csv"
    path.write_text("source,stem,label,x1,y1,x2,y2,crowd\n", encoding="utf-8")
    return path


def no_pairs(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "look_alike.csv"
    path.write_text(NO_PAIRS + "".join(lines), encoding="utf-8")
    return path


def test_different_pictures_are_not_alike(
    halves: dict[Split, list[Record]], tmp_path: Path
) -> None:
    seen: list[None] = []
    problems = check_alike(halves, no_pairs(tmp_path), lambda: seen.append(None))
    assert codes(problems) == []
    assert len(seen) == 4 + 2 * 1


COPIES: dict[str, Callable[[cv2.typing.MatLike], cv2.typing.MatLike]] = {
    "copy": lambda image: image,
    "mirrored": lambda image: cv2.flip(image, 1),
    "smaller": lambda image: cv2.resize(image, (80, 60), interpolation=cv2.INTER_AREA),
    "stretched": lambda image: cv2.resize(image, (120, 120), interpolation=cv2.INTER_AREA),
    "brighter": lambda image: cv2.convertScaleAbs(image, alpha=0.8, beta=45),
    "cut a little": lambda image: image[2:-2, 2:-2],
}


@pytest.mark.parametrize("name", COPIES)
def test_copy_in_the_other_half_is_found(
    halves: dict[Split, list[Record]], tmp_path: Path, name: str
) -> None:
    image = cv2.imread(str(halves["train"][2].path))
    assert image is not None
    assert cv2.imwrite(str(halves["val"][0].path), np.ascontiguousarray(COPIES[name](image)))

    (problem,) = check_alike(halves, no_pairs(tmp_path))

    assert problem.code == "split.near_duplicate"
    assert problem.picture == "panly_workwear/v.webp"
    assert "panly_workwear/t2.webp" in problem.sentence
    assert ("mirrored" in problem.sentence) == (name == "mirrored")

    line = "panly_workwear,t2.webp,panly_workwear,v.webp,seen\n"  # in either order
    assert codes(check_alike(halves, no_pairs(tmp_path, line))) == []


def test_pairs_come_nearest_first_and_once() -> None:
    a = np.array([[0b0, 0b0]], np.uint64)
    b = np.array([[0b1111, 0], [0, 0], [2**60 - 1, 0], [2**8 - 1, 2**40 - 1]], np.uint64)
    pairs = pairs_alike(a, a, b)  # a symmetric picture is near as it is and mirrored
    assert [(p.b, p.phash, p.dhash, p.mirrored) for p in pairs] == [
        (1, 0, 0, False),
        (0, 4, 0, False),
        (3, 8, 40, False),  # near by phash alone
    ]


def test_unreadable_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_text("not a picture", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"a\.webp"):
        hash_pictures([path])


def test_everything_at_once(tmp_path: Path) -> None:
    data = sources(
        tmp_path / "data",
        {"panly_workwear": {"000007_jpg": "0 .5 .5 .5 .5\n7 .5 .5 .5 .5", "000070_jpg": ""}},
    )
    empty = tmp_path / "left_out.csv"
    empty.write_text("source,image,reason\n", encoding="utf-8")

    none = no_boxes(tmp_path)
    problems = check_all(data, Lists(None, empty, no_pairs(tmp_path), none, none, none))

    assert codes(problems) == ["label.unreadable"]
    assert problems[0].picture == "panly_workwear/000007_jpg.txt"
    assert problems[0].sentence.startswith("line 2: ")


def test_every_code_is_made_somewhere_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in CODES if f'"{code}"' not in text] == []

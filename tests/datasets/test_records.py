"""Reading sources: label lines, sources' quirks, lists of our own."""

from dataclasses import replace
from pathlib import Path

import pytest

from datasets import records
from datasets.box_rules import to_bare_head, to_shell
from datasets.boxes import Box
from datasets.check import check_boxes
from datasets.errors import DatasetError
from datasets.records import (
    add_filled,
    read_corrections,
    read_left_out,
    read_list,
    read_sources,
    read_yolo,
)
from datasets.sources import BY_NAME
from datasets.written import read_splits
from tests.datasets.samples import picture, sources
from vision.labels import Label

CLASSES = ["helmet", "head"]


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    return tmp_path / "labels.txt"


def fail(path: Path, number: int, fault: str) -> None:
    pytest.fail(f"{path}:{number}: {fault}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n  \n", []),
        ("0 0.5 0.5 0.5 0.5\n", [("helmet", (25, 50, 75, 150))]),
        ("1 .5 .5 1 1", [("head", (0, 0, 100, 200))]),
        ("  0\t0.5 0.5 0.5 0.5  \r\n", [("helmet", (25, 50, 75, 150))]),
        (
            "0 .25 .25 .5 .5\n1 .75 .75 .5 .5\n",
            [("helmet", (0, 0, 50, 100)), ("head", (50, 100, 100, 200))],
        ),
        ("0 0.005 0.5 0.02 0.5\n", [("helmet", (-0.5, 50, 1.5, 150))]),  # rounding: allowed
    ],
)
def test_yolo_lines(label_file: Path, text: str, expected: list[tuple[str, Box]]) -> None:
    label_file.write_text(text, encoding="utf-8")
    found = read_yolo(label_file, CLASSES, (100, 200), fail)
    assert [name for name, _ in found] == [name for name, _ in expected]
    for (_, box), (_, wanted) in zip(found, expected, strict=True):
        assert box == pytest.approx(wanted)


def test_no_label_file_means_no_things(label_file: Path) -> None:
    assert read_yolo(label_file, CLASSES, (100, 200), fail) == []


@pytest.mark.parametrize(
    "line",
    [
        "0 0.5 0.5 0.5",  # a number short
        "0 0.5 0.5 0.5 0.5 0.9",  # one too many
        "helmet 0.5 0.5 0.5 0.5",
        "0 a 0.5 0.5 0.5",
        "2 0.5 0.5 0.5 0.5",  # no such class
        "-1 0.5 0.5 0.5 0.5",  # would be the last class
        "0.0 0.5 0.5 0.5 0.5",
        "0 nan 0.5 0.5 0.5",
        "0 0.5 0.5 inf 0.5",
        "0 0.5 0.5 0 0.5",  # no width
        "0 0.5 0.5 0.5 -0.1",
        "0 1.5 0.5 0.5 0.5",  # outside
        "0 0.5 0.5 1.1 0.5",
        "0 250 300 100 90",  # pixels, not shares
    ],
)
def test_unusable_line_is_named_and_skipped(label_file: Path, line: str) -> None:
    label_file.write_text(f"1 .5 .5 1 1\n{line}\n1 .5 .5 1 1\n", encoding="utf-8")
    faults: list[tuple[Path, int]] = []
    found = read_yolo(
        label_file, CLASSES, (100, 200), lambda path, number, _: faults.append((path, number))
    )
    assert len(found) == 2
    assert faults == [(label_file, 2)]


def test_unusable_line_stops_a_plain_reading(tmp_path: Path) -> None:
    data = sources(tmp_path, {"worker_fan": {"a": "9 .5 .5 .5 .5"}})
    with pytest.raises(DatasetError, match=r"a\.txt:1: ") as caught:
        list(read_sources(data, left_out=None))
    assert caught.value.code == "dataset.label_unreadable"


def test_classes_become_labels_and_others_are_dropped(tmp_path: Path) -> None:
    data = sources(tmp_path, {"helmets_univer": {"a": "0 .5 .5 .5 .5\n1 .5 .5 .5 .5\n2 .5 .5 1 1"}})
    (data / "helmets_univer/classes.txt").write_text("helmet\nhead\nperson\n", encoding="utf-8")

    (found,) = read_sources(data, left_out=None)

    assert found.name == "helmets_univer__a"
    assert found.known == BY_NAME["helmets_univer"].known
    (shell, shell_box), (head, head_box) = found.boxes
    assert (shell, head) == (Label.HELMET, Label.HEAD)
    assert head_box == pytest.approx(to_bare_head((16, 12, 48, 36)))
    assert shell_box == pytest.approx(to_shell((16, 12, 48, 36)))


def test_converted_box_is_cut_at_the_edge(tmp_path: Path) -> None:
    data = sources(tmp_path, {"css_v28_clean": {"a": "1 .5 .9 .5 .1"}})
    (found,) = read_sources(data, left_out=None)
    assert found.boxes[0][1] == pytest.approx((16, 40.8, 48, 48))


def test_hidden_labels_are_neither_known_nor_boxed(tmp_path: Path) -> None:
    classes = list(BY_NAME["construction_ppe"].classes)
    boots, no_boots = classes.index("boots"), classes.index("no_boots")
    helmet = classes.index("helmet")
    lines = "".join(f"{number} .5 .5 .5 .5\n" for number in (boots, no_boots, helmet))
    data = sources(
        tmp_path,
        {"construction_ppe": {"image1201": lines, "image1202": ""}},
    )
    hidden, plain = read_sources(data, left_out=None, filled=None, checked=None)
    assert [label for label, _ in hidden.boxes] == [Label.HELMET]
    assert Label.SHOES not in hidden.known
    assert Label.SHOES in plain.known


def test_pictures_left_out_are_skipped(tmp_path: Path) -> None:
    data = sources(tmp_path / "data", {"room_clean": {"a": "", "b": ""}, "room_messy": {"a": ""}})
    listed = tmp_path / "left_out.csv"
    listed.write_text("source,image,reason\nroom_clean,a.webp,seen\n", encoding="utf-8")
    assert [r.name for r in read_sources(data, left_out=listed)] == [
        "room_clean__b",
        "room_messy__a",
    ]
    assert len(list(read_sources(data, left_out=None))) == 3


def test_boxes_drawn_here_replace_label_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = sources(tmp_path / "data", {"sunglasses_selfies": {"a": "", "unknown": ""}})
    csv = "image,x1,y1,x2,y2\na.webp,1,2,30,20\na.webp,40,2,80,20\n"
    (tmp_path / "sunglasses_selfies.csv").write_text(csv, encoding="utf-8")
    monkeypatch.setattr(records, "ADDED", tmp_path)

    (found,) = read_sources(data, left_out=None)

    assert found.path.name == "a.webp"  # the picture without a line is not read
    assert found.boxes == (
        (Label.SUNGLASSES, (1, 2, 30, 20)),
        (Label.SUNGLASSES, (40, 2, 64, 20)),
    )


CORRECTED = "source,stem,label,x1,y1,x2,y2,crowd\n"


def test_corrections_replace_all_boxes_of_their_label(tmp_path: Path) -> None:
    lines = "0 .5 .5 .5 .5\n1 .5 .5 .5 .5\n"  # a helmet with face and a head
    pictures = dict.fromkeys(("drawn", "emptied", "left"), lines)
    data = sources(tmp_path / "data", {"helmets_univer": pictures})
    listed = tmp_path / "corrections.csv"
    listed.write_text(
        CORRECTED
        + "helmets_univer,drawn,head,1,2,11,12,0\n"
        + "helmets_univer,drawn,head,20,2,80,12,0\n"
        + "helmets_univer,drawn,head,1,30,60,40,1\n"
        + "helmets_univer,emptied,head,,,,,0\n"
        + "room_clean,drawn,head,1,2,11,12,0\n",  # of another source
        encoding="utf-8",
    )
    drawn, emptied, left = read_sources(data, left_out=None, corrections=listed)
    assert [label for label, _ in left.boxes] == [Label.HELMET, Label.HEAD]
    assert left.crowd == emptied.crowd == ()
    assert [box for label, box in drawn.boxes if label is Label.HEAD] == [
        (1, 2, 11, 12),
        (20, 2, 80, 12),  # as written: `ppe dataset check` finds what lies outside
    ]
    assert drawn.crowd == ((Label.HEAD, (1, 30, 60, 40)),)
    assert [label for label, _ in emptied.boxes] == [Label.HELMET]
    assert Label.HEAD in emptied.known


def test_boxes_filled_in_say_nothing_of_the_rest(tmp_path: Path) -> None:
    lines = "0 .5 .5 .5 .5\n1 .5 .5 .5 .5\n"  # a helmet with face and a head
    pictures = dict.fromkeys(("both", "emptied", "filled"), lines)
    data = sources(tmp_path / "data", {"helmets_univer": pictures})
    filled, corrections = tmp_path / "filled.csv", tmp_path / "corrections.csv"
    filled.write_text(
        CORRECTED
        + "helmets_univer,both,head,1,2,11,12,0\n"
        + "helmets_univer,emptied,head,,,,,0\n"
        + "helmets_univer,filled,head,5,6,15,16,0\n",
        encoding="utf-8",
    )
    corrections.write_text(f"{CORRECTED}helmets_univer,both,head,3,4,13,14,0\n", encoding="utf-8")
    both, emptied, boxed = read_sources(data, left_out=None, corrections=corrections, filled=filled)
    assert [box for label, box in both.boxes if label is Label.HEAD] == [(3, 4, 13, 14)]
    assert Label.HEAD in both.known  # a person's boxes are all there are
    assert [label for label, _ in emptied.boxes] == [Label.HELMET]
    assert [box for label, box in boxed.boxes if label is Label.HEAD] == [(5, 6, 15, 16)]
    for record in (emptied, boxed):
        assert Label.HEAD not in record.known
        assert Label.HELMET in record.known


def test_pictures_gone_through_by_eye_say_all_unless_something_was_left_out(tmp_path: Path) -> None:
    lines = "1 .5 .5 .5 .5\n"  # one bare head of a class room
    data = sources(tmp_path / "data", {"worker_fan": dict.fromkeys(("all", "part", "not"), lines)})
    filled, checked = tmp_path / "filled.csv", tmp_path / "checked.csv"
    filled.write_text(f"{CORRECTED}worker_fan,all,head,5,6,15,16,0\n", encoding="utf-8")
    checked.write_text(
        CORRECTED
        + "worker_fan,all,head,1,2,11,12,0\nworker_fan,all,head,21,2,31,12,0\n"
        + "worker_fan,part,head,1,2,11,12,0\nworker_fan,part,head,0,0,60,40,1\n",
        encoding="utf-8",
    )
    whole, untouched, part = read_sources(data, left_out=None, filled=filled, checked=checked)
    assert [box for _, box in whole.boxes] == [(1, 2, 11, 12), (21, 2, 31, 12)]
    assert Label.HEAD in whole.known
    assert whole.by_hand == part.by_hand == {Label.HEAD}
    assert [box for _, box in part.boxes] == [(1, 2, 11, 12)]
    assert part.crowd == ((Label.HEAD, (0, 0, 60, 40)),)
    assert len(untouched.boxes) == 1
    for record in (part, untouched):  # the source itself leaves heads out
        assert Label.HEAD not in record.known
    assert list(check_boxes([whole, part, untouched])) == []


@pytest.mark.parametrize(
    "row",
    [
        "a,b,hat,1,2,3,4,0",  # no such label
        "a,b,head,1,2,3,4,yes",
        "a,b,head,1,2,3,,0",  # a corner short
        "a,b,head,1,2,3,x,0",
        "a,b,head,1,2,3,4",
    ],
)
def test_unusable_correction(tmp_path: Path, row: str) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text(f"{CORRECTED}{row}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"corrections\.csv:2") as caught:
        read_corrections(path)
    assert caught.value.code == "dataset.list_unreadable"


@pytest.mark.parametrize(
    ("path", "half"), [(records.CORRECTIONS, "val"), (records.FILLED, "train")]
)
def test_committed_boxes_are_of_their_half(path: Path, half: str) -> None:
    rows = read_list(path, records.COLUMNS)
    keys = [(row["source"], row["stem"], row["label"]) for row in rows]
    assert keys == sorted(keys)
    pictures = {(s, Path(image).stem) for s, image, _, side in read_splits() if side == half}
    assert read_corrections(path).keys() <= pictures
    for row in rows:
        if row["x1"]:
            x1, y1, x2, y2 = (float(row[column]) for column in records.CORNERS)
            assert 0 <= x1 < x2
            assert 0 <= y1 < y2


def test_site_sequences_are_one_group(tmp_path: Path) -> None:
    data = sources(tmp_path, {"construction_ppe": {f"image{n}": "" for n in (7, 1116, 1117)}})
    assert [r.group for r in read_sources(data, left_out=None)] == [
        "construction_ppe/sequences",
        "construction_ppe/image1117",
        "construction_ppe/sequences",
    ]


RENDERED = {name: i for i, name in enumerate(("helmet", "uniform", "strip", "shoe"))}
SUIT = "0.5 0.5 0.5 0.75"  # in a picture of 64 x 48 pixels: 16, 6 to 48, 42


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        # jacket and trousers, seen down to the shoes: the upper 45 % is the torso
        (("helmet", "strip", "shoe"), (16, 6, 48, 22.2)),
        # cut off below the hips: no taller than 1.1 widths
        (("helmet", "strip"), (16, 6, 48, 41.2)),
        # trousers alone, or a suit without strips, decide nothing
        (("strip", "shoe"), None),
        (("helmet",), None),
    ],
)
def test_rendered_suits(
    tmp_path: Path, drawn: tuple[str, ...], expected: tuple[float, ...] | None
) -> None:
    others = "".join(f"{RENDERED[name]} 0.5 0.5 0.1 0.1\n" for name in drawn)
    data = sources(tmp_path, {"rendered": {"r": f"1 {SUIT}\n{others}"}})
    (data / "rendered/classes.txt").write_text("\n".join(RENDERED), encoding="utf-8")
    (record,) = read_sources(data, [BY_NAME["rendered"]], left_out=None)
    torsos = [box for label, box in record.boxes if label is Label.WORKWEAR]
    if expected is None:
        assert torsos == []
        assert Label.WORKWEAR not in record.known
    else:
        assert torsos == [pytest.approx(expected)]
        assert Label.WORKWEAR in record.known


def test_missing_things_are_named(tmp_path: Path) -> None:
    panly = [BY_NAME["panly_workwear"]]

    def code(data: Path) -> str:
        with pytest.raises(DatasetError) as caught:
            list(read_sources(data, panly, left_out=None))
        return caught.value.code

    assert code(tmp_path / "nowhere") == "dataset.folder_missing"
    assert code(tmp_path) == "dataset.source_missing"
    picture(tmp_path / "panly_workwear/images/a.webp")
    assert code(tmp_path) == "dataset.source_missing"  # no classes.txt
    (tmp_path / "panly_workwear/classes.txt").write_text("helmet\n", encoding="utf-8")
    (tmp_path / "panly_workwear/images/b.webp").write_text("not a picture", encoding="utf-8")
    assert code(tmp_path) == "dataset.picture_unreadable"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "source,image\na,b\n",  # a column short
        "source,image,reason\na,b\n",  # a value short
        "source,image,reason\na,b,c,d\n",  # one too many
        'source,image,reason\na,b,"c\n',
    ],
)
def test_unusable_list(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"list\.csv") as caught:
        read_list(path, ("source", "image", "reason"))
    assert caught.value.code == "dataset.list_unreadable"


def test_committed_lists_are_sorted_and_say_why() -> None:
    rows = read_list(records.LEFT_OUT, ("source", "image", "reason"))
    keys = [(row["source"], row["image"]) for row in rows]
    assert keys == sorted(set(keys))
    assert read_left_out() == set(keys)
    assert all(row["reason"] for row in rows)
    assert {source for source, _ in keys} <= set(BY_NAME)


def test_a_source_without_classes_needs_no_labels(tmp_path: Path) -> None:
    picture(tmp_path / "room_clean/images/a.webp")
    source = replace(BY_NAME["room_clean"], val_share=0.0)
    (found,) = read_sources(tmp_path, [source], left_out=None)
    assert found.boxes == ()


def test_added_boxes_replace_those_of_their_label(tmp_path: Path) -> None:
    path = tmp_path / "filled.csv"
    add_filled(path, Label.HEAD, {("s", "b"): [(1, 2, 3, 4)], ("s", "a"): []})
    add_filled(path, Label.STRIP, {("s", "b"): [(5, 6, 7, 8), (9, 9, 12, 12)]})
    add_filled(path, Label.HEAD, {("s", "b"): [(2, 2, 3, 4)]})
    assert read_corrections(path) == {
        ("s", "b"): {
            Label.HEAD: [((2, 2, 3, 4), False)],
            Label.STRIP: [((5, 6, 7, 8), False), ((9, 9, 12, 12), False)],
        }
    }

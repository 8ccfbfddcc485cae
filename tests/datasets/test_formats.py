"""Sets of labelled pictures in other tools' formats: what goes out comes back in."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from typer.testing import CliRunner

from datasets.boxes import Box
from datasets.cli import app
from datasets.errors import DatasetError
from datasets.formats import Format, LabelledPicture, LabelSet, guess_format, read, write
from tests.datasets.samples import SIZE, picture, sources
from vision.labels import LABELS

run = CliRunner()
WIDTH, HEIGHT = SIZE
CLASSES = ("helmet", "工号牌", 'a "b" & <c>')
EVERY = list(Format)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(3):
        picture(folder / f"p {number}.v1.webp", number)
    return folder


@st.composite
def box(draw: st.DrawFn) -> Box:
    x1 = draw(st.floats(0, WIDTH - 2))
    y1 = draw(st.floats(0, HEIGHT - 2))
    return x1, y1, draw(st.floats(x1 + 1, WIDTH)), draw(st.floats(y1 + 1, HEIGHT))


DRAWN = st.lists(st.lists(st.tuples(st.sampled_from(CLASSES), box()), max_size=4), max_size=3)


def set_of(stored: Path, drawn: list[list[tuple[str, Box]]]) -> LabelSet:
    paths = sorted(stored.iterdir())
    pictures = [
        LabelledPicture(path, SIZE, tuple(boxes)) for path, boxes in zip(paths, drawn, strict=False)
    ]
    known = {path.stem: [CLASSES[0]] for path, _ in zip(paths, drawn, strict=False)}
    return LabelSet(CLASSES, tuple(pictures), known)


@pytest.mark.parametrize("layout", EVERY)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=DRAWN)
def test_round_trip(
    layout: Format, drawn: list[list[tuple[str, Box]]], stored: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    """Labels come back exactly, boxes to a thousandth of a pixel, empty pictures too."""
    out = tmp_path_factory.mktemp("set")
    before = set_of(stored, drawn)
    write(before, out, layout)
    after = read(out, layout)
    assert after.classes == before.classes
    assert after.known == before.known
    assert [p.file for p in after.pictures] == [p.file for p in before.pictures]
    for there, back in zip(before.pictures, after.pictures, strict=True):
        assert back.size == there.size
        assert back.path.read_bytes() == there.path.read_bytes()
        assert [name for name, _ in back.boxes] == [name for name, _ in there.boxes]
        for (_, a), (_, b) in zip(there.boxes, back.boxes, strict=True):
            assert b == pytest.approx(a, abs=1e-3)


@pytest.fixture
def example(stored: Path) -> LabelSet:
    return set_of(stored, [[("helmet", (1, 2, 31, 22)), (CLASSES[1], (5, 5, 9, 9))], []])


@pytest.mark.parametrize("layout", EVERY)
def test_the_format_is_told_from_the_files(
    layout: Format, example: LabelSet, tmp_path: Path
) -> None:
    write(example, tmp_path, layout)
    assert guess_format(tmp_path) is layout


def test_pycocotools_reads_our_coco(example: LabelSet, tmp_path: Path) -> None:
    write(example, tmp_path, Format.COCO)
    coco = COCO(str(tmp_path / "annotations.json"))
    assert len(coco.imgs) == 2
    assert [(a["area"], a["iscrowd"], a["category_id"]) for a in coco.anns.values()] == [
        (600, 0, 1), (16, 0, 2),
    ]  # fmt: skip
    assert 0 not in coco.anns


def test_cvat_finds_what_its_importer_asks_for(example: LabelSet, tmp_path: Path) -> None:
    """`id` and `name` of every image, `label` and corners of every box."""
    from xml.etree import ElementTree  # noqa: PLC0415

    write(example, tmp_path, Format.CVAT)
    root = ElementTree.parse(tmp_path / "annotations.xml").getroot()
    assert [image.get("id") for image in root.iter("image")] == ["0", "1"]
    assert {tuple(sorted(b.keys())) for b in root.iter("box")} == {
        ("label", "xbr", "xtl", "ybr", "ytl")
    }


EXPORTED: list[dict[str, Any]] = [  # as Label Studio 1.x exports an uploaded picture
    {
        "id": 7,
        "file_upload": "0123abcd-a.webp",
        "data": {"image": "/data/upload/1/0123abcd-a.webp"},
        "annotations": [
            {"id": 1, "was_cancelled": False, "result": []},
            {
                "id": 2,
                "was_cancelled": False,
                "result": [
                    {
                        "original_width": WIDTH,
                        "original_height": HEIGHT,
                        "type": "rectanglelabels",
                        "value": {
                            "x": 25.0, "y": 50.0, "width": 50.0, "height": 25.0,
                            "rotation": 0, "rectanglelabels": ["badge"],
                        },
                    },
                    {"type": "choices", "value": {"choices": ["blurred"]}},
                ],
            },
            {"id": 3, "was_cancelled": True, "result": []},
        ],
        "predictions": [],
    },
    {"id": 8, "data": {"image": "/data/local-files/?d=images/b.webp"}, "annotations": []},
]  # fmt: skip


def label_studio(folder: Path, tasks: list[dict[str, Any]]) -> Path:
    picture(folder / "images/a.webp")
    picture(folder / "images/b.webp")
    file = folder / "project-1.json"
    file.write_text(json.dumps(tasks), encoding="utf-8")
    return file


def test_an_export_of_label_studio(tmp_path: Path) -> None:
    """The last answer that was not cancelled counts; what nobody answered is not a negative."""
    found = read(label_studio(tmp_path, EXPORTED))
    (only,) = found.pictures
    assert (only.file, only.boxes) == ("a.webp", (("badge", (16.0, 24.0, 48.0, 36.0)),))
    assert found.classes == ("badge",)


def turned() -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads(json.dumps(EXPORTED))
    tasks[0]["annotations"][1]["result"][0]["value"]["rotation"] = 30
    return tasks


def test_a_turned_box_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="turned") as caught:
        read(label_studio(tmp_path, turned()))
    assert caught.value.code == "dataset.format_unreadable"


BROKEN = [
    ("annotations.json", "{", Format.COCO, "dataset.format_unreadable"),
    ("annotations.json", '{"images": []}', Format.COCO, "dataset.format_unreadable"),
    ("annotations.xml", "<annotations", Format.CVAT, "dataset.format_unreadable"),
    ("tasks.json", '[{"annotations": []}]', Format.LABEL_STUDIO, "dataset.format_unreadable"),
    ("data.yaml", "names: 5\ntrain: images", Format.YOLO, "dataset.format_unreadable"),
    ("known.json", "[", Format.SOURCE, "dataset.source_missing"),
    ("notes.txt", "", None, "dataset.format_unknown"),
]


@pytest.mark.parametrize(("name", "text", "layout", "code"), BROKEN)
def test_broken_files(
    name: str, text: str, layout: Format | None, code: str, tmp_path: Path
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        read(tmp_path, layout)
    assert caught.value.code == code


def test_a_picture_that_is_not_there(example: LabelSet, tmp_path: Path) -> None:
    write(example, tmp_path, Format.COCO)
    (tmp_path / "images" / example.pictures[0].file).unlink()
    with pytest.raises(DatasetError) as caught:
        read(tmp_path)
    assert caught.value.code == "dataset.picture_unreadable"


def test_a_bad_line_is_named_not_skipped(example: LabelSet, tmp_path: Path) -> None:
    write(example, tmp_path, Format.YOLO)
    file = tmp_path / "labels" / f"{Path(example.pictures[0].file).stem}.txt"
    file.write_text("0 0.5 0.5 0.1\n", encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        read(tmp_path)
    assert caught.value.code == "dataset.label_unreadable"
    assert file.name in caught.value.message


def test_export_and_back_into_a_source(tmp_path: Path) -> None:
    data = sources(tmp_path / "data", {"panly_workwear": {"a": "0 0.5 0.5 0.5 0.5\n"}})
    tool, back = tmp_path / "tool", tmp_path / "relabelled"
    done = run.invoke(app, ["export", "--data", str(data), str(tool), "--to", "label-studio",
                            "--source", "panly_workwear"])  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1 pictures, 1 boxes" in done.output
    done = run.invoke(app, ["convert", str(tool), str(back), "--to", "source"])
    assert done.exit_code == 0, done.output
    found = read(back)
    assert found.classes == tuple(map(str, LABELS))
    assert [name for name, _ in found.pictures[0].boxes] == ["helmet"]
    known = json.loads((back / "known.json").read_text(encoding="utf-8"))
    assert known["panly_workwear__a"] == ["helmet", "head", "workwear", "plainwear", "shoe_cover"]


def test_a_source_needs_to_know_what_was_looked_for(tmp_path: Path) -> None:
    tool = label_studio(tmp_path / "tool", EXPORTED)
    out = str(tmp_path / "out")
    done = run.invoke(app, ["convert", str(tool), out, "--to", "source"])
    assert done.exit_code == 2
    assert "dataset.known_missing" in done.output
    done = run.invoke(app, ["convert", str(tool), out, "--to", "source", "--known", "all"])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out/known.json").read_text()) == {"a": ["badge"]}

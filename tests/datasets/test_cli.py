"""`ppe dataset` as people run it."""

import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from datasets import cli
from datasets.check import Problem
from datasets.sources import BY_NAME
from datasets.written import read_splits
from tests.datasets.samples import SIZE, picture, sources
from vision.labels import LABELS, Label

HELMET, HEAD = (list(BY_NAME["panly_workwear"].classes).index(n) for n in ("helmet", "no_helmet"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return sources(
        tmp_path / "data",
        {
            "panly_workwear": {
                "000007_jpg": f"{HELMET} .5 .5 .5 .5\n{HEAD} .2 .2 .2 .2",
                "000070_jpg": f"{HELMET} .5 .5 .25 .5",
            },
            "room_clean": {"a": "", "b": ""},
        },
    )


def ppe_dataset(*args: object) -> Result:
    return CliRunner().invoke(cli.app, [str(arg) for arg in args])


@pytest.mark.parametrize(
    "command", ["build", "split", "check", "stats", "import", "export", "convert"]
)
def test_help(command: str) -> None:
    result = ppe_dataset(command, "--help")
    assert result.exit_code == 0


@pytest.mark.parametrize("command", ["build", "split", "check", "stats"])
def test_missing_folder(tmp_path: Path, command: str) -> None:
    more = ["--out", tmp_path / "set"] if command in {"build", "split"} else []
    result = ppe_dataset(command, "--data", tmp_path / "nowhere", *more)
    assert result.exit_code == 2
    assert result.stderr.startswith("dataset.folder_missing")
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    "args",
    [
        ("build",),
        ("build", "--data", ".", "--out", "set", "--negatives-every", "0"),
        ("stats", "--data"),
        ("nonsense",),
    ],
)
def test_unusable_arguments(args: tuple[str, ...]) -> None:
    assert ppe_dataset(*args).exit_code == 2


def test_build(data: Path, tmp_path: Path) -> None:
    result = ppe_dataset("build", "--data", data, "--out", tmp_path / "set")
    assert result.exit_code == 0, result.output
    assert "data.yaml: ready to train on" in result.stdout
    assert (tmp_path / "set/images/train/panly_workwear__000007_jpg.webp").is_file()
    assert (tmp_path / "set/images/val/panly_workwear__000070_jpg.webp").is_file()


def test_build_into_a_file(data: Path, tmp_path: Path) -> None:
    (tmp_path / "set").write_text("in the way", encoding="utf-8")
    result = ppe_dataset("build", "--data", data, "--out", tmp_path / "set")
    assert result.exit_code == 2
    assert result.stderr.startswith("dataset.output_unusable")


def test_split(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    result = ppe_dataset("split", "--data", data, "--out", path)
    assert result.exit_code == 0, result.output
    assert ("panly_workwear", "000070_jpg.webp", "panly_workwear/000070_jpg", "val") in (
        read_splits(path)
    )
    assert ppe_dataset("split", "--data", data, "--out", tmp_path / "no/folder.csv").exit_code == 2


def test_check_compares_with_the_written_split(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    ppe_dataset("split", "--data", data, "--out", path)
    result = ppe_dataset("check", "--data", data, "--splits", path)
    assert result.exit_code == 1
    found = {line.split()[0] for line in result.stdout.splitlines()}
    assert found == {"list.unknown_picture"}  # the committed lists name none of these pictures

    path.write_text(path.read_text(encoding="utf-8").replace(",val\n", ",train\n"), "utf-8")
    result = ppe_dataset("check", "--data", data, "--splits", path)
    assert result.exit_code == 1
    assert "split.written_differs  panly_workwear/000070_jpg.webp  computed val" in result.stdout

    path.unlink()
    result = ppe_dataset("check", "--data", data, "--splits", path)
    assert result.exit_code == 2
    assert result.stderr.startswith("dataset.list_unreadable")


@pytest.mark.parametrize(("problems", "code"), [([], 0), ([("a.b", "c/d", "e [f]")], 1)])
def test_check_answers_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, problems: list[tuple[str, str, str]], code: int
) -> None:
    found = [Problem(*problem) for problem in problems]
    monkeypatch.setattr(cli, "check_all", lambda *args, **kwargs: found)
    result = ppe_dataset("check", "--data", "any")
    assert result.exit_code == code
    assert result.stdout == ("a.b  c/d  e [f]\n" if problems else "no problems\n")


def test_check_without_imagehash(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "datasets.alike", raising=False)
    monkeypatch.setitem(sys.modules, "imagehash", None)
    result = ppe_dataset("check", "--data", data)
    assert result.exit_code == 2
    assert result.stderr.startswith("dataset.extra_missing  imagehash is missing: pip install")


def test_stats(data: Path) -> None:
    result = ppe_dataset("stats", "--data", data, "--markdown")
    assert result.exit_code == 0, result.output
    assert "| helmet | 3 / 1 / 1 | 0 / 0 / 0 | 1 / 1 / 1 |" in result.stdout
    assert "| room_clean | 2 | 0 | all but shoes, slipper, litter, tool |" in result.stdout
    assert "| helmet | panly_workwear | 2 | 1.00 | as_drawn | 1.00 |" in result.stdout
    assert "| helmet | 0 / 0 / 1 | 0 / 0 / 0 | 0 / 0 / 1 |" in result.stdout  # sizes: all near
    assert "Light" not in result.stdout
    assert "panly_workwear" in ppe_dataset("stats", "--data", data).stdout


def test_stats_by_light_and_of_composites(data: Path, tmp_path: Path) -> None:
    made = tmp_path / "made/composites"
    picture(made / "images/c.webp", 3)
    (made / "labels").mkdir()
    (made / "labels/c.txt").write_text(f"{LABELS.index(Label.BADGE)} .5 .5 .2 .2\n")
    (made / "classes.txt").write_text("".join(f"{label}\n" for label in LABELS))
    (made / "known.json").write_text('{"c": ["badge"]}')
    for name, grey in (("000007_jpg", 20), ("000070_jpg", 230)):
        dark = Image.new("RGB", SIZE, (grey, grey, grey))
        dark.save(data / f"panly_workwear/images/{name}.webp", lossless=True)
    result = ppe_dataset(
        "stats", "--data", data, "--markdown", "--light", "--composites", made.parent
    )
    assert result.exit_code == 0, result.output
    light = result.stdout.partition("### Light")[2]
    train, val = ("1 / 0 / 0", "0 / 0 / 1")
    assert f"| helmet | {train} | 0 / 0 / 0 | {val} |" in light
    assert "| badge | 0 / 0 / 0 | 1 / 1 / 1 | 0 / 0 / 0 |" in light.partition("### Composites")[2]

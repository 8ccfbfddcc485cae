"""The whole measurement over a few made pictures and a network that always sees one helmet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets.records import Record
from models import evaluate
from models.evaluate import figures_of, measure, spread, with_thresholds
from models.figures import read_figures, table
from vision.detector import Detector
from vision.labels import Label


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    """128 x 96 pictures: at half size, with 8 rows of border above, in the 64 x 64 input."""
    made = []
    for number, (boxes, known) in enumerate(
        [
            (((Label.HELMET, (16.0, 0.0, 48.0, 32.0)),), {Label.HELMET}),
            ((), {Label.HELMET}),
            ((), {Label.PERSON}),
        ]
    ):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.full((96, 128, 3), 90, np.uint8)).save(path)
        made.append(Record("panly_workwear", path, (128, 96), str(number), boxes, frozenset(known)))
    return made


def test_measure(
    records: list[Record], manifest_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "validation_records", lambda data: records)
    monkeypatch.setattr(evaluate, "JUDGED_SIDE", 16.0)  # the helmet of the made network
    detector = Detector.open(manifest_path)

    measured = measure(detector, tmp_path)
    manifest = with_thresholds(detector.manifest, measured)
    figures = figures_of(measured, manifest, "onnx")

    helmet = figures.of(Label.HELMET)
    assert (helmet.pictures, helmet.pictures_with, helmet.boxes) == (2, 1, 1)
    assert helmet.ap50 == pytest.approx(1.0)  # of two equal scores the first picture's goes first
    assert helmet.at_best_f1 is not None
    assert helmet.at_best_f1.recall == 1.0
    assert figures.of(Label.PERSON).ap50 is None
    assert figures.whole_split
    assert helmet.sources["panly_workwear"].boxes == 1
    assert manifest.metrics["boxes"] == {"helmet": 1}
    file = tmp_path / "figures.json"
    file.write_text(figures.model_dump_json(), encoding="utf-8")
    assert read_figures(file) == figures
    assert table(figures, by_source=True).row_count > len(figures.classes)


def test_look_scales_boxes_and_crowds_alike(records: list[Record], manifest_path: Path) -> None:
    crowd = ((Label.HELMET, (0.0, 32.0, 128.0, 96.0)),)
    truth, _ = evaluate.look(Detector.open(manifest_path), replace(records[0], crowd=crowd))
    assert truth.boxes == ((Label.HELMET, (8.0, 0.0, 24.0, 16.0)),)
    assert truth.crowd == ((Label.HELMET, (0.0, 16.0, 64.0, 48.0)),)


@pytest.mark.parametrize(("limit", "expected"), [(None, 10), (3, 3), (10, 10), (99, 10)])
def test_spread(limit: int | None, expected: int, records: list[Record]) -> None:
    many = [records[0]] * 10
    assert len(spread(many, limit)) == expected

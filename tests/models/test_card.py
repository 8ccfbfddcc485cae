"""The card holds the figures and refuses to be written unfinished."""

from pathlib import Path

import pytest

from models.average_precision import Point
from models.card import NOTES, Notes, read_notes, write_card
from models.errors import MakeError
from models.figures import ClassFigures, Figures
from vision.labels import LABELS
from vision.manifest import Manifest, read_manifest


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    path = tmp_path / "notes.yaml"
    path.write_text(NOTES.read_text(encoding="utf-8").replace("TODO", "Seen"), encoding="utf-8")
    return read_notes(path)


def figures(manifest: Manifest, **changes: object) -> Figures:
    point = Point(0.5, 0.75, 0.25)
    classes = tuple(
        ClassFigures(
            label=label,
            pictures=7,
            pictures_with=5,
            boxes=9,
            ap50=0.625,
            judged_boxes=8,
            at_present=point,
            at_best_f1=point,
        )
        for label in LABELS
    )
    return Figures(
        network="ppe 0",
        file="ppe.onnx",
        sha256=manifest.sha256,
        runtime="onnx",
        input_side=64,
        pictures=7,
        whole_split=True,
        floor=0.05,
        judged_side=14,
        classes=classes,
    ).model_copy(update=changes)


def test_card(manifest_path: Path, notes: Notes) -> None:
    manifest = read_manifest(manifest_path)
    other = figures(manifest, runtime="torch")

    text = write_card(manifest, [figures(manifest), other], notes)

    assert "| helmet | no | 7 | 5 | 9 | 0.625 | 8 | 0.500 | 0.750 | 0.250 |" in text
    assert "| mean | 0.625 | 0.625 |" in text
    assert "Recognising, identifying" in text
    assert "github Panly23/Labeling-data-for-safety-helmets-and-work-uniforms" in text


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"whole_split": False}])
def test_card_is_of_this_network(
    manifest_path: Path, notes: Notes, changes: dict[str, object]
) -> None:
    manifest = read_manifest(manifest_path)
    with pytest.raises(MakeError, match="whole split"):
        write_card(manifest, [figures(manifest, **changes)], notes)


def test_every_source_needs_a_note(manifest_path: Path, notes: Notes) -> None:
    manifest = read_manifest(manifest_path).model_copy(update={"trained_on": ("unheard_of",)})
    with pytest.raises(MakeError, match="unheard_of"):
        write_card(manifest, [figures(manifest)], notes)


def test_placeholders_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.yaml"
    finished = NOTES.read_text(encoding="utf-8").replace("TODO", "Seen")
    path.write_text(
        finished.replace("intended_use:", "intended_use:\n  - TODO", 1), encoding="utf-8"
    )
    with pytest.raises(MakeError, match="TODO") as caught:
        read_notes(path)
    assert caught.value.code == "make.notes_unfinished"

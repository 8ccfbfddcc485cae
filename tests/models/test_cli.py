"""`ppe model` from the outside."""

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.cli import app
from vision.labels import LABELS
from vision.manifest import read_manifest

runner = CliRunner()


def test_verify(manifest_path: Path) -> None:
    result = runner.invoke(app, ["verify", "--manifest", str(manifest_path)])
    assert result.exit_code == 0, result.output
    assert "ok" in result.output


def change_network(manifest_path: Path) -> None:
    network = manifest_path.with_name("ppe.onnx")
    network.write_bytes(network.read_bytes() + b"x")


def remove_network(manifest_path: Path) -> None:
    manifest_path.with_name("ppe.onnx").unlink()


def break_manifest(manifest_path: Path) -> None:
    manifest_path.write_text("{}", encoding="utf-8")


def remove_manifest(manifest_path: Path) -> None:
    manifest_path.unlink()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (change_network, "model.hash_mismatch"),
        (remove_network, "model.missing"),
        (break_manifest, "model.manifest_invalid"),
        (remove_manifest, "model.missing"),
    ],
)
def test_verify_says_what_is_wrong(manifest_path: Path, harm: object, code: str) -> None:
    assert callable(harm)
    harm(manifest_path)
    result = runner.invoke(app, ["verify", "--manifest", str(manifest_path)])
    assert result.exit_code == 2
    assert code in result.stderr


def test_show(manifest_path: Path) -> None:
    result = runner.invoke(app, ["show", "--manifest", str(manifest_path)])
    assert result.exit_code == 0, result.output
    assert "helmet" in result.output


def test_show_json_is_the_manifest(manifest_path: Path) -> None:
    result = runner.invoke(app, ["show", "--json", "--manifest", str(manifest_path)])
    assert json.loads(result.output)["classes"][1]["label"] == "helmet"


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "models.train", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    arguments = ["--data", "x", "--weights", "y", "--out", str(tmp_path)]
    result = runner.invoke(app, ["train", *arguments])
    assert result.exit_code == 2
    assert "make.extra_missing" in result.stderr
    assert "ppe-check[train]" in result.stderr


def test_evaluate_without_pictures(manifest_path: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path), "--manifest", str(manifest_path)]
    result = runner.invoke(app, ["evaluate", *arguments])
    assert result.exit_code == 2
    assert "dataset.source_missing" in result.stderr


def test_setting_thresholds_needs_all_pictures(manifest_path: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path), "--manifest", str(manifest_path), "--set", "--limit", "3"]
    result = runner.invoke(app, ["evaluate", *arguments])
    assert result.exit_code == 2


def test_manifest_round_trip(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)
    assert tuple(facts.label for facts in manifest.classes) == LABELS
    assert not any(facts.supported for facts in manifest.classes)
    assert manifest.trained_on == ("panly_workwear",)
    assert manifest.licence == "AGPL-3.0-or-later"

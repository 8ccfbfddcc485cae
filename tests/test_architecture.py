"""The shape of the code: who may import whom, how long a module may be, what an import may cost."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("vision", "datasets", "models", "api", "edge")
MODULES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
MAX_LINES = 400


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of our pyproject.toml against the packages in `folder`."""
    tool = Path(sys.executable).with_name("lint-imports")
    return run([str(tool), "--no-cache", "--config", str(ROOT / "pyproject.toml")], folder)


def run(command: Sequence[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_import_arrows_hold() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("vision", "models"),
        ("vision", "torch"),
        ("datasets", "models"),
        ("models", "api"),
        ("api", "ultralytics"),
        ("edge", "datasets"),
    ],
)
def test_wrong_arrow_is_noticed(tmp_path: Path, importer: str, imported: str) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / importer / "module.py").write_text(f"import {imported}\n", encoding="utf-8")

    result = lint_imports(tmp_path)

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{importer}.module -> {imported}" in result.stdout


def test_every_package_has_modules() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines < MAX_LINES, f"{lines} lines: make it two modules"


def test_vision_stays_light() -> None:
    """Whatever is installed here, vision must not load it."""
    heavy = {"torch", "ultralytics", "fastapi", "sqlalchemy"}
    modules = ", ".join(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if path.is_relative_to(ROOT / "vision") and path.stem != "__main__"
    )
    result = run([sys.executable, "-c", f"import sys, {modules}; print(*sys.modules)"])
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.split())
    assert "vision" in loaded
    assert not loaded & heavy

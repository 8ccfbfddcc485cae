"""The notebooks run on the demo's pictures, draw figures, and are stored without outputs."""

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

HERE = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(HERE.glob("*.ipynb"))
FIGURES = {"1_how_good": 3, "2_where_it_fails": 1, "3_retrain": 0}
"""How many figures a run draws at least."""


@pytest.fixture(scope="module")
def run() -> Any:
    sys.path.insert(0, str(HERE))
    try:
        from run import run  # type: ignore[import-not-found]  # noqa: PLC0415 - notebooks/run.py
    finally:
        sys.path.remove(str(HERE))
    return run


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(FIGURES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own packages
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PPE_DATA", "PPE_CORRECTIONS", "PPE_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    outputs = [
        output for cell in run(path).cells if cell.cell_type == "code" for output in cell.outputs
    ]
    figures = [o for o in outputs if "image/png" in o.get("data", {})]
    printed = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")
    assert len(figures) >= FIGURES[path.stem]
    if path.stem == "3_retrain":
        assert "trained: " in printed or "SKIPPED: the extra `train`" in printed
        assert "'reviewed': " in printed
    else:
        assert "demo/" in printed

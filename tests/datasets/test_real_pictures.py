"""The committed split, lists and card against the training pictures, where those are at hand."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from datasets import cli
from datasets.check import check_all
from tests.datasets.samples import REAL

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason="the training pictures are not here"),
]


def test_check_finds_nothing() -> None:
    """Leaks, boxes, labels, and that `splits.csv` is what the code computes."""
    assert check_all(REAL) == []


def test_the_data_card_has_the_tables_of_today() -> None:
    result = CliRunner().invoke(cli.app, ["stats", "--data", str(REAL), "--markdown"])
    assert result.exit_code == 0, result.output
    card = Path(cli.__file__).with_name("DATA_CARD.md").read_text(encoding="utf-8")
    for table in result.stdout.strip().split("\n\n### "):
        rows = table.partition("\n\n")[2].strip()
        assert rows in card, f"DATA_CARD.md needs `ppe dataset stats --markdown` again:\n{rows}"

"""The whole way on 50 real validation photos, where the training pictures are at hand."""

from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from models.truth import truth_of, validation_photos
from models.verdicts import measure, tally
from vision.checker import Checker
from vision.findings import Verdict
from vision.policy import RuleId

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
PHOTOS = 50

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the training pictures are not at hand"),
]


def test_fifty_real_photos(capsys: pytest.CaptureFixture[str]) -> None:
    decided = [record for record in validation_photos(DATA) if truth_of(record, None)]
    photos = decided[:: max(1, len(decided) // PHOTOS)][:PHOTOS]
    answers = list(measure(Checker.open(), photos, DATA))
    tallies = tally(answers)

    table = Table("rule", "photos", "right", "wrong PASS", "wrong FAIL", "UNSURE")
    for rule, found in tallies.items():
        right = sum(n for (truth, verdict), n in found.counts.items() if truth is verdict)
        table.add_row(
            str(rule),
            str(found.total()),
            str(right),
            str(found.counts[Verdict.FAIL, Verdict.PASS]),
            str(found.counts[Verdict.PASS, Verdict.FAIL]),
            str(found.given(Verdict.UNSURE)),
        )
    with capsys.disabled():
        Console().print("\n", table)

    assert len(photos) == PHOTOS
    helmet = tallies[RuleId.HELMET_WORN]
    assert helmet.total() >= 10
    # Far looser than the figures of the model card: this test looks for breakage.
    assert helmet.counts[Verdict.PASS, Verdict.FAIL] <= 0.1 * helmet.total()
    assert helmet.counts[Verdict.FAIL, Verdict.PASS] <= 0.1 * helmet.total()
    assert helmet.given(Verdict.UNSURE) <= 0.4 * helmet.total()

"""A decision in the service becomes a training picture: over HTTP, through the data engine."""

import json
from pathlib import Path

import yaml

from datasets.build import build
from datasets.reviewed import import_corrections, read_own
from tests.api.conftest import Api
from tests.api.network import photo
from tests.api.test_reviews import review
from vision import Label
from vision.labels import LABELS

HELMET = {"label": "helmet", "xyxy": [100.0, 20.0, 180.0, 60.0]}


def test_from_a_review_to_a_training_set(api: Api, tmp_path: Path) -> None:
    boxed = api.check(data=photo(1, helmet=False))
    review(api, boxed, changes={"helmet.worn": "PASS"}, boxes=[HELMET])
    overruled = api.check(data=photo(2, helmet=False))
    review(api, overruled, changes={"helmet.worn": "PASS"})
    archive = tmp_path / "corrections.zip"
    archive.write_bytes(api.call("supervisor_a", "GET", "/v1/corrections").content)

    counts = import_corrections(archive, tmp_path / "own")
    assert (counts["reviewed"], counts["to_label"]) == (1, 1)
    facts = yaml.safe_load(build(list(read_own(tmp_path / "own")), tmp_path / "set").read_text())
    (listed,) = set((tmp_path / "set" / facts["train"]).read_text().split())
    stem = Path(listed).stem
    line = (tmp_path / "set/labels/train" / f"{stem}.txt").read_text().split()
    numbers = [float(value) for value in line]
    assert LABELS[int(numbers[0])] is Label.HELMET
    assert [round(n * side) for n, side in zip(numbers[1:], (320, 240) * 2, strict=True)] == [
        140, 40, 80, 40,
    ]  # fmt: skip
    known = json.loads((tmp_path / "set/known.json").read_text())[stem]
    assert {LABELS[index] for index in known} >= {Label.HELMET, Label.HEAD}
    assert LABELS.index(Label.BADGE) not in known

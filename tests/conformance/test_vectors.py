"""Python's side of the vectors; the phone's is edge/phone/tests/engine/conformance.test.ts."""

import json
from typing import Any

import numpy as np
import pytest

from edge.phone_data import GENERATED, SERVER_ONLY, files
from tests.conformance import vectors
from tests.conformance.cases import Case, cases
from vision import Reason, Shot, decode_photo, read_manifest
from vision.policy import RuleId

SAY = "run `make conformance` and look at what changed"
# What only rules give that need more than the photo.
ELSEWHERE = ("site_restored", "things_", "other_", "card_", "no_badge_to_judge")


def read(name: str) -> Any:
    return json.loads((vectors.VECTORS / name).read_text(encoding="utf-8"))


RULES = read("rules.json")
CASES = list(cases())
PAIRS = list(zip(RULES["cases"], CASES, strict=False))  # the first test says if one is longer


def test_the_cases_are_those_of_the_table() -> None:
    assert [vector["name"] for vector in RULES["cases"]] == [case.name for case in CASES], SAY


@pytest.mark.parametrize(
    ("vector", "case"),
    PAIRS,
    ids=[case.name for _, case in PAIRS],
)
def test_report(vector: dict[str, Any], case: Case) -> None:
    data = (vectors.VECTORS / vectors.PICTURES / vector["picture"]).read_bytes()
    assert np.array_equal(decode_photo(data).pixels, decode_photo(case.picture).pixels), SAY
    checker = vectors.checker_for(case)
    shot = None if vector["shot"] is None else Shot(vector["shot"])
    assert vectors.timeless(checker.check(data, shot)) == vector["report"], SAY


def test_vectors_cover_every_rule_and_every_reason() -> None:
    findings = [f for vector in RULES["cases"] for f in vector["report"]["findings"]]
    assert {f["rule"] for f in findings} == set(RuleId) - set(SERVER_ONLY)
    missing = set(Reason) - {f["reason"] for f in findings}
    assert {reason for reason in missing if not reason.startswith(ELSEWHERE)} == set()


def test_heads() -> None:
    assert read("heads.json") == vectors.heads(), SAY


def test_pictures() -> None:
    for vector, found in zip(read("pictures.json"), vectors.pictures(), strict=True):
        assert found["quality"] == pytest.approx(vector["quality"], rel=1e-9)
        assert found["gains"] == pytest.approx(vector["gains"], rel=1e-9)
        exact = ("size", "shape", "sha256", "fit")
        assert {k: found[k] for k in exact} == {k: vector[k] for k in exact}, SAY


def test_photos() -> None:
    """Demo photos through the shipped network; scores differ a little between processors."""
    photos = read("photos.json")
    assert photos["network"] == read_manifest().sha256, f"the network is another: {SAY}"
    found = vectors.photos()["photos"]
    assert set(found) == set(photos["photos"]), SAY
    for name, report in found.items():
        expected = photos["photos"][name]
        assert report["verdict"] == expected["verdict"], name
        for ours, theirs in zip(report["findings"], expected["findings"], strict=True):
            said = ("rule", "verdict", "reason", "detail", "advisory", "clause")
            assert {k: ours[k] for k in said} == {k: theirs[k] for k in said}, name
            assert ours["score"] == pytest.approx(theirs["score"], abs=0.01), name


@pytest.mark.parametrize("name", list(files()))
def test_what_the_phone_takes_over_is_fresh(name: str) -> None:
    committed = (GENERATED / name).read_text(encoding="utf-8")
    assert committed == files()[name], "run `make phone-data`"

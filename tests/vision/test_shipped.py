"""The shipped network on the demo photos."""

from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vision import Checker, Finding, Label, Reason, Report, SessionSettings, Shot, Verdict
from vision.manifest import DEFAULT_MANIFEST
from vision.policy import RuleId
from vision.rules import RULES

DEMO = Path(__file__).parents[2] / "demo"
PHOTOS = sorted(DEMO.glob("*.jpg"))
PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.UNSURE
R = RuleId
NEED_MORE = {R.BADGE_CARD, R.SITE_RESTORED}  # a staff number, the place before the work


@cache
def checker() -> Checker:
    return Checker.open(settings=SessionSettings(threads=1))


@cache
def report(name: str) -> Report:
    return checker().check((DEMO / f"{name}.jpg").read_bytes(), shot_of(name))


def shot_of(name: str) -> Shot:
    if name.startswith("site"):
        return Shot.SITE_AFTER
    return Shot(name.split("_", maxsplit=1)[0])


def finding(name: str, rule: RuleId) -> Finding:
    (found,) = [f for f in report(name).findings if f.rule == rule]
    return found


def supported(rule: RuleId) -> bool:
    facts = checker().detector.manifest.facts_for(rule)
    return all(label in facts and facts[label].supported for label in RULES[rule].needs)


def test_verify() -> None:
    from models.cli import app  # noqa: PLC0415 - needs more than this file's other tests

    result = CliRunner().invoke(app, ["verify"])
    assert result.exit_code == 0, result.output


def test_network_is_small() -> None:
    path = DEFAULT_MANIFEST.parent / checker().detector.manifest.file
    assert path.stat().st_size <= 12_000_000


def test_manifest_gives_the_figures_behind_its_thresholds() -> None:
    manifest = checker().detector.manifest
    assert manifest.metrics
    assert manifest.trained_on
    labels = [facts.label for facts in manifest.classes]
    assert len(labels) == len(set(labels))
    for facts in manifest.classes:
        assert facts.absent <= facts.present, facts.label
        assert facts.why, facts.label
    core = {Label.PERSON, Label.HELMET, Label.HEAD}
    assert all(facts.supported for facts in manifest.classes if facts.label in core)


def test_there_are_demo_photos() -> None:
    assert len(PHOTOS) >= 10


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_every_demo_photo_gets_a_report(path: Path) -> None:
    found = report(path.stem)
    asked = checker().policy.shots[found.shot]
    assert [f.rule for f in found.findings] == [rule for rule in asked if rule not in NEED_MORE]
    width, height = found.photo_size
    for evidence in found.to_json()["findings"]:
        for box in evidence["boxes"]:
            x1, y1, x2, y2 = box["xyxy"]
            assert 0 <= x1 <= x2 <= width
            assert 0 <= y1 <= y2 <= height


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_unsupported_rules_are_never_guessed(path: Path) -> None:
    poor = {Reason.PHOTO_BLURRED, Reason.PHOTO_DARK, Reason.PHOTO_BURNT_OUT}
    for found in report(path.stem).findings:
        if found.reason in poor:
            continue
        if found.rule is R.UNIFORM_REFLECTIVE and supported(found.rule):
            continue  # a vest it can see, strips it may not: tests/vision/test_rules.py
        assert (found.reason is Reason.NOT_SUPPORTED) == (not supported(found.rule)), found.rule
        if found.reason is Reason.NOT_SUPPORTED:
            assert found.verdict is UNSURE


@pytest.mark.parametrize(
    ("name", "rule", "verdict"),
    [
        ("selfie_no_helmet", R.HELMET_WORN, FAIL),
        ("selfie_yellow_helmet", R.HELMET_WORN, PASS),
        ("selfie_yellow_helmet", R.HELMET_COLOUR, FAIL),
        ("selfie_ok", R.HELMET_WORN, PASS),
        ("selfie_ok", R.HELMET_COLOUR, PASS),
        ("selfie_full_ok", R.HELMET_WORN, PASS),
        ("selfie_full_ok", R.HELMET_COLOUR, PASS),
    ],
)
def test_demo_verdict(name: str, rule: RuleId, verdict: Verdict) -> None:
    found = finding(name, rule)
    assert found.verdict is verdict, found


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("selfie_no_badge", R.BADGE_WORN),
        ("selfie_no_helmet", R.HELMET_WORN),
        ("selfie_yellow_helmet", R.HELMET_COLOUR),
        ("selfie_grey_clothes", R.UNIFORM_COLOUR),
        ("selfie_grey_clothes", R.UNIFORM_REFLECTIVE),
        ("shoes_bare", R.SHOES_COVERS),
        ("site_littered", R.SITE_CLEAN),
    ],
)
def test_what_is_wrong_never_passes(name: str, rule: RuleId) -> None:
    assert finding(name, rule).verdict is not PASS


def test_twice_gives_the_same_answer() -> None:
    name = "selfie_ok"
    again = checker().check((DEMO / f"{name}.jpg").read_bytes(), Shot.SELFIE)
    assert again.findings == report(name).findings


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_the_shot_is_guessed(path: Path) -> None:
    guessed = checker().check(path.read_bytes())
    assert guessed.shot_guessed
    assert guessed.shot is shot_of(path.stem)

"""The truth of a photo comes from its labels, and only where they decide it."""

from pathlib import Path

import pytest

from datasets.boxes import Box
from datasets.records import Record
from models.truth import judgements, truth_of
from models.verdicts import Tally
from vision.findings import Finding, Reason, Verdict
from vision.labels import LABELS, Label
from vision.policy import RuleId

SIZE = (1000, 1000)


def _record(
    *boxes: tuple[Label, Box], source: str = "panly_workwear", known: frozenset[Label] | None = None
) -> Record:
    return Record(
        source=source,
        path=Path("photo.webp"),
        size=SIZE,
        group="g",
        boxes=boxes,
        known=frozenset(LABELS) if known is None else known,
    )


HEAD: Box = (400, 100, 500, 220)
SMALL_HEAD: Box = (10, 10, 60, 70)
TORSO: Box = (350, 220, 560, 600)


@pytest.mark.parametrize(
    ("record", "rule", "expected"),
    [
        (_record((Label.HELMET, HEAD)), RuleId.HELMET_WORN, Verdict.PASS),
        (_record((Label.HEAD, HEAD)), RuleId.HELMET_WORN, Verdict.FAIL),
        # a small bystander does not matter, a large one makes it undecided
        (
            _record((Label.HEAD, HEAD), (Label.HELMET, SMALL_HEAD)),
            RuleId.HELMET_WORN,
            Verdict.FAIL,
        ),
        (_record((Label.HEAD, HEAD), (Label.HELMET, HEAD)), RuleId.HELMET_WORN, None),
        (_record((Label.HEAD, SMALL_HEAD)), RuleId.HELMET_WORN, None),
        # a source that does not label bare heads decides nothing
        (
            _record((Label.HELMET, HEAD), known=frozenset({Label.HELMET})),
            RuleId.HELMET_WORN,
            None,
        ),
        (
            _record((Label.HELMET, HEAD), (Label.WORKWEAR, TORSO)),
            RuleId.UNIFORM_WORN,
            Verdict.PASS,
        ),
        (
            _record((Label.HELMET, HEAD), (Label.PLAINWEAR, TORSO)),
            RuleId.UNIFORM_WORN,
            Verdict.FAIL,
        ),
        (
            _record((Label.BADGE, SMALL_HEAD), source="badge_manual"),
            RuleId.BADGE_WORN,
            Verdict.PASS,
        ),
        (_record(source="badge_manual"), RuleId.BADGE_WORN, Verdict.FAIL),
        (_record(source="panly_workwear"), RuleId.BADGE_WORN, None),
        (
            _record((Label.SHOE_COVER, SMALL_HEAD), (Label.SHOE_COVER, HEAD)),
            RuleId.SHOES_COVERS,
            Verdict.PASS,
        ),
        (_record((Label.SHOE_COVER, HEAD)), RuleId.SHOES_COVERS, None),  # one foot of two
        (
            _record((Label.HEAD, HEAD), (Label.VEST, TORSO)),
            RuleId.UNIFORM_REFLECTIVE,
            Verdict.PASS,
        ),
        (_record((Label.HEAD, HEAD)), RuleId.UNIFORM_REFLECTIVE, None),
        (_record(source="room_messy"), RuleId.SITE_CLEAN, Verdict.FAIL),
        (_record(source="room_houses"), RuleId.SITE_CLEAN, Verdict.PASS),
        (
            _record((Label.SHOE_COVER, SMALL_HEAD), (Label.SHOES, HEAD)),
            RuleId.SHOES_COVERS,
            Verdict.FAIL,
        ),
        (_record(), RuleId.SHOES_COVERS, None),
    ],
)
def test_truth(record: Record, rule: RuleId, expected: Verdict | None) -> None:
    assert truth_of(record, None).get(rule) is expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("CHECKED", Verdict.PASS), (None, Verdict.FAIL), ("AUTO", None), ("SEQ", Verdict.PASS)],
)
def test_helmet_colour_needs_an_eye(tag: str | None, expected: Verdict | None) -> None:
    truth = truth_of(_record((Label.HELMET, HEAD)), {"orange": tag})
    assert truth.get(RuleId.HELMET_COLOUR) is expected


def test_blue_work_clothes_without_strips_need_an_eye() -> None:
    eye: dict[str, str | None] = {"blue": "BLUE"}
    record, vest = _record((Label.HELMET, HEAD)), _record((Label.HELMET, HEAD), (Label.VEST, TORSO))
    assert truth_of(record, eye)[RuleId.UNIFORM_REFLECTIVE] is Verdict.FAIL
    assert truth_of(vest, eye)[RuleId.UNIFORM_REFLECTIVE] is Verdict.PASS


def test_who_looked_knows_better_than_the_labels() -> None:
    record = _record(source="badge_manual")
    assert RuleId.BADGE_WORN not in truth_of(record, None, {RuleId.BADGE_WORN: None})
    judged = truth_of(record, None, {RuleId.BADGE_WORN: Verdict.PASS})
    assert judged[RuleId.BADGE_WORN] is Verdict.PASS


def test_every_line_of_the_list_can_be_read() -> None:
    assert judgements()


def test_tally_figures() -> None:
    tally = Tally()
    answers = [
        (Verdict.FAIL, Verdict.FAIL, 8),
        (Verdict.FAIL, Verdict.PASS, 1),
        (Verdict.FAIL, Verdict.UNSURE, 1),
        (Verdict.PASS, Verdict.PASS, 17),
        (Verdict.PASS, Verdict.FAIL, 2),
        (Verdict.PASS, Verdict.UNSURE, 1),
    ]
    for truth, verdict, times in answers:
        finding = Finding(RuleId.HELMET_WORN, verdict, Reason.HEAD_BARE)
        for number in range(times):
            tally.add(f"{truth}{verdict}{number}", truth, finding)
    figures = tally.figures()
    assert figures["photos"] == 30
    assert figures["fail_precision"] == pytest.approx(0.8)
    assert figures["wrong_pass"] == pytest.approx(0.1)
    assert figures["wrong_pass_of_passes"] == pytest.approx(1 / 18, abs=1e-4)
    assert figures["wrong_fail"] == pytest.approx(0.1)
    assert figures["unsure"] == pytest.approx(2 / 30, abs=1e-4)
    assert figures["balanced_accuracy"] == pytest.approx((0.8 + 0.85) / 2)
    assert len(tally.wrong) == 5

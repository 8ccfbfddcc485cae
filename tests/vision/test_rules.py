"""Every rule as a table: what the network sees and the photo shows → verdict and reason."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest

from tests.vision.networks import NOTHING, SURE, UNCLEAR, box, checker_of, default_policy
from tests.vision.pictures import (
    BLACK,
    BLUE,
    GREY,
    NAVY,
    ORANGE,
    RED,
    WHITE,
    YELLOW,
    canvas,
    encode,
    paint,
)
from vision import Box, Finding, Label, Policy, Reason, Report, Shot, Verdict
from vision.findings import overall
from vision.policy import RuleId, Weight
from vision.rules import RULES

PASS, FAIL, UNSURE, NOT_ASKED = Verdict.PASS, Verdict.FAIL, Verdict.UNSURE, Verdict.NOT_ASKED

# One technician to the hips in a 640 x 480 photo.
PERSON = box(Label.PERSON, 200, 20, 440, 470)
CUT_OFF = box(Label.PERSON, 200, 20, 440, 290)
HELMET = box(Label.HELMET, 270, 25, 370, 105)
HEAD = box(Label.HEAD, 275, 30, 365, 150)
TORSO = box(Label.WORKWEAR, 215, 170, 425, 460)
PLAIN = replace(TORSO, label=Label.PLAINWEAR)
VEST = replace(TORSO, label=Label.VEST)
BADGE = box(Label.BADGE, 300, 240, 340, 290)
LOW_BADGE = box(Label.BADGE, 300, 430, 330, 458)
BELT_BADGE = box(Label.BADGE, 300, 452, 330, 478)
STRIP = box(Label.STRIP, 225, 330, 415, 345)
SLEEVE = box(Label.STRIP, 210, 280, 245, 295)
GLASSES = box(Label.SUNGLASSES, 285, 80, 355, 100)
HELD = box(Label.HELMET, 340, 350, 430, 430)
# Two feet without their owner.
LEFT, RIGHT = box(Label.SHOE_COVER, 180, 200, 290, 400), box(Label.SHOE_COVER, 330, 200, 440, 400)
LITTER = box(Label.LITTER, 100, 380, 180, 440)


def scored(thing: Box, score: float) -> Box:
    return replace(thing, score=score)


def as_label(thing: Box, label: Label) -> Box:
    return replace(thing, label=label)


@dataclass(frozen=True)
class Painted:
    """A box and the colour the photo has there."""

    place: Box
    colour: tuple[int, int, int]


class Case(NamedTuple):
    name: str
    rule: RuleId
    sees: tuple[Box, ...]
    verdict: Verdict
    reason: Reason
    shows: tuple[Painted, ...] = ()


def check(
    sees: tuple[Box, ...],
    shot: Shot,
    shows: tuple[Painted, ...] = (),
    unsupported: tuple[Label, ...] = (),
    policy: Policy | None = None,
) -> Report:
    pixels = canvas()
    for painted in shows:
        paint(pixels, painted.place, painted.colour)
    return checker_of(sees, unsupported, policy).check(encode(pixels), shot)


def finding(report: Report, rule: RuleId) -> Finding:
    (found,) = [f for f in report.findings if f.rule == rule]
    return found


WORN = (PERSON, HELMET, TORSO)
R = RuleId
FAR = tuple(  # the technician a few pixels tall
    replace(b, x1=b.x1 / 30, y1=b.y1 / 30, x2=b.x2 / 30, y2=b.y2 / 30) for b in WORN
)


def beside(part: Box) -> Box:
    """The same part on somebody to the right."""
    return replace(part, x1=part.x1 + 190, x2=part.x2 + 190)


def apart(part: Box) -> Box:
    """The same part on somebody to the left."""
    return replace(part, x1=part.x1 - 190, x2=part.x2 - 190)


NEIGHBOUR = tuple(map(beside, WORN))
TWINS = (*map(apart, WORN), *NEIGHBOUR)
BARE = (PERSON, HEAD, TORSO)
ONE_BARE = (*map(apart, BARE), *NEIGHBOUR)
BOTH_BARE = (*map(apart, BARE), *map(beside, BARE))
FAR_TOO = tuple(replace(b, x1=b.x1 + 30, x2=b.x2 + 30) for b in FAR)

SELFIES = [
    # every rule of a person
    *(
        Case(f"{name} {rule}", rule, sees, UNSURE, reason)
        for rule in (
            R.HELMET_WORN,
            R.HELMET_COLOUR,
            R.UNIFORM_WORN,
            R.UNIFORM_COLOUR,
            R.UNIFORM_REFLECTIVE,
            R.BADGE_WORN,
            R.FACE_NO_SUNGLASSES,
        )
        for name, sees, reason in (
            ("nobody", (), Reason.NO_PERSON),
            ("far away", FAR, Reason.SUBJECT_TOO_SMALL),
        )
    ),
    # two people about as near: what holds for both holds for whoever is meant
    Case("both in helmets", R.HELMET_WORN, TWINS, PASS, Reason.HELMET_ON_HEAD),
    Case("one of two bareheaded", R.HELMET_WORN, ONE_BARE, UNSURE, Reason.SUBJECT_UNCLEAR),
    Case("both bareheaded", R.HELMET_WORN, BOTH_BARE, FAIL, Reason.HEAD_BARE),
    Case("one of two far away", R.HELMET_WORN, (*FAR, *FAR_TOO), UNSURE, Reason.SUBJECT_UNCLEAR),
    Case("neither with strips", R.UNIFORM_REFLECTIVE, TWINS, FAIL, Reason.STRIPS_MISSING),
    Case(
        "a vest and strips",
        R.UNIFORM_REFLECTIVE,
        (*TWINS, beside(VEST), apart(STRIP), apart(SLEEVE)),
        PASS,
        Reason.STRIPS_SEEN,
    ),
    Case(
        "one of two in a vest",
        R.UNIFORM_REFLECTIVE,
        (*TWINS, beside(VEST)),
        UNSURE,
        Reason.SUBJECT_UNCLEAR,
    ),
    Case(
        "faint badges on both",
        R.BADGE_WORN,
        (*TWINS, beside(scored(BADGE, UNCLEAR)), apart(scored(BADGE, UNCLEAR))),
        UNSURE,
        Reason.SUBJECT_UNCLEAR,
    ),
    # helmet.worn
    Case("helmet", R.HELMET_WORN, WORN, PASS, Reason.HELMET_ON_HEAD),
    Case("bare head", R.HELMET_WORN, (PERSON, HEAD, TORSO), FAIL, Reason.HEAD_BARE),
    Case("held", R.HELMET_WORN, (PERSON, HEAD, TORSO, HELD), FAIL, Reason.HELMET_NOT_ON_HEAD),
    Case("no head", R.HELMET_WORN, (PERSON, TORSO), UNSURE, Reason.HEAD_NOT_VISIBLE),
    Case(
        "faint helmet",
        R.HELMET_WORN,
        (PERSON, TORSO, scored(HELMET, UNCLEAR)),
        UNSURE,
        Reason.HELMET_UNCLEAR,
    ),
    Case(
        "faint head",
        R.HELMET_WORN,
        (PERSON, TORSO, scored(HEAD, UNCLEAR)),
        UNSURE,
        Reason.HELMET_UNCLEAR,
    ),
    Case(
        "under the floor",
        R.HELMET_WORN,
        (PERSON, TORSO, scored(HELMET, NOTHING)),
        UNSURE,
        Reason.HEAD_NOT_VISIBLE,
    ),
    Case(
        "helmet and head alike",
        R.HELMET_WORN,
        (*WORN, scored(HEAD, SURE - 0.01)),
        UNSURE,
        Reason.HELMET_UNCLEAR,
    ),
    Case(
        "helmet beats head",
        R.HELMET_WORN,
        (*WORN, scored(HEAD, UNCLEAR)),
        PASS,
        Reason.HELMET_ON_HEAD,
    ),
    Case(
        "head beats helmet",
        R.HELMET_WORN,
        (PERSON, TORSO, HEAD, scored(HELMET, UNCLEAR)),
        FAIL,
        Reason.HEAD_BARE,
    ),
    # helmet.colour
    Case(
        "orange",
        R.HELMET_COLOUR,
        WORN,
        PASS,
        Reason.COLOUR_RIGHT,
        (Painted(HELMET, ORANGE),),
    ),
    *(
        Case(f"helmet {rgb}", R.HELMET_COLOUR, WORN, FAIL, Reason.COLOUR_WRONG, shows)
        for rgb in (RED, YELLOW, WHITE, BLUE)
        for shows in [(Painted(HELMET, rgb),)]
    ),
    Case(
        "bare head has no colour",
        R.HELMET_COLOUR,
        (PERSON, HEAD, TORSO),
        NOT_ASKED,
        Reason.NO_HELMET_TO_JUDGE,
    ),
    Case(
        "helmet unsure, colour unsure",
        R.HELMET_COLOUR,
        (PERSON, TORSO, scored(HELMET, UNCLEAR)),
        UNSURE,
        Reason.HELMET_UNCLEAR,
        (Painted(HELMET, ORANGE),),
    ),
    # uniform.worn
    Case("work clothes", R.UNIFORM_WORN, WORN, PASS, Reason.WORKWEAR_WORN),
    Case("plain clothes", R.UNIFORM_WORN, (PERSON, HELMET, PLAIN), FAIL, Reason.PLAIN_CLOTHES),
    Case("no torso", R.UNIFORM_WORN, (PERSON, HELMET), UNSURE, Reason.TORSO_NOT_VISIBLE),
    Case(
        "both alike",
        R.UNIFORM_WORN,
        (*WORN, scored(PLAIN, SURE - 0.01)),
        UNSURE,
        Reason.CLOTHES_UNCLEAR,
    ),
    Case(
        "faint",
        R.UNIFORM_WORN,
        (PERSON, HELMET, scored(PLAIN, UNCLEAR)),
        UNSURE,
        Reason.CLOTHES_UNCLEAR,
    ),
    # uniform.colour
    *(
        Case(f"clothes {rgb}", R.UNIFORM_COLOUR, WORN, PASS, Reason.COLOUR_RIGHT, shows)
        for rgb in (BLUE, NAVY)
        for shows in [(Painted(TORSO, rgb),)]
    ),
    *(
        Case(f"clothes {rgb}", R.UNIFORM_COLOUR, WORN, FAIL, Reason.COLOUR_WRONG, shows)
        for rgb in (GREY, BLACK, RED)
        for shows in [(Painted(TORSO, rgb),)]
    ),
    Case("no clothes", R.UNIFORM_COLOUR, (PERSON, HELMET), UNSURE, Reason.TORSO_NOT_VISIBLE),
    Case("under a vest", R.UNIFORM_COLOUR, (*WORN, VEST), UNSURE, Reason.HIDDEN_BY_VEST),
    Case(
        "strip and badge do not count",
        R.UNIFORM_COLOUR,
        (*WORN, STRIP, BADGE),
        PASS,
        Reason.COLOUR_RIGHT,
        (Painted(TORSO, NAVY), Painted(STRIP, YELLOW), Painted(BADGE, WHITE)),
    ),
    # uniform.reflective
    Case("strips", R.UNIFORM_REFLECTIVE, (*WORN, STRIP, SLEEVE), PASS, Reason.STRIPS_SEEN),
    Case("one strip", R.UNIFORM_REFLECTIVE, (*WORN, STRIP), UNSURE, Reason.STRIPS_UNCLEAR),
    Case(
        "one strip twice",
        R.UNIFORM_REFLECTIVE,
        (*WORN, STRIP, replace(STRIP, y2=STRIP.y2 + 3, score=0.8)),
        UNSURE,
        Reason.STRIPS_UNCLEAR,
    ),
    Case(
        "one strip, and a faint one",
        R.UNIFORM_REFLECTIVE,
        (*WORN, STRIP, scored(SLEEVE, UNCLEAR)),
        UNSURE,
        Reason.STRIPS_UNCLEAR,
    ),
    Case("vest", R.UNIFORM_REFLECTIVE, (*WORN, VEST), PASS, Reason.REFLECTIVE_VEST),
    Case("no strip", R.UNIFORM_REFLECTIVE, WORN, FAIL, Reason.STRIPS_MISSING),
    Case(
        "faint strip",
        R.UNIFORM_REFLECTIVE,
        (*WORN, scored(STRIP, UNCLEAR)),
        UNSURE,
        Reason.STRIPS_UNCLEAR,
    ),
    Case(
        "no strip on the chest below a head",
        R.UNIFORM_REFLECTIVE,
        (PERSON, HEAD),
        FAIL,
        Reason.STRIPS_MISSING,
    ),
    Case(
        "no strip, chest cut off",
        R.UNIFORM_REFLECTIVE,
        (CUT_OFF, HEAD),
        UNSURE,
        Reason.TORSO_NOT_VISIBLE,
    ),
    Case("no strip, no chest", R.UNIFORM_REFLECTIVE, (PERSON,), UNSURE, Reason.TORSO_NOT_VISIBLE),
    # badge.worn
    Case("badge", R.BADGE_WORN, (*WORN, BADGE), PASS, Reason.BADGE_ON_CHEST),
    Case("no badge", R.BADGE_WORN, WORN, FAIL, Reason.BADGE_MISSING),
    Case("at the belt", R.BADGE_WORN, (*WORN, BELT_BADGE), FAIL, Reason.BADGE_NOT_ON_CHEST),
    Case("hangs low", R.BADGE_WORN, (*WORN, LOW_BADGE), UNSURE, Reason.BADGE_NOT_ON_CHEST),
    Case(
        "low and faint",
        R.BADGE_WORN,
        (*WORN, scored(LOW_BADGE, UNCLEAR)),
        UNSURE,
        Reason.BADGE_UNCLEAR,
    ),
    Case(
        "faint badge",
        R.BADGE_WORN,
        (*WORN, scored(BADGE, UNCLEAR)),
        UNSURE,
        Reason.BADGE_UNCLEAR,
    ),
    Case("chest below a helmet", R.BADGE_WORN, (PERSON, HELMET), FAIL, Reason.BADGE_MISSING),
    Case("chest below a head", R.BADGE_WORN, (PERSON, HEAD), FAIL, Reason.BADGE_MISSING),
    Case("chest cut off", R.BADGE_WORN, (CUT_OFF, HEAD), UNSURE, Reason.TORSO_NOT_VISIBLE),
    Case("no chest", R.BADGE_WORN, (PERSON,), UNSURE, Reason.TORSO_NOT_VISIBLE),
    Case(
        "chest below a faint head",
        R.BADGE_WORN,
        (PERSON, scored(HEAD, UNCLEAR)),
        UNSURE,
        Reason.TORSO_NOT_VISIBLE,
    ),
    # face.no_sunglasses
    Case("glasses", R.FACE_NO_SUNGLASSES, (*WORN, GLASSES), FAIL, Reason.SUNGLASSES_WORN),
    Case("no glasses", R.FACE_NO_SUNGLASSES, WORN, PASS, Reason.NO_SUNGLASSES),
    Case(
        "faint glasses",
        R.FACE_NO_SUNGLASSES,
        (*WORN, scored(GLASSES, UNCLEAR)),
        UNSURE,
        Reason.SUNGLASSES_UNCLEAR,
    ),
    Case("no face", R.FACE_NO_SUNGLASSES, (PERSON, TORSO), UNSURE, Reason.FACE_NOT_VISIBLE),
]

BARE_LEFT = as_label(LEFT, Label.SHOES)
SLIPPER = as_label(LEFT, Label.SLIPPER)

SHOES = [
    Case("covers", R.SHOES_COVERS, (LEFT, RIGHT), PASS, Reason.ALL_COVERED),
    Case("no feet", R.SHOES_COVERS, (), UNSURE, Reason.FEET_NOT_VISIBLE),
    Case("one bare", R.SHOES_COVERS, (BARE_LEFT, RIGHT), FAIL, Reason.SHOE_UNCOVERED),
    Case("slipper, no cover", R.SHOES_COVERS, (SLIPPER, RIGHT), FAIL, Reason.SHOE_UNCOVERED),
    Case("one foot", R.SHOES_COVERS, (LEFT,), UNSURE, Reason.ONE_FOOT_ONLY),
    Case(
        "faint foot",
        R.SHOES_COVERS,
        (LEFT, scored(RIGHT, UNCLEAR)),
        UNSURE,
        Reason.COVERS_UNCLEAR,
    ),
    Case(
        "no real foot",
        R.SHOES_COVERS,
        (scored(LEFT, NOTHING), scored(RIGHT, NOTHING)),
        UNSURE,
        Reason.FEET_NOT_VISIBLE,
    ),
    Case(
        "shoe guessed under a cover",
        R.SHOES_COVERS,
        (LEFT, RIGHT, scored(BARE_LEFT, UNCLEAR)),
        PASS,
        Reason.ALL_COVERED,
    ),
    Case("shoes", R.SHOES_NO_SLIPPERS, (BARE_LEFT, RIGHT), PASS, Reason.NO_SLIPPERS),
    Case("slipper", R.SHOES_NO_SLIPPERS, (SLIPPER, RIGHT), FAIL, Reason.SLIPPERS_WORN),
    Case("slippers, no feet", R.SHOES_NO_SLIPPERS, (), UNSURE, Reason.FEET_NOT_VISIBLE),
]

SITES = [
    Case("clean", R.SITE_CLEAN, (), PASS, Reason.SITE_CLEAN),
    Case("litter", R.SITE_CLEAN, (LITTER,), FAIL, Reason.LITTER_LEFT),
    Case("tool", R.SITE_CLEAN, (as_label(LITTER, Label.TOOL),), FAIL, Reason.LITTER_LEFT),
    Case("faint litter", R.SITE_CLEAN, (scored(LITTER, UNCLEAR),), UNSURE, Reason.SITE_UNCLEAR),
    Case("no real litter", R.SITE_CLEAN, (scored(LITTER, NOTHING),), PASS, Reason.SITE_CLEAN),
    Case(
        "litter in front of somebody",
        R.SITE_CLEAN,
        (PERSON, box(Label.LITTER, 280, 400, 360, 460)),
        FAIL,
        Reason.LITTER_LEFT,
    ),
]

CASES = (
    [(Shot.SELFIE, case) for case in SELFIES]
    + [(Shot.SHOES, case) for case in SHOES]
    + [(Shot.SITE_AFTER, case) for case in SITES]
)


@pytest.mark.parametrize(("shot", "case"), CASES, ids=[case.name for _, case in CASES])
def test_verdict(shot: Shot, case: Case) -> None:
    found = finding(check(case.sees, shot, case.shows), case.rule)

    assert (found.verdict, found.reason) == (case.verdict, case.reason)


def test_tables_cover_every_rule_and_every_reason_of_a_rule() -> None:
    cases = [case for _, case in CASES]
    assert {case.rule for case in cases} | {R.SITE_RESTORED, R.BADGE_CARD} == set(RuleId)
    elsewhere = {  # tested below
        Reason.PHOTO_BLURRED,
        Reason.PHOTO_DARK,
        Reason.PHOTO_BURNT_OUT,
        Reason.NOT_SUPPORTED,
        Reason.COLOUR_UNCLEAR,
        # test_restored.py
        Reason.SITE_RESTORED,
        Reason.THINGS_MOVED,
        Reason.THINGS_ADDED,
        Reason.OTHER_PLACE,
        Reason.OTHER_LIGHT,
        # test_mess.py
        Reason.SITE_TIDY,
        Reason.SITE_MESSY,
        Reason.MESS_UNCLEAR,
        # test_card.py
        Reason.NO_BADGE_TO_JUDGE,
        Reason.CARD_TOO_SMALL,
        Reason.CARD_SHAPE_UNCLEAR,
        Reason.CARD_SHAPE_WRONG,
        Reason.CARD_NUMBER_RIGHT,
        Reason.CARD_NUMBER_WRONG,
        Reason.CARD_ILLEGIBLE,
        Reason.CARD_READER_MISSING,
    }
    assert {case.reason for case in cases} | elsewhere == set(Reason)


def test_half_orange_helmet_is_unsure() -> None:
    """A share between the policy's two figures is neither right nor wrong."""
    policy = default_policy()
    settings = policy.rules[R.HELMET_COLOUR]
    middle = (settings.pass_share + settings.fail_share) / 2
    for share in np.linspace(0.05, 0.95, 19):  # the measured region is an inner part of the box
        half = replace(HELMET, y2=HELMET.y1 + share * HELMET.height)
        report = check(WORN, Shot.SELFIE, (Painted(HELMET, WHITE), Painted(half, ORANGE)))
        found = finding(report, R.HELMET_COLOUR)
        assert found.value is not None
        assert found.threshold is not None
        if settings.fail_share < found.value < settings.pass_share:
            assert (found.verdict, found.reason) == (UNSURE, Reason.COLOUR_UNCLEAR)
            return
    pytest.fail(f"no share near {middle} was met")


def test_there_is_a_judge_for_every_rule() -> None:
    assert set(RULES) == set(RuleId)
    for rule_id, rule in RULES.items():
        assert rule.id == rule_id
        assert rule.needs or rule.compares


@pytest.mark.parametrize(
    "rule_id", [r for r in RuleId if RULES[r].needs and not RULES[r].asks_number]
)
def test_what_the_network_cannot_see_is_never_guessed(rule_id: RuleId) -> None:
    """Whichever needed class is unsupported: UNSURE, though the network draws boxes of it."""
    shot = next(s for s, case in CASES if case.rule == rule_id)
    sees = (*WORN, BADGE, STRIP, GLASSES, LEFT, RIGHT, LITTER)
    for label in RULES[rule_id].needs:
        found = finding(check(sees, shot, unsupported=(label,)), rule_id)
        assert (found.verdict, found.reason) == (UNSURE, Reason.NOT_SUPPORTED), label
        assert found.boxes == ()


def test_vest_is_reflective_though_strips_are_not_supported() -> None:
    shot = next(s for s, case in CASES if case.rule == R.UNIFORM_REFLECTIVE)
    for sees, verdict, reason in (
        ((*WORN, VEST, STRIP), PASS, Reason.REFLECTIVE_VEST),
        ((*WORN, STRIP, SLEEVE), UNSURE, Reason.NOT_SUPPORTED),
        (WORN, UNSURE, Reason.NOT_SUPPORTED),
    ):
        found = finding(check(sees, shot, unsupported=(Label.STRIP,)), R.UNIFORM_REFLECTIVE)
        assert (found.verdict, found.reason) == (verdict, reason)


def test_unsupported_tool_is_no_litter() -> None:
    tool = as_label(LITTER, Label.TOOL)
    report = check((tool,), Shot.SITE_AFTER, unsupported=(Label.TOOL,))
    assert finding(report, R.SITE_CLEAN).verdict is PASS


def test_finding_carries_evidence_score_value_and_clause() -> None:
    report = check((*WORN, scored(BADGE, 0.8)), Shot.SELFIE)
    found = finding(report, R.BADGE_WORN)
    assert [b.label for b in found.boxes] == [Label.BADGE]
    assert found.score == pytest.approx(0.8)
    assert found.value == pytest.approx(0.8)
    assert found.threshold == pytest.approx(0.5)
    assert found.clause == default_policy().rules[R.BADGE_WORN].clause


DRESSED = (*WORN, BADGE, STRIP, SLEEVE)
GOOD_COLOURS = (Painted(HELMET, ORANGE), Painted(TORSO, NAVY))


def test_everything_right_passes() -> None:
    report = check(DRESSED, Shot.SELFIE, GOOD_COLOURS)
    assert {f.verdict for f in report.findings} == {PASS}
    assert report.verdict is PASS


def test_advisory_rule_never_fails_the_photo() -> None:
    policy = default_policy()
    asked = dict.fromkeys(policy.shots[Shot.SELFIE], Weight.REQUIRED)
    asked[R.BADGE_WORN] = Weight.ADVISORY
    lenient = policy.model_copy(update={"shots": policy.shots | {Shot.SELFIE: asked}})
    sees = tuple(b for b in DRESSED if b is not BADGE)

    strict_report = check(sees, Shot.SELFIE, GOOD_COLOURS)
    report = check(sees, Shot.SELFIE, GOOD_COLOURS, policy=lenient)

    assert strict_report.verdict is FAIL
    assert report.verdict is PASS
    found = finding(report, R.BADGE_WORN)
    assert (found.verdict, found.advisory) == (FAIL, True)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((), NOT_ASKED),
        ((PASS,), PASS),
        ((PASS, NOT_ASKED), PASS),
        ((NOT_ASKED,), NOT_ASKED),
        ((PASS, UNSURE), UNSURE),
        ((PASS, UNSURE, FAIL), FAIL),
        ((FAIL, NOT_ASKED), FAIL),
    ],
)
def test_overall_verdict(verdicts: tuple[Verdict, ...], expected: Verdict) -> None:
    findings = tuple(Finding(R.HELMET_WORN, v, Reason.HEAD_BARE) for v in verdicts)
    for order in (findings, findings[::-1]):
        assert overall(order) is expected
    noise = tuple(Finding(R.SITE_CLEAN, v, Reason.HEAD_BARE, advisory=True) for v in Verdict)
    assert overall(findings + noise) is expected


def dark() -> bytes:
    return encode((canvas() // 16).astype(np.uint8))


def burnt_out() -> bytes:
    pixels = canvas()
    share = (1 + default_policy().quality.max_glare) / 2
    pixels[:, : round(share * pixels.shape[1])] = 255
    return encode(pixels)


def blurred() -> bytes:
    ramp = np.linspace(60, 190, 640).astype(np.uint8)
    return encode(np.broadcast_to(ramp[None, :, None], (480, 640, 3)).copy())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (dark(), Reason.PHOTO_DARK),
        (burnt_out(), Reason.PHOTO_BURNT_OUT),
        (blurred(), Reason.PHOTO_BLURRED),
    ],
    ids=["dark", "burnt out", "blurred"],
)
@pytest.mark.parametrize("sees", [DRESSED, (PERSON, HEAD, PLAIN)], ids=["good", "bad"])
def test_poor_photo_is_unsure(sees: tuple[Box, ...], data: bytes, reason: Reason) -> None:
    report = checker_of(sees).check(data, Shot.SELFIE)
    assert report.verdict is UNSURE
    assert {(f.verdict, f.reason) for f in report.findings} == {(UNSURE, reason)}
    for f in report.findings:
        assert f.value is not None
        assert f.threshold is not None
        assert f.clause


@pytest.mark.parametrize(
    ("sees", "shot"),
    [
        (WORN, Shot.SELFIE),
        ((PERSON, HEAD), Shot.SELFIE),
        ((TORSO,), Shot.SELFIE),
        ((PERSON, TORSO, scored(LEFT, 0.6)), Shot.SELFIE),
        ((PERSON, scored(TORSO, 0.6), LEFT, RIGHT), Shot.SHOES),
        ((PERSON, HEAD, scored(TORSO, 0.6), LEFT, RIGHT), Shot.SELFIE),
        ((LEFT, RIGHT), Shot.SHOES),
        ((), Shot.SITE_AFTER),
        ((LITTER,), Shot.SITE_AFTER),
    ],
)
def test_shot_is_guessed_from_what_is_seen(sees: tuple[Box, ...], shot: Shot) -> None:
    report = checker_of(sees).check(encode(canvas()))
    assert (report.shot, report.shot_guessed) == (shot, True)


@pytest.mark.parametrize("shot", [Shot.SITE_BEFORE, Shot.KIT])
def test_shot_without_rules_is_not_asked(shot: Shot) -> None:
    report = check(WORN, shot)
    assert report.findings == ()
    assert report.verdict is NOT_ASKED

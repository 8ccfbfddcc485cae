"""The card of a badge: shape, colours, QR code, text, and whose number stands on it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.card_study import NUMBER, OTHER, context_of, judge, make_photo, wearer
from tests.vision.networks import box, checker_of
from tests.vision.pictures import BLUE, canvas, encode, paint
from vision import Finding, Label, Reason, Shot, Verdict
from vision.card import Number, aspect, compare_number, crop, read_qr
from vision.card_text import text_reader
from vision.policy import RuleId
from vision.rules.badge_card import badge_card

PERSON = box(Label.PERSON, 200, 20, 440, 470)
HELMET = box(Label.HELMET, 270, 25, 370, 105)
TORSO = box(Label.WORKWEAR, 215, 170, 425, 460)
BADGE = box(Label.BADGE, 280, 220, 370, 340)


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("72965", "NO.72965", Number.SAME),
        ("72965", "NO72965", Number.SAME),
        ("72965", "工号：７２９６５", Number.SAME),  # full width
        ("SZ10086", "工号 SZ-10 086", Number.SAME),
        ("SZ10086", "NOSZ1OO86", Number.SAME),  # letters for digits
        ("sz10086", "SZ10086 A. PETROV", Number.SAME),
        ("72965", "172965", Number.UNREAD),  # a longer number
        ("72965", "729650", Number.UNREAD),
        ("72965", "NO. 13404", Number.OTHER),
        ("72965", "NO. 72966", Number.UNREAD),  # may be misread
        ("72965", "DEPT. 13404", Number.UNREAD),  # not called a staff number
        ("10086", "热线 10000", Number.UNREAD),
        ("SZ10086", "工号 20417", Number.UNREAD),  # not made like ours
        ("72965", "", Number.UNREAD),
        ("--", "NO. 13404", Number.UNREAD),
    ],
)
def test_numbers_in_read_text(number: str, text: str, expected: Number) -> None:
    assert compare_number(number, ["TELECOM", text]) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SZ10086", Number.SAME),
        ("ID-SZ10086", Number.SAME),
        ("SZ10087", Number.OTHER),  # decoded, not read: one digit is another number
        ("https://work.weixin.qq.com/u/vc81f", Number.UNREAD),
    ],
)
def test_numbers_in_a_qr_code(text: str, expected: Number) -> None:
    assert compare_number("SZ10086", [text], exact=True) is expected


@pytest.mark.parametrize("turn", [0, 7, 15])
@pytest.mark.parametrize(("size", "expected"), [((75, 100), 0.75), ((180, 110), 0.61)])
def test_shape_of_a_turned_card(turn: int, size: tuple[int, int], expected: float) -> None:
    pixels = np.full((400, 400, 3), (40, 60, 110), np.uint8)
    corners = cv2.boxPoints(((200.0, 200.0), size, float(turn)))
    cv2.fillConvexPoly(pixels, np.round(corners).astype(np.int32), (245, 246, 248))
    (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
    found = aspect(crop(pixels, box(Label.BADGE, x1, y1, x2, y2)))
    assert found == pytest.approx(expected, abs=0.05)


def test_no_outline_no_shape() -> None:
    pixels = np.full((200, 200, 3), 120, np.uint8)
    assert aspect(crop(pixels, box(Label.BADGE, 60, 40, 120, 120))) is None


def test_a_crop_stays_in_the_photo_and_keeps_the_box() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[80:100, 150:200] = 255
    close = crop(pixels, box(Label.BADGE, 75, 40, 100, 50), scale=2.0)
    x1, y1, x2, y2 = (round(edge) for edge in close.xyxy)
    assert (close.pixels[y1:y2, x1:x2] == 255).all()
    assert close.short_side == 20


SHARP = 3.0  # pixels per millimetre: a phone's selfie in full


@pytest.mark.parametrize(
    ("kind", "fineness", "verdicts", "reasons"),
    [
        ("own", SHARP, {Verdict.PASS}, {Reason.CARD_NUMBER_RIGHT}),
        ("another's", SHARP, {Verdict.FAIL}, {Reason.CARD_NUMBER_WRONG}),
        ("red", SHARP, {Verdict.FAIL}, {Reason.COLOUR_WRONG}),
        ("own", 0.4, {Verdict.UNSURE}, {Reason.CARD_TOO_SMALL}),
    ],
)
def test_made_up_cards(
    kind: str, fineness: float, verdicts: set[Verdict], reasons: set[Reason]
) -> None:
    """One card of a kind, with a QR code; `python -m models.card_study` tells of many."""
    found = judge(*make_photo(np.random.default_rng(4), kind, fineness), NUMBER)
    assert ({found.verdict}, {found.reason}) == (verdicts, reasons)


def test_the_text_reader_reads_a_number_without_a_qr_code() -> None:
    read_text = text_reader()
    assert read_text is not None, "pip install 'ppe-check[ocr]'"
    pixels = np.full((160, 320, 3), 250, np.uint8)
    cv2.putText(pixels, "NO. 20417", (20, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (20, 20, 30), 2)
    assert compare_number("20417", read_text(pixels)) is Number.SAME


def photo_with_card(number: str) -> np.ndarray:
    """The technician of `PERSON`, twice as large as the network sees, with a QR code on a card."""
    pixels = canvas()
    for place in (TORSO,):
        paint(pixels, place, BLUE)
    paint(pixels, BADGE, (250, 251, 253))
    large = np.repeat(np.repeat(pixels, 2, axis=0), 2, axis=1)
    modules = cv2.QRCodeEncoder.create().encode(number)
    code = cv2.resize(modules, (150, 150), interpolation=cv2.INTER_NEAREST)
    large[500:650, 575:725] = code[..., None]
    return large


def card_finding(number: str, technician: str, *, badge: float = 0.9) -> list[Finding]:
    sees = (PERSON, HELMET, TORSO, replace(BADGE, score=badge))
    photo = encode(photo_with_card(number))
    report = checker_of(sees).check(photo, Shot.SELFIE, technician=technician)
    return [f for f in report.findings if f.rule == RuleId.BADGE_CARD]


@pytest.mark.parametrize(
    ("number", "technician", "verdict", "reason"),
    [
        (NUMBER, NUMBER, Verdict.PASS, Reason.CARD_NUMBER_RIGHT),
        (OTHER, NUMBER, Verdict.FAIL, Reason.CARD_NUMBER_WRONG),
    ],
)
def test_a_photo_and_its_technician(
    number: str, technician: str, verdict: Verdict, reason: Reason
) -> None:
    (found,) = card_finding(number, technician)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.advisory
    assert [b.label for b in found.boxes] == [Label.BADGE]


def test_without_a_number_the_card_is_not_asked_about() -> None:
    assert card_finding(NUMBER, "") == []


def test_without_a_badge_there_is_no_card() -> None:
    (found,) = card_finding(NUMBER, NUMBER, badge=0.0)
    assert (found.verdict, found.reason) == (Verdict.NOT_ASKED, Reason.NO_BADGE_TO_JUDGE)


def test_a_doubtful_badge_is_a_doubtful_card() -> None:
    (found,) = card_finding(NUMBER, NUMBER, badge=0.2)
    assert (found.verdict, found.reason) == (Verdict.UNSURE, Reason.BADGE_UNCLEAR)


def test_without_the_extra_only_a_qr_code_tells() -> None:
    pixels, badge = make_photo(np.random.default_rng(3), "own", SHARP)
    blurred = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 4), np.uint8)  # no QR code survives this
    close = crop(blurred, badge)
    assert read_qr(close) == ()
    found = judge(blurred, badge, NUMBER, reader=lambda: None)
    assert (found.verdict, found.reason) == (Verdict.UNSURE, Reason.CARD_READER_MISSING)


def test_the_rule_needs_a_number() -> None:
    pixels, badge = make_photo(np.random.default_rng(3), "own", SHARP)
    with pytest.raises(ValueError, match="no number"):
        badge_card(wearer(pixels, badge), replace(context_of(pixels, NUMBER), card=None))

"""The badge's card: its shape and colours, and whether the number on it is the technician's."""

from vision.card import Closeup, Number, aspect, compare_number, read_qr
from vision.colour import read_colours, sample
from vision.detections import Box
from vision.findings import Reason, Verdict
from vision.rules.badge import badge_worn
from vision.rules.context import Answer, CardQuestion, Context
from vision.rules.shares import judge_colour
from vision.scene import Person

TILT = 0.1  # a card seen from the side or measured badly is this much narrower or squarer
INSET = 0.08  # of the box: holder and cloth kept out of the colours

_ANSWERS = {
    Number.SAME: (Verdict.PASS, Reason.CARD_NUMBER_RIGHT),
    Number.OTHER: (Verdict.FAIL, Reason.CARD_NUMBER_WRONG),
    Number.UNREAD: (Verdict.UNSURE, Reason.CARD_ILLEGIBLE),
}


def badge_card(person: Person, context: Context) -> Answer:
    """PASS: blue and white, with the technician's number. FAIL: of another shape, colour, number.

    UNSURE: too small, or no number can be read. The number is looked for in the QR code first.

    Raises:
        ValueError: no number was given.
    """
    if context.card is None:
        raise ValueError("no number to compare with")
    worn = badge_worn(person, context)
    if worn.verdict is Verdict.FAIL:
        return Answer(Verdict.NOT_ASKED, Reason.NO_BADGE_TO_JUDGE)
    if worn.verdict is not Verdict.PASS:
        return Answer(Verdict.UNSURE, worn.reason, boxes=worn.boxes)
    badge = worn.boxes[0]
    close = context.card.closeup(badge)
    looks = _looks(close, badge, context)
    if looks.verdict is not Verdict.PASS:
        return looks
    return _number(close, badge, context.card)


def _number(close: Closeup, badge: Box, card: CardQuestion) -> Answer:
    """Whose card it is: the QR code answers, else the text."""
    found = compare_number(card.number, read_qr(close), exact=True)
    if found is Number.UNREAD:
        read_text = card.reader()
        if read_text is None:
            return Answer(Verdict.UNSURE, Reason.CARD_READER_MISSING, (badge,))
        found = compare_number(card.number, read_text(close.pixels))
    verdict, reason = _ANSWERS[found]
    return Answer(verdict, reason, (badge,))


def _looks(close: Closeup, badge: Box, context: Context) -> Answer:
    """Size, shape and colours; PASS where all are as they should be."""
    settings = context.settings
    side = close.short_side
    if side < settings.min_card:
        return Answer(Verdict.UNSURE, Reason.CARD_TOO_SMALL, (badge,), side, settings.min_card)
    shape = aspect(close)
    low, high = settings.aspect
    off = 0.0 if shape is None else max(low - shape, shape - high)
    if off > 0:
        limit = low if shape is not None and shape < low else high
        verdict, reason = (
            (Verdict.FAIL, Reason.CARD_SHAPE_WRONG)
            if off > TILT
            else (Verdict.UNSURE, Reason.CARD_SHAPE_UNCLEAR)
        )
        return Answer(verdict, reason, (badge,), shape, limit)
    x1, y1, x2, y2 = close.xyxy
    dx, dy = INSET * (x2 - x1), INSET * (y2 - y1)
    paper = sample(close.pixels, (x1 + dx, y1 + dy, x2 - dx, y2 - dy))
    return judge_colour(read_colours(paper, context.gains, context.colours), settings, badge)

"""Chest: a work badge hangs on it."""

from vision.findings import Reason, Verdict
from vision.rules.context import Answer, Context, by_score
from vision.scene import Person


def badge_worn(person: Person, context: Context) -> Answer:
    """PASS: a card on the chest. FAIL: none there, though the chest is in the picture."""
    badge = context.seen(person.badges)
    if badge is not None:
        return by_score(Verdict.PASS, Reason.BADGE_ON_CHEST, badge, context)
    torso = context.seen(person.torsos + person.vests)
    if torso is None:
        return Answer(Verdict.UNSURE, Reason.TORSO_NOT_VISIBLE, boxes=(person.box,))
    hint = context.hinted(person.badges)
    if hint is not None:
        return Answer(Verdict.UNSURE, Reason.BADGE_UNCLEAR, boxes=(hint,))
    stray = context.seen(person.stray_badges)
    if stray is not None:
        return Answer(Verdict.FAIL, Reason.BADGE_NOT_ON_CHEST, boxes=(stray,))
    return Answer(Verdict.FAIL, Reason.BADGE_MISSING, boxes=(torso,))

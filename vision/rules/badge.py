"""Chest: a work badge hangs on it."""

from vision.findings import Reason, Verdict
from vision.rules.chest import seen_chest
from vision.rules.context import Answer, Context, by_score
from vision.scene import Person, centre_in


def badge_worn(person: Person, context: Context) -> Answer:
    """PASS: a card on the chest. FAIL: none there, though the chest is in the picture.

    UNSURE: one that hangs low, but on the clothes of the trunk: where the chest ends is not sure
    enough to fail somebody who wears a badge.
    """
    badge = context.seen(person.badges)
    if badge is not None:
        return by_score(Verdict.PASS, Reason.BADGE_ON_CHEST, badge, context)
    chest = seen_chest(person, context)
    if chest is None:
        return Answer(Verdict.UNSURE, Reason.TORSO_NOT_VISIBLE, boxes=(person.box,))
    stray = context.seen(person.stray_badges)
    if stray is not None:
        low = any(centre_in(stray, torso) for torso in person.torsos + person.vests)
        verdict = Verdict.UNSURE if low else Verdict.FAIL
        return Answer(verdict, Reason.BADGE_NOT_ON_CHEST, boxes=(stray,))
    hint = context.hinted(person.badges + person.stray_badges)
    if hint is not None:
        return Answer(Verdict.UNSURE, Reason.BADGE_UNCLEAR, boxes=(hint,))
    return Answer(Verdict.FAIL, Reason.BADGE_MISSING, boxes=(chest,))

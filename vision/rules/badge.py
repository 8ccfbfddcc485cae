"""Chest: a work badge hangs on it."""

from dataclasses import replace

from vision.detections import Box
from vision.findings import Reason, Verdict
from vision.rules.context import Answer, Context, by_score
from vision.scene import Person, centre_in, chest_below

CHEST_SEEN = 0.7  # of the chest's height must be in the picture before a badge can be missed there


def badge_worn(person: Person, context: Context) -> Answer:
    """PASS: a card on the chest. FAIL: none there, though the chest is in the picture.

    UNSURE: one that hangs low, but on the clothes of the trunk: where the chest ends is not sure
    enough to fail somebody who wears a badge.
    """
    badge = context.seen(person.badges)
    if badge is not None:
        return by_score(Verdict.PASS, Reason.BADGE_ON_CHEST, badge, context)
    chest = _chest(person, context)
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


def _chest(person: Person, context: Context) -> Box | None:
    """Where the chest surely is: a torso, or else what lies below a head."""
    torso = context.seen(person.torsos + person.vests)
    if torso is not None:
        return torso
    head = context.seen(person.heads + person.helmets)
    if head is None or context.seen((person.box,)) is None:
        return None
    below = chest_below(head, person.box)
    seen = replace(below, y2=min(below.y2, person.box.y2))
    return seen if seen.height >= CHEST_SEEN * below.height else None

"""Torso: work clothes, their colour, their reflective strips."""

from dataclasses import replace

from vision.colour import read_colours, sample
from vision.detections import iou
from vision.findings import Reason, Verdict
from vision.labels import Label
from vision.rules.chest import seen_chest
from vision.rules.context import Answer, Context, by_score
from vision.rules.shares import judge_colour
from vision.scene import Person

MARGIN = 0.15  # one kind of clothes must be seen this much better than the other
HIDDEN = 0.6  # a vest over more of the torso than this hides the garment's colour
SAME_STRIP = 0.5  # IoU above which two boxes are of one strip
MIN_PIXELS = 60  # fewer usable pixels of a garment say nothing about its colour


def uniform_worn(person: Person, context: Context) -> Answer:
    """PASS: work clothes on the torso. FAIL: other clothes."""
    best = {
        label: context.hinted([t for t in person.torsos if t.label == label])
        for label in (Label.WORKWEAR, Label.PLAINWEAR)
    }
    work, plain = best[Label.WORKWEAR], best[Label.PLAINWEAR]
    work_score = work.score if work else 0.0
    plain_score = plain.score if plain else 0.0
    if work and context.seen([work]) and work_score - plain_score >= MARGIN:
        return by_score(Verdict.PASS, Reason.WORKWEAR_WORN, work, context)
    if plain and context.seen([plain]) and plain_score - work_score >= MARGIN:
        return by_score(Verdict.FAIL, Reason.PLAIN_CLOTHES, plain, context)
    doubtful = tuple(box for box in (work, plain) if box)
    if not doubtful:
        return Answer(Verdict.UNSURE, Reason.TORSO_NOT_VISIBLE, boxes=(person.box,))
    return Answer(Verdict.UNSURE, Reason.CLOTHES_UNCLEAR, boxes=doubtful)


def uniform_colour(person: Person, context: Context) -> Answer:
    """PASS: most of the garment is in the blue family. FAIL: next to none of it is.

    Vest, strips, badge and what hangs at the edges are left out; under a vest that hides most of
    the garment nobody can tell.
    """
    torso = context.seen(person.torsos)
    if torso is None:
        return Answer(Verdict.UNSURE, Reason.TORSO_NOT_VISIBLE, boxes=(person.box,))
    holes = [
        (b.x1, b.y1, b.x2, b.y2)
        for b in (*person.vests, *person.strips, *person.badges)
        if context.hinted([b])
    ]
    region = (
        torso.x1 + 0.15 * torso.width,
        torso.y1 + 0.15 * torso.height,
        torso.x2 - 0.15 * torso.width,
        torso.y2 - 0.1 * torso.height,
    )
    whole = sample(context.pixels, region)
    visible = sample(context.pixels, region, holes)
    if len(visible) < max(MIN_PIXELS, (1 - HIDDEN) * len(whole)):
        return Answer(Verdict.UNSURE, Reason.HIDDEN_BY_VEST, boxes=(torso, *person.vests[:1]))
    reading = read_colours(visible, context.gains, context.colours)
    return judge_colour(reading, context.settings, torso)


def uniform_reflective(person: Person, context: Context) -> Answer:
    """PASS: a reflective vest or two strips on the person. FAIL: none, though the chest is seen.

    A uniform has strips on chest, arms and legs; one thing alone may be the stripe of a tie.
    """
    vest = context.seen(person.vests)
    if vest is not None:
        return by_score(Verdict.PASS, Reason.REFLECTIVE_VEST, vest, context)
    if not context.supports(Label.STRIP):
        return Answer(Verdict.UNSURE, Reason.NOT_SUPPORTED)
    others = [strip for strip in person.strips if iou(strip, person.strips[0]) < SAME_STRIP]
    second = context.seen(others)
    if second is not None:
        weaker = by_score(Verdict.PASS, Reason.STRIPS_SEEN, second, context)
        return replace(weaker, boxes=(person.strips[0], second))
    chest = seen_chest(person, context)
    if chest is None:
        return Answer(Verdict.UNSURE, Reason.TORSO_NOT_VISIBLE, boxes=(person.box,))
    hint = context.hinted(person.strips + person.vests)
    if hint is not None:
        return Answer(Verdict.UNSURE, Reason.STRIPS_UNCLEAR, boxes=(hint,))
    return Answer(Verdict.FAIL, Reason.STRIPS_MISSING, boxes=(chest,))

"""Head: is a helmet on it, and is the helmet orange."""

from vision.colour import read_colours, sample
from vision.detections import Box
from vision.findings import Reason, Verdict
from vision.rules.context import Answer, Context, by_score
from vision.rules.shares import judge_colour
from vision.scene import Person

# A bare head seen this much better than a helmet in the same place wins, and the other way round;
# in between nobody can tell.
MARGIN = 0.15


def helmet_worn(person: Person, context: Context) -> Answer:
    """PASS: a helmet where the head is. FAIL: a bare head there."""
    helmet, head = context.hinted(person.helmets), context.hinted(person.heads)
    helmet_score = helmet.score if helmet else 0.0
    head_score = head.score if head else 0.0
    if helmet and context.seen([helmet]) and helmet_score - head_score >= MARGIN:
        return by_score(Verdict.PASS, Reason.HELMET_ON_HEAD, helmet, context)
    if head and context.seen([head]) and head_score - helmet_score >= MARGIN:
        held = context.seen(person.held_helmets)
        return Answer(
            Verdict.FAIL,
            Reason.HELMET_NOT_ON_HEAD if held else Reason.HEAD_BARE,
            boxes=(head, held) if held else (head,),
            value=head_score,
            threshold=context.facts[head.label].present,
        )
    doubtful = tuple(box for box in (helmet, head) if box)
    if not doubtful:
        return Answer(Verdict.UNSURE, Reason.HEAD_NOT_VISIBLE, boxes=(person.box,))
    return Answer(Verdict.UNSURE, Reason.HELMET_UNCLEAR, boxes=doubtful)


def shell(helmet: Box) -> tuple[float, float, float, float]:
    """The part of a helmet's box that is surely shell: brim, face and background kept out."""
    return (
        helmet.x1 + 0.12 * helmet.width,
        helmet.y1 + 0.06 * helmet.height,
        helmet.x2 - 0.12 * helmet.width,
        helmet.y1 + 0.72 * helmet.height,
    )


def helmet_colour(person: Person, context: Context) -> Answer:
    """PASS: most of the shell has an allowed colour. FAIL: next to none of it has."""
    worn = helmet_worn(person, context)
    if worn.verdict is Verdict.FAIL:
        return Answer(Verdict.NOT_ASKED, Reason.NO_HELMET_TO_JUDGE)
    if worn.verdict is not Verdict.PASS:
        return Answer(Verdict.UNSURE, worn.reason, boxes=worn.boxes)
    helmet = worn.boxes[0]
    reading = read_colours(
        sample(context.pixels, shell(helmet), ellipse=True), context.gains, context.colours
    )
    return judge_colour(reading, context.settings, helmet)

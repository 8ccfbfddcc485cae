"""Face: no dark glasses."""

from vision.findings import Reason, Verdict
from vision.rules.context import Answer, Context, by_score
from vision.scene import Person


def no_sunglasses(person: Person, context: Context) -> Answer:
    """FAIL: sunglasses on the face. PASS: none, though the head is in the picture."""
    glasses = context.seen(person.sunglasses)
    if glasses is not None:
        return by_score(Verdict.FAIL, Reason.SUNGLASSES_WORN, glasses, context)
    head = person.head_place
    if head is None or context.seen([head]) is None:
        return Answer(Verdict.UNSURE, Reason.FACE_NOT_VISIBLE, boxes=(person.box,))
    hint = context.hinted(person.sunglasses)
    if hint is not None:
        return Answer(Verdict.UNSURE, Reason.SUNGLASSES_UNCLEAR, boxes=(hint,))
    return Answer(Verdict.PASS, Reason.NO_SUNGLASSES, boxes=(head,))

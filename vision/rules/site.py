"""Work area: nothing left lying about."""

from vision.findings import Reason, Verdict
from vision.labels import Label
from vision.rules.context import Answer, Context
from vision.scene import Scene


def site_clean(scene: Scene, context: Context) -> Answer:
    """FAIL: litter or a loose tool in the picture. PASS: nothing of the kind."""
    things = scene.all(Label.LITTER) + scene.all(Label.TOOL)
    left = tuple(box for box in things if context.seen([box]))
    if left:
        return Answer(Verdict.FAIL, Reason.LITTER_LEFT, left, left[0].score)
    hint = context.hinted(things)
    if hint is not None:
        return Answer(Verdict.UNSURE, Reason.SITE_UNCLEAR, (hint,), hint.score)
    return Answer(Verdict.PASS, Reason.SITE_CLEAN)

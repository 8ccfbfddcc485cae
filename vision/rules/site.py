"""Work area: nothing left lying about, everything back in its place."""

from vision.findings import Reason, Verdict
from vision.labels import Label
from vision.restored import MIN_ALIKE, Obstacle, compare
from vision.rules.context import Answer, Context
from vision.scene import Scene


def site_clean(scene: Scene, context: Context) -> Answer:
    """FAIL: litter or a loose tool, or a messy place. PASS: nothing of the kind."""
    things = scene.all(Label.LITTER) + scene.all(Label.TOOL)
    left = tuple(box for box in things if context.seen([box]))
    if left:
        return Answer(Verdict.FAIL, Reason.LITTER_LEFT, left, left[0].score)
    look = _look_of_the_place(scene, context)
    if look is not None and look.verdict is not Verdict.PASS:
        return look
    doubtful = tuple(box for box in things if context.hinted([box]))
    if doubtful:
        best = max(box.score for box in doubtful)
        return Answer(Verdict.UNSURE, Reason.SITE_UNCLEAR, doubtful, best)
    return look or Answer(Verdict.PASS, Reason.SITE_CLEAN)


def _look_of_the_place(scene: Scene, context: Context) -> Answer | None:
    """What the whole picture says, box or no box; None if the network is not asked for it."""
    limits, mess = context.mess, scene.mess
    if limits is None:
        return None
    if mess is None:  # a runtime that reads the boxes only
        return Answer(Verdict.UNSURE, Reason.NOT_SUPPORTED)
    if mess >= limits.present:
        return Answer(Verdict.FAIL, Reason.SITE_MESSY, value=mess, threshold=limits.present)
    if mess >= limits.absent:
        return Answer(Verdict.UNSURE, Reason.MESS_UNCLEAR, value=mess, threshold=limits.present)
    return Answer(Verdict.PASS, Reason.SITE_TIDY, value=mess, threshold=limits.absent)


_OBSTACLES = {
    Obstacle.OTHER_PLACE: Reason.OTHER_PLACE,
    Obstacle.OTHER_LIGHT: Reason.OTHER_LIGHT,
}


def site_restored(scene: Scene, context: Context) -> Answer:  # noqa: ARG001 - the pixels say it all
    """FAIL: something was moved or is gone. PASS: the place looks as before.

    UNSURE: only something new, which may be what was installed, or no comparison is possible.

    Raises:
        ValueError: there is no picture from before.
    """
    if context.before is None:
        raise ValueError("nothing to compare with")
    found = compare(context.before, context.pixels)
    if found.obstacle is not None:
        reason = _OBSTACLES[found.obstacle]
        return Answer(Verdict.UNSURE, reason, value=found.alike, threshold=MIN_ALIKE)
    if not found.changes:
        return Answer(Verdict.PASS, Reason.SITE_RESTORED, value=found.alike)
    if all(box.label is Label.NEW for box in found.changes):
        return Answer(Verdict.UNSURE, Reason.THINGS_ADDED, found.changes, found.alike)
    return Answer(Verdict.FAIL, Reason.THINGS_MOVED, found.changes, found.alike)

"""Feet: every visible shoe is in a cover, and nobody wears slippers."""

from vision.detections import Box, iou
from vision.findings import Reason, Verdict
from vision.labels import Label
from vision.rules.context import Answer, Context
from vision.scene import SAME_THING, Scene


def _one_box_a_foot(boxes: list[Box]) -> list[Box]:
    """Of several boxes on one foot, the best."""
    kept: list[Box] = []
    for box in boxes:  # best first
        if all(iou(box, other) < SAME_THING for other in kept):
            kept.append(box)
    return kept


def shoes_covers(scene: Scene, context: Context) -> Answer:
    """FAIL: a shoe without a cover. PASS: covers only, on as many feet as the policy asks."""
    feet = _one_box_a_foot([box for box in scene.feet() if context.hinted([box])])
    sure = [box for box in feet if context.seen([box])]
    bare = [box for box in sure if box.label != Label.SHOE_COVER]
    covered = [box for box in sure if box.label == Label.SHOE_COVER]
    if bare:
        return Answer(
            Verdict.FAIL,
            Reason.SHOE_UNCOVERED,
            tuple(bare),
            bare[0].score,
            context.facts[bare[0].label].present,
        )
    if not feet:
        return Answer(Verdict.UNSURE, Reason.FEET_NOT_VISIBLE)
    if len(sure) < len(feet):
        return Answer(Verdict.UNSURE, Reason.COVERS_UNCLEAR, tuple(feet))
    wanted = context.settings.min_feet
    enough = len(covered) >= wanted
    return Answer(
        Verdict.PASS if enough else Verdict.UNSURE,
        Reason.ALL_COVERED if enough else Reason.ONE_FOOT_ONLY,
        tuple(covered),
        float(len(covered)),
        float(wanted),
    )


def no_slippers(scene: Scene, context: Context) -> Answer:
    """FAIL: a slipper. PASS: feet, none of them in slippers."""
    feet = scene.feet()
    slipper = context.seen([box for box in feet if box.label == Label.SLIPPER])
    if slipper is not None:
        return Answer(Verdict.FAIL, Reason.SLIPPERS_WORN, (slipper,), slipper.score)
    others = [box for box in feet if box.label != Label.SLIPPER and context.seen([box])]
    if not others:
        return Answer(Verdict.UNSURE, Reason.FEET_NOT_VISIBLE)
    return Answer(Verdict.PASS, Reason.NO_SLIPPERS, tuple(others))

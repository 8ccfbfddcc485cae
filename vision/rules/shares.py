"""One answer for every colour rule: how much of the thing has an allowed colour."""

from vision.colour import ColourReading
from vision.detections import Box
from vision.findings import Reason, Verdict
from vision.policy import RuleSettings
from vision.rules.context import Answer


def judge_colour(reading: ColourReading, settings: RuleSettings, box: Box) -> Answer:
    """PASS from the policy's `pass_share` on, FAIL up to its `fail_share`, UNSURE between."""
    share = reading.share(settings.colours)
    if share >= settings.pass_share:
        verdict, reason, threshold = Verdict.PASS, Reason.COLOUR_RIGHT, settings.pass_share
    elif share <= settings.fail_share:
        verdict, reason, threshold = Verdict.FAIL, Reason.COLOUR_WRONG, settings.fail_share
    else:
        verdict, reason, threshold = Verdict.UNSURE, Reason.COLOUR_UNCLEAR, settings.pass_share
    return Answer(verdict, reason, (box,), share, threshold, detail=reading.main)

"""What the network says of the whole picture decides `site.clean`, beside boxes of litter."""

import numpy as np
import pytest

from tests.vision.networks import SURE, UNCLEAR, box, default_policy, manifest_of
from vision import Box, Label, Reason, Verdict
from vision.detections import from_boxes
from vision.manifest import MessFacts
from vision.policy import RuleId
from vision.rules import RULES
from vision.rules.context import Context
from vision.scene import Scene, understand

LIMITS = MessFacts(present=0.8, absent=0.3, why="chosen for the tests")
LITTER = box(Label.LITTER, 100, 380, 180, 440, SURE)
FAINT = box(Label.LITTER, 100, 380, 180, 440, UNCLEAR)
OTHER = box(Label.LITTER, 300, 400, 360, 440, UNCLEAR)
PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.UNSURE


@pytest.mark.parametrize(
    ("mess", "limits", "things", "verdict", "reason"),
    [
        (0.9, LIMITS, (), FAIL, Reason.SITE_MESSY),
        (0.8, LIMITS, (), FAIL, Reason.SITE_MESSY),
        (0.5, LIMITS, (), UNSURE, Reason.MESS_UNCLEAR),
        (0.3, LIMITS, (), UNSURE, Reason.MESS_UNCLEAR),
        (0.1, LIMITS, (), PASS, Reason.SITE_TIDY),
        # one thing left on a tidy floor is enough
        (0.1, LIMITS, (LITTER,), FAIL, Reason.LITTER_LEFT),
        (0.1, LIMITS, (FAINT,), UNSURE, Reason.SITE_UNCLEAR),
        (0.1, LIMITS, (FAINT, OTHER), UNSURE, Reason.SITE_UNCLEAR),
        (0.9, LIMITS, (FAINT,), FAIL, Reason.SITE_MESSY),
        # a runtime that reads the boxes only; a manifest without limits
        (None, LIMITS, (), UNSURE, Reason.NOT_SUPPORTED),
        (0.9, None, (), PASS, Reason.SITE_CLEAN),
    ],
)
def test_site_clean(
    mess: float | None,
    limits: MessFacts | None,
    things: tuple[Box, ...],
    verdict: Verdict,
    reason: Reason,
) -> None:
    manifest = manifest_of()
    seen = understand(from_boxes(things), (640, 480), manifest.floors())
    scene = Scene(seen.size, seen.people, seen.loose, seen.subjects, mess)
    context = Context(
        pixels=np.zeros((1, 1, 3), np.uint8),
        gains=np.ones(3),
        facts=manifest.facts_for(RuleId.SITE_CLEAN),
        colours={},
        settings=default_policy().rules[RuleId.SITE_CLEAN],
        min_head=1,
        mess=limits,
    )
    found = RULES[RuleId.SITE_CLEAN].find(scene, context, advisory=False)
    assert (found.verdict, found.reason) == (verdict, reason)
    if reason in (Reason.SITE_MESSY, Reason.MESS_UNCLEAR):
        assert found.value == mess
    else:
        # every one, so that a supervisor need not look for the rest
        assert {b.x1 for b in found.boxes} == {b.x1 for b in things}

"""A rule's own thresholds: chosen on some photos, measured on others."""

from dataclasses import replace

import numpy as np
import pytest

from models.rule_thresholds import KNOBS, MIN_PHOTOS, Photo, choose
from tests.vision.networks import box, default_policy, manifest_of
from vision.detections import from_boxes
from vision.findings import Verdict
from vision.labels import LABELS, Label
from vision.manifest import Manifest, RuleFacts
from vision.policy import RuleId
from vision.rules.context import Context
from vision.scene import understand

RULE = RuleId.FACE_NO_SUNGLASSES
PERSON = box(Label.PERSON, 200, 20, 440, 470)
HEAD = box(Label.HEAD, 275, 30, 365, 150)
GLASSES = box(Label.SUNGLASSES, 285, 80, 355, 100)


def photos(glasses: float, head: float, number: int = 2 * MIN_PHOTOS) -> list[Photo]:
    """Half of the people wear glasses that are seen at one score; heads are seen at another."""
    facts = manifest_of().facts_for(RULE)
    context = Context(
        pixels=np.zeros((1, 1, 3), np.uint8),
        gains=np.ones(3),
        facts=facts,
        colours={},
        settings=default_policy().rules[RULE],
        min_head=1,
    )
    found = []
    for i in range(number):
        worn = i % 2 == 0
        seen = [PERSON, replace(HEAD, score=head)]
        if worn:
            seen.append(replace(GLASSES, score=glasses))
        scene = understand(from_boxes(seen), (640, 480), dict.fromkeys(LABELS, 0.05))
        truth = Verdict.FAIL if worn else Verdict.PASS
        found.append(Photo(str(i), i % 4 < 2, truth, scene, context))
    return found


def test_thresholds_come_down_to_what_the_network_sees() -> None:
    """At the classes' own thresholds (0.5 and 0.2) every one of these photos is UNSURE."""
    chosen = choose(RULE, photos(glasses=0.36, head=0.22), set(LABELS))
    assert chosen is not None
    facts, crossed = chosen
    present = {f.label: f.present for f in facts}
    assert present[Label.SUNGLASSES] <= 0.36
    assert present[Label.HEAD] <= 0.22
    assert crossed.figures()["balanced_accuracy"] == pytest.approx(1)
    assert {f.label for f in facts} == {label for group in KNOBS[RULE] for label in group}
    assert all(f.absent <= f.present for f in facts)


def test_photos_that_look_alike_stay_unsure() -> None:
    """Where glasses are not seen at all, passing everybody is dearer than asking."""
    chosen = choose(RULE, photos(glasses=0.01, head=0.3), set(LABELS))
    assert chosen is not None
    assert chosen[1].figures()["wrong_pass"] == 0


def test_class_without_support_needs_few_wrong_answers() -> None:
    right = choose(RULE, photos(glasses=0.36, head=0.22), set())
    assert right is not None
    assert all(f.supported for f in right[0])


def test_too_few_photos_set_nothing() -> None:
    assert choose(RULE, photos(0.36, 0.22, number=2 * MIN_PHOTOS - 2), set(LABELS)) is None


def test_rules_own_thresholds_hold_for_that_rule_only() -> None:
    own = RuleFacts(
        rule=RULE, label=Label.HEAD, supported=True, present=0.1, absent=0.05, why="test"
    )
    manifest = manifest_of(unsupported=[Label.HEAD]).model_copy(update={"rules": (own,)})
    assert manifest.facts_for(RULE)[Label.HEAD].present == pytest.approx(0.1)
    assert not manifest.facts_for(RuleId.HELMET_WORN)[Label.HEAD].supported
    assert manifest.floors()[Label.HEAD] == pytest.approx(0.05)
    assert manifest.floors()[Label.HELMET] == manifest.facts_for(RULE)[Label.HELMET].absent
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_one_rule_sets_a_label_once() -> None:
    own = {"rule": RULE, "label": "head", "supported": True, "present": 0.1, "absent": 0, "why": ""}
    with pytest.raises(ValueError, match="stands twice for one rule"):
        Manifest.model_validate(manifest_of().model_dump() | {"rules": [own, own]})


def test_rule_cannot_name_a_class_the_network_lacks() -> None:
    own = {"rule": RULE, "label": "head", "supported": True, "present": 0.1, "absent": 0, "why": ""}
    without = manifest_of(labels=[Label.PERSON])
    with pytest.raises(ValueError, match="none of the classes"):
        Manifest.model_validate(without.model_dump() | {"rules": [own]})

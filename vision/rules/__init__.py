"""The rules, one module per body area; the registry a policy's rule names refer to."""

from vision.labels import Label
from vision.policy import RuleId
from vision.rules.badge import badge_worn
from vision.rules.badge_card import badge_card
from vision.rules.context import Rule, of_subject
from vision.rules.face import no_sunglasses
from vision.rules.feet import no_slippers, shoes_covers
from vision.rules.helmet import helmet_colour, helmet_worn
from vision.rules.site import site_clean, site_restored
from vision.rules.uniform import uniform_colour, uniform_reflective, uniform_worn

__all__ = ["RULES", "Rule"]

_HEAD = frozenset({Label.PERSON, Label.HELMET, Label.HEAD})
_TORSO = frozenset({Label.PERSON, Label.WORKWEAR, Label.PLAINWEAR})

RULES: dict[RuleId, Rule] = {
    rule.id: rule
    for rule in (
        Rule(RuleId.HELMET_WORN, _HEAD, of_subject(helmet_worn)),
        Rule(RuleId.HELMET_COLOUR, _HEAD, of_subject(helmet_colour)),
        Rule(RuleId.UNIFORM_WORN, _TORSO, of_subject(uniform_worn)),
        Rule(RuleId.UNIFORM_COLOUR, _TORSO, of_subject(uniform_colour)),
        Rule(RuleId.UNIFORM_REFLECTIVE, _TORSO | {Label.VEST}, of_subject(uniform_reflective)),
        Rule(RuleId.BADGE_WORN, _TORSO | {Label.BADGE}, of_subject(badge_worn)),
        Rule(RuleId.BADGE_CARD, _TORSO | {Label.BADGE}, of_subject(badge_card), asks_number=True),
        Rule(RuleId.FACE_NO_SUNGLASSES, _HEAD | {Label.SUNGLASSES}, of_subject(no_sunglasses)),
        Rule(RuleId.SHOES_COVERS, frozenset({Label.SHOES, Label.SHOE_COVER}), shoes_covers),
        Rule(RuleId.SHOES_NO_SLIPPERS, frozenset({Label.SHOES, Label.SLIPPER}), no_slippers),
        Rule(RuleId.SITE_CLEAN, frozenset({Label.LITTER}), site_clean),
        Rule(RuleId.SITE_RESTORED, frozenset(), site_restored, compares=True),
    )
}

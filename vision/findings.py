"""Verdicts, reasons and findings: the words in which a photo is answered."""

from dataclasses import dataclass
from enum import StrEnum

from vision.detections import Box
from vision.policy import RuleId


class Verdict(StrEnum):
    """One answer. UNSURE is never rounded to PASS."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNSURE = "UNSURE"
    NOT_ASKED = "N/A"


class Reason(StrEnum):
    """Why; stable codes, texts in `vision/texts/`."""

    # the photo
    PHOTO_BLURRED = "photo_blurred"
    PHOTO_DARK = "photo_dark"
    PHOTO_BURNT_OUT = "photo_burnt_out"
    # the person
    NO_PERSON = "no_person"
    SUBJECT_UNCLEAR = "subject_unclear"
    SUBJECT_TOO_SMALL = "subject_too_small"
    NOT_SUPPORTED = "not_supported_by_model"
    # helmet
    HELMET_ON_HEAD = "helmet_on_head"
    HEAD_BARE = "head_bare"
    HELMET_NOT_ON_HEAD = "helmet_not_on_head"
    HEAD_NOT_VISIBLE = "head_not_visible"
    HELMET_UNCLEAR = "helmet_unclear"
    NO_HELMET_TO_JUDGE = "no_helmet_to_judge"
    # colours
    COLOUR_RIGHT = "colour_right"
    COLOUR_WRONG = "colour_wrong"
    COLOUR_UNCLEAR = "colour_unclear"
    HIDDEN_BY_VEST = "hidden_by_vest"
    # uniform
    WORKWEAR_WORN = "workwear_worn"
    PLAIN_CLOTHES = "plain_clothes"
    CLOTHES_UNCLEAR = "clothes_unclear"
    TORSO_NOT_VISIBLE = "torso_not_visible"
    REFLECTIVE_VEST = "reflective_vest"
    STRIPS_SEEN = "strips_seen"
    STRIPS_MISSING = "strips_missing"
    STRIPS_UNCLEAR = "strips_unclear"
    # badge
    BADGE_ON_CHEST = "badge_on_chest"
    BADGE_NOT_ON_CHEST = "badge_not_on_chest"
    BADGE_MISSING = "badge_missing"
    BADGE_UNCLEAR = "badge_unclear"
    # the badge's card
    NO_BADGE_TO_JUDGE = "no_badge_to_judge"
    CARD_TOO_SMALL = "card_too_small"
    CARD_SHAPE_WRONG = "card_shape_wrong"
    CARD_SHAPE_UNCLEAR = "card_shape_unclear"
    CARD_NUMBER_RIGHT = "card_number_right"
    CARD_NUMBER_WRONG = "card_number_wrong"
    CARD_ILLEGIBLE = "card_illegible"
    CARD_READER_MISSING = "card_reader_missing"
    # face
    NO_SUNGLASSES = "no_sunglasses"
    SUNGLASSES_WORN = "sunglasses_worn"
    SUNGLASSES_UNCLEAR = "sunglasses_unclear"
    FACE_NOT_VISIBLE = "face_not_visible"
    # feet
    ALL_COVERED = "all_covered"
    SHOE_UNCOVERED = "shoe_uncovered"
    COVERS_UNCLEAR = "covers_unclear"
    FEET_NOT_VISIBLE = "feet_not_visible"
    ONE_FOOT_ONLY = "one_foot_only"
    SLIPPERS_WORN = "slippers_worn"
    NO_SLIPPERS = "no_slippers"
    # site
    SITE_CLEAN = "site_clean"
    LITTER_LEFT = "litter_left"
    SITE_UNCLEAR = "site_unclear"
    SITE_TIDY = "site_tidy"
    SITE_MESSY = "site_messy"
    MESS_UNCLEAR = "mess_unclear"
    # before and after
    SITE_RESTORED = "site_restored"
    THINGS_MOVED = "things_moved"
    THINGS_ADDED = "things_added"
    OTHER_PLACE = "other_place"
    OTHER_LIGHT = "other_light"


@dataclass(frozen=True)
class Finding:
    """One rule's answer for one photo.

    Attributes:
        rule: which rule, e.g. `helmet.worn`.
        verdict: the answer.
        reason: why.
        score: confidence of the detection behind the verdict, 0 to 1; None if there is none.
        value: what was measured (a score, a share of pixels); None if nothing was.
        threshold: what the value was compared with.
        boxes: the evidence, in pixels of the decoded photo.
        clause: of the norm.
        advisory: whether the rule may fail the photo.
        detail: names for the text, e.g. the colour that was seen.
    """

    rule: RuleId
    verdict: Verdict
    reason: Reason
    score: float | None = None
    value: float | None = None
    threshold: float | None = None
    boxes: tuple[Box, ...] = ()
    clause: str = ""
    advisory: bool = False
    detail: str = ""


def overall(findings: tuple[Finding, ...]) -> Verdict:
    """FAIL before UNSURE before PASS over the rules that are not advisory.

    A photo of which nothing was asked is N/A.
    """
    verdicts = {f.verdict for f in findings if not f.advisory}
    for verdict in (Verdict.FAIL, Verdict.UNSURE, Verdict.PASS):
        if verdict in verdicts:
            return verdict
    return Verdict.NOT_ASKED

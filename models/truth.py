"""What the labels of a photo, or somebody who looked at it, decide about each rule.

Only what is decided counts: a photo has a prominent person if its largest head (bare or under a
helmet) is large and no other comes near it; that head decides `helmet.worn`. Likewise for clothes,
badges, sunglasses and feet.
"""

import csv
import json
from pathlib import Path

from datasets.records import Record, read_list, read_sources
from datasets.sources import Source
from datasets.splits import divide
from vision.findings import Verdict
from vision.labels import Label
from vision.policy import RuleId

PROMINENT = 0.07  # the head's longer side, share of the photo's longer side: a person to the hips
ALONE = 0.6  # every other head is smaller than this share of the largest
ORANGE_SEEN = {"CHECKED", "CHECKED_DUP", "SEQ", "SEQ_DUP"}  # index.json: looked at by eye
STRIPS = {"REFL", "REFL_DUP"}  # index.json: blue or navy with reflective strips
NO_STRIPS = {"BLUE", "BLUE_DUP"}  # index.json: blue work clothes without clear strips
AGAIN = Path(__file__).parent / "helmet_colours.csv"
SEEN = Path(__file__).parent / "seen.csv"
HEADS = (Label.HELMET, Label.HEAD)
TORSOS = (Label.WORKWEAR, Label.PLAINWEAR)
FEET = 2  # the default policy passes shoe covers from so many feet on
SUNGLASSES_SHARE = 0.12  # a face that fills this much of the photo's width is a selfie's
ROOMS = {
    "room_clean": Verdict.PASS,
    "room_houses": Verdict.PASS,
    "room_messy": Verdict.FAIL,
}
# Never trained on, so that all of them can measure.
MEASURED_ONLY = tuple(Source(n, {}, frozenset()) for n in ("blue_uniform", "uniform_senati"))

Truth = dict[RuleId, Verdict]
Judgements = dict[tuple[str, str], dict[RuleId, Verdict | None]]


def validation_photos(data: Path) -> list[Record]:
    """The real validation photos, and those of sources that were never trained on."""
    extra = [source for source in MEASURED_ONLY if (data / source.name).is_dir()]
    return divide(read_sources(data))["val"] + list(read_sources(data, extra))


def judgements() -> Judgements:
    """`seen.csv`: (source, image) → what somebody saw by eye; None: the photo decides nothing."""
    found: Judgements = {}
    for row in read_list(SEEN, ("source", "image", "rule", "verdict", "why")):
        verdict = Verdict(row["verdict"]) if row["verdict"] else None
        found.setdefault((row["source"], row["image"]), {})[RuleId(row["rule"])] = verdict
    return found


def seen_by_eye(data: Path) -> dict[tuple[str, str], dict[str, str | None]]:
    """`index.json`: (source, image) → what somebody saw (`orange`, `blue`).

    Seven validation helmets that it leaves open or overlooked were looked at again; they stand in
    `helmet_colours.csv`, those between orange and its neighbours as unclear.
    """
    rows = json.loads((data / "index.json").read_text(encoding="utf-8"))
    seen: dict[tuple[str, str], dict[str, str | None]] = {
        (row["source"], row["image"]): row for row in rows
    }
    with AGAIN.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["source"], row["image"]
            tag = "CHECKED" if row["orange"] == "yes" else "AUTO"
            seen[key] = seen.get(key, {}) | {"orange": tag}
    return seen


def truth_of(
    record: Record,
    eye: dict[str, str | None] | None,
    judged: dict[RuleId, Verdict | None] | None = None,
) -> Truth:
    """What is known about one photo.

    Args:
        record: the photo.
        eye: its row of `index.json`, if it has one.
        judged: its rows of `seen.csv`; they go before the labels.
    """
    truth = _by_labels(record, eye) | (judged or {})
    return {rule: verdict for rule, verdict in truth.items() if verdict is not None}


Decided = dict[RuleId, Verdict | None]


def _by_labels(record: Record, eye: dict[str, str | None] | None) -> Decided:
    labels = {label for label, _ in record.boxes}
    truth = _clothes(record, eye or {})
    if record.source in ("badge_manual", "badge_kphan_noid"):
        truth[RuleId.BADGE_WORN] = Verdict.PASS if Label.BADGE in labels else Verdict.FAIL
    if record.source == "sunglasses_selfies" and len(record.boxes) == 1:
        (_, (x1, _, x2, _)) = record.boxes[0]
        if (x2 - x1) >= SUNGLASSES_SHARE * record.size[0]:
            truth[RuleId.FACE_NO_SUNGLASSES] = Verdict.FAIL
    elif record.source == "badge_kphan_noid" or (
        record.source == "worker_fan" and _prominent(record, HEADS, PROMINENT)
    ):
        truth[RuleId.FACE_NO_SUNGLASSES] = Verdict.PASS
    if {Label.SHOES, Label.SHOE_COVER} <= record.known:
        covers = sum(label is Label.SHOE_COVER for label, _ in record.boxes)
        if Label.SHOES in labels:
            truth[RuleId.SHOES_COVERS] = Verdict.FAIL
        elif covers >= FEET:
            truth[RuleId.SHOES_COVERS] = Verdict.PASS
    if record.source in ROOMS:
        truth[RuleId.SITE_CLEAN] = ROOMS[record.source]
    return truth


def _clothes(record: Record, eye: dict[str, str | None]) -> Decided:
    """Helmet and clothes of a prominent person."""
    if record.source == "uniform_senati":  # school clothes, one person each but for `seen.csv`
        return {RuleId.UNIFORM_REFLECTIVE: Verdict.FAIL}
    truth: Decided = {}
    head = _prominent(record, HEADS, PROMINENT)
    if head is None:
        return truth
    if {*HEADS} <= record.known:
        worn = head is Label.HELMET
        truth[RuleId.HELMET_WORN] = Verdict.PASS if worn else Verdict.FAIL
        if worn and eye and eye.get("orange") != "AUTO":
            orange = eye.get("orange") in ORANGE_SEEN
            truth[RuleId.HELMET_COLOUR] = Verdict.PASS if orange else Verdict.FAIL
    torso = _prominent(record, TORSOS, 2 * PROMINENT)
    if torso is not None and {*TORSOS} <= record.known:
        work = torso is Label.WORKWEAR
        truth[RuleId.UNIFORM_WORN] = Verdict.PASS if work else Verdict.FAIL
    if eye.get("blue") in STRIPS or _prominent(record, (Label.VEST,), 2 * PROMINENT):
        truth[RuleId.UNIFORM_REFLECTIVE] = Verdict.PASS
    elif eye.get("blue") in NO_STRIPS and Label.VEST not in {label for label, _ in record.boxes}:
        truth[RuleId.UNIFORM_REFLECTIVE] = Verdict.FAIL
    return truth


def _prominent(record: Record, labels: tuple[Label, ...], least: float) -> Label | None:
    """Label of the largest box of `labels`, if it is large enough and stands alone."""
    sizes = sorted(
        ((max(b[2] - b[0], b[3] - b[1]), label) for label, b in record.boxes if label in labels),
        reverse=True,
    )
    if not sizes or sizes[0][0] < least * max(record.size):
        return None
    if len(sizes) > 1 and sizes[1][0] > ALONE * sizes[0][0]:
        return None
    return sizes[0][1]

"""Measure verdicts, not boxes: what the rules say about validation photos against the truth.

The truth of a photo comes from its labels, and only where they decide it: a photo has a prominent
person if its largest head (bare or under a helmet) is large and no other comes near it; that head
decides `helmet.worn`. Likewise for clothes, badges, sunglasses and feet. Photos whose labels do
not decide a rule are not counted for it.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from datasets.records import Record, read_sources
from datasets.splits import divide
from vision.checker import Checker
from vision.findings import Finding, Verdict
from vision.labels import Label
from vision.policy import RuleId, Shot

PROMINENT = 0.07  # the head's longer side, share of the photo's longer side: a person to the hips
ALONE = 0.6  # every other head is smaller than this share of the largest
ORANGE_SEEN = {"CHECKED", "CHECKED_DUP", "SEQ", "SEQ_DUP"}  # index.json: looked at by eye
AGAIN = Path(__file__).parent / "helmet_colours.csv"
HEADS = (Label.HELMET, Label.HEAD)
TORSOS = (Label.WORKWEAR, Label.PLAINWEAR)
SUNGLASSES_SHARE = 0.12  # a face that fills this much of the photo's width is a selfie's

Truth = dict[RuleId, Verdict]


@dataclass
class Tally:
    """Answers to one rule: (truth, verdict) → number, and the photos that went wrong."""

    counts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    wrong: list[tuple[str, Verdict, Finding]] = field(default_factory=list)

    def add(self, photo: str, truth: Verdict, finding: Finding) -> None:
        """Count one answer."""
        self.counts[truth, finding.verdict] += 1
        if finding.verdict is not truth:
            self.wrong.append((photo, truth, finding))

    def total(self, truth: Verdict | None = None) -> int:
        """Photos counted, all or of one truth."""
        return sum(n for (t, _), n in self.counts.items() if truth in (None, t))

    def given(self, verdict: Verdict) -> int:
        """Photos that got a verdict."""
        return sum(n for (_, v), n in self.counts.items() if v is verdict)

    def figures(self) -> dict[str, float | int | None]:
        """The figures the project is held to; None where nothing was counted.

        `wrong_pass` and `wrong_fail` are shares of the photos whose truth is FAIL or PASS;
        `unsure` is a share of all; `balanced_accuracy` counts UNSURE as not right.
        """
        fails, passes = self.total(Verdict.FAIL), self.total(Verdict.PASS)
        given_fail = self.given(Verdict.FAIL)
        right_fail = self.counts[Verdict.FAIL, Verdict.FAIL]
        right_pass = self.counts[Verdict.PASS, Verdict.PASS]
        halves = [
            right / total for right, total in ((right_fail, fails), (right_pass, passes)) if total
        ]
        return {
            "photos": self.total(),
            "truth_pass": passes,
            "truth_fail": fails,
            "fail_precision": _share(right_fail, given_fail),
            "wrong_pass": _share(self.counts[Verdict.FAIL, Verdict.PASS], fails),
            "wrong_pass_of_passes": _share(
                self.counts[Verdict.FAIL, Verdict.PASS], self.given(Verdict.PASS)
            ),
            "wrong_fail": _share(self.counts[Verdict.PASS, Verdict.FAIL], passes),
            "unsure": _share(self.given(Verdict.UNSURE), self.total()),
            "balanced_accuracy": sum(halves) / len(halves) if len(halves) == 2 else None,
        }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


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


def truth_of(record: Record, eye: dict[str, str | None] | None) -> Truth:
    """What the labels of one photo decide.

    Args:
        record: the photo.
        eye: its row of `index.json`, if it has one.
    """
    truth: Truth = {}
    head = _prominent(record, HEADS, PROMINENT)
    if head is not None and {*HEADS} <= record.known:
        worn = head is Label.HELMET
        truth[RuleId.HELMET_WORN] = Verdict.PASS if worn else Verdict.FAIL
        if worn and eye is not None and eye.get("orange") != "AUTO":
            orange = eye.get("orange") in ORANGE_SEEN
            truth[RuleId.HELMET_COLOUR] = Verdict.PASS if orange else Verdict.FAIL
    torso = _prominent(record, TORSOS, 2 * PROMINENT)
    if torso is not None and head is not None and {*TORSOS} <= record.known:
        work = torso is Label.WORKWEAR
        truth[RuleId.UNIFORM_WORN] = Verdict.PASS if work else Verdict.FAIL
    labels = {label for label, _ in record.boxes}
    if record.source in ("badge_manual", "badge_kphan_noid"):
        has = Label.BADGE in labels
        truth[RuleId.BADGE_WORN] = Verdict.PASS if has else Verdict.FAIL
    if record.source == "sunglasses_selfies" and len(record.boxes) == 1:
        (_, (x1, _, x2, _)) = record.boxes[0]
        if (x2 - x1) >= SUNGLASSES_SHARE * record.size[0]:
            truth[RuleId.FACE_NO_SUNGLASSES] = Verdict.FAIL
    elif record.source == "badge_kphan_noid" or (record.source == "worker_fan" and head):
        truth[RuleId.FACE_NO_SUNGLASSES] = Verdict.PASS
    if {Label.SHOES, Label.SHOE_COVER} <= record.known and labels & {Label.SHOES, Label.SHOE_COVER}:
        covered = Label.SHOES not in labels
        truth[RuleId.SHOES_COVERS] = Verdict.PASS if covered else Verdict.FAIL
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


_SHOTS = {RuleId.SHOES_COVERS: Shot.SHOES, RuleId.SITE_CLEAN: Shot.SITE_AFTER}


def validation_photos(data: Path) -> list[Record]:
    """The real validation photos."""
    return divide(read_sources(data))["val"]


def measure(
    checker: Checker, records: Iterable[Record], data: Path
) -> Iterator[tuple[Record, RuleId, Verdict, Finding]]:
    """Check every photo whose labels decide a rule; yields (photo, rule, truth, answer)."""
    eyes = seen_by_eye(data)
    for record in records:
        truth = truth_of(record, eyes.get((record.source, record.path.name)))
        photo = record.path.read_bytes() if truth else b""
        for shot in sorted({_SHOTS.get(rule, Shot.SELFIE) for rule in truth}):
            report = checker.check(photo, shot)
            for finding in report.findings:
                if finding.rule in truth:
                    yield record, finding.rule, truth[finding.rule], finding


def tally(
    answers: Iterable[tuple[Record, RuleId, Verdict, Finding]],
) -> dict[RuleId, Tally]:
    """Sum answers up by rule.

    A helmet that is asked for its colour but was found missing (`N/A`) counts as FAIL: the photo
    failed, on the neighbouring rule.
    """
    tallies: dict[RuleId, Tally] = {}
    for record, rule, truth, finding in answers:
        tallies.setdefault(rule, Tally()).add(record.name, truth, finding)
    return tallies

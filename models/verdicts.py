"""Measure verdicts, not boxes: what the rules say about validation photos against the truth.

`models.truth` says what is true of a photo; those that do not decide a rule do not count for it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from datasets.records import Record
from models.truth import judgements, seen_by_eye, truth_of
from vision.checker import Checker
from vision.findings import Finding, Verdict
from vision.policy import RuleId, Shot


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


_SHOTS = {RuleId.SHOES_COVERS: Shot.SHOES, RuleId.SITE_CLEAN: Shot.SITE_AFTER}


def measure(
    checker: Checker, records: Iterable[Record], data: Path
) -> Iterator[tuple[Record, RuleId, Verdict, Finding]]:
    """Check every photo whose labels decide a rule; yields (photo, rule, truth, answer)."""
    eyes, judged = seen_by_eye(data), judgements()
    for record in records:
        key = record.source, record.path.name
        truth = truth_of(record, eyes.get(key), judged.get(key))
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

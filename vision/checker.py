"""bytes → Photo → Detections → Scene → Findings → Report: the whole way of a photo."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vision.card import Closeup, crop
from vision.card_text import text_reader
from vision.colour import light_gains
from vision.detections import Box
from vision.detector import Detector
from vision.errors import ArgumentError
from vision.faces import find_faces
from vision.findings import Finding, Reason, Verdict, overall
from vision.labels import Label
from vision.manifest import DEFAULT_MANIFEST
from vision.photo import Photo, PhotoLimits, decode_photo
from vision.policy import Policy, QualityLimits, Shot, Weight, read_policy
from vision.quality import Quality, measure_quality
from vision.report import Report
from vision.rules import RULES
from vision.rules.context import CardQuestion, Context
from vision.scene import Scene, understand
from vision.session import SessionSettings

CLOSEUP_SIDE = 4096  # pixels: a card is looked at in a photo of at least this long edge, or in full
CUT_OFF = 0.02  # of the height: a person who begins above this goes on outside the picture


class Checker:
    """A network and a policy, ready to check photos; safe to share between threads."""

    def __init__(
        self, detector: Detector, policy: Policy, limits: PhotoLimits | None = None
    ) -> None:
        self.detector = detector
        self.policy = policy
        self.limits = limits or PhotoLimits()
        self._facts = {rule: detector.manifest.facts_for(rule) for rule in RULES}
        # What the network was not shown to see is as good as not seen.
        self._floors = detector.manifest.floors()

    @classmethod
    def open(
        cls,
        manifest_path: Path = DEFAULT_MANIFEST,
        policy: Policy | None = None,
        settings: SessionSettings | None = None,
    ) -> "Checker":
        """Load the shipped (or another) network and the default (or another) policy.

        Raises:
            ModelError: `model.*`.
            PolicyError: `policy.*`.
        """
        return cls(Detector.open(manifest_path, settings), policy or read_policy())

    def warm(self) -> None:
        """Run once on grey, so that the first photo does not pay for the runtime's start."""
        self.detector.detect(np.full((480, 640, 3), 114, np.uint8))

    def check(
        self,
        data: bytes,
        shot: Shot | None = None,
        before: Photo | None = None,
        technician: str = "",
    ) -> Report:
        """Check the bytes of one photo.

        Args:
            data: the whole file.
            shot: what it was taken for; None lets the scene decide, and the report says so.
            before: the same place before the work; without it rules that compare are not asked.
            technician: the staff number that should be on the badge; without it the card is not
                asked about.

        Raises:
            PhotoError: the photo cannot be used.
            ArgumentError: `argument.shot_not_in_policy`.
        """
        return self.examine(data, shot, before, technician)[1]

    def decode(self, data: bytes) -> Photo:
        """Decode a photo as large as the network can use it.

        Raises:
            PhotoError: the photo cannot be used.
        """
        return decode_photo(data, self.detector.manifest.input_side, self.limits)

    def examine(
        self,
        data: bytes,
        shot: Shot | None = None,
        before: Photo | None = None,
        technician: str = "",
    ) -> tuple[Photo, Report]:
        """As `check`, with the decoded photo, for those who draw on it.

        Raises:
            PhotoError: the photo cannot be used.
            ArgumentError: `argument.shot_not_in_policy`.
        """
        timings: dict[str, float] = {}
        with _timed(timings, "decode"):
            photo = self.decode(data)
        with _timed(timings, "quality"):
            quality = measure_quality(photo.pixels)
        with _timed(timings, "detect"):
            detections = self.detector.detect(photo.pixels)
        with _timed(timings, "judge"):
            size = (photo.pixels.shape[1], photo.pixels.shape[0])
            scene = understand(detections, size, self._floors)
            judged_as = shot or self._guess_shot(scene)
            card = self._card_question(data, photo, technician) if technician else None
            findings = self._findings(photo, quality, scene, judged_as, before, card)
        timings["total"] = sum(timings.values())
        manifest = self.detector.manifest
        return photo, Report(
            shot=judged_as,
            shot_guessed=shot is None,
            verdict=overall(findings),
            findings=findings,
            quality=quality,
            capture=photo.capture,
            photo_size=photo.full_size,
            scale=photo.scale,
            sha256=photo.sha256,
            model={"name": manifest.name, "version": manifest.version, "sha256": manifest.sha256},
            policy={"name": self.policy.name, "version": self.policy.version},
            timings=timings,
            faces=find_faces(scene),
        )

    def _present(self, label: Label) -> float:
        facts = self.detector.manifest.facts(label)
        return facts.present if facts else 1.0

    def _guess_shot(self, scene: Scene) -> Shot:
        """A head makes a selfie, feet or legs alone a shoe photo, nobody a site photo.

        Where a torso and feet are seen without a head, what is seen better decides: trousers may
        look like a torso, and somebody cut off at the neck may show shoes.
        """

        def best(boxes: Iterable[Box]) -> float:
            return max((b.score for b in boxes if b.score >= self._present(b.label)), default=0.0)

        torso = best(b for p in scene.people for b in p.torsos + p.vests)
        feet = best(scene.feet())
        if torso > feet or any(p.head_place for p in scene.people):
            return Shot.SELFIE
        if feet:
            return Shot.SHOES
        if any(p.box.y1 <= CUT_OFF * scene.size[1] for p in scene.people):
            return Shot.SHOES  # somebody whose upper half is out of the picture
        return Shot.SELFIE if scene.people else Shot.SITE_AFTER

    def _card_question(self, data: bytes, photo: Photo, number: str) -> CardQuestion:
        def closeup(box: Box) -> Closeup:
            if photo.scale == 1.0:
                return crop(photo.pixels, box)
            full = decode_photo(data, CLOSEUP_SIDE, self.limits)
            return crop(full.pixels, box, full.pixels.shape[1] / photo.pixels.shape[1])

        return CardQuestion(number, closeup, text_reader)

    def _findings(
        self,
        photo: Photo,
        quality: Quality,
        scene: Scene,
        shot: Shot,
        before: Photo | None,
        card: CardQuestion | None,
    ) -> tuple[Finding, ...]:
        asked = self.policy.shots.get(shot)
        if asked is None:
            raise ArgumentError(
                "argument.shot_not_in_policy",
                f"policy {self.policy.name!r} has no shot {shot!r}; "
                f"it has {', '.join(self.policy.shots)}",
            )
        gains = light_gains(photo.pixels)
        ratio = max(photo.pixels.shape[:2]) / self.detector.manifest.input_side
        findings = []
        for rule_id, weight in asked.items():
            rule = RULES[rule_id]
            if (rule.compares and before is None) or (rule.asks_number and card is None):
                continue
            context = Context(
                pixels=photo.pixels,
                gains=gains,
                facts=self._facts[rule_id],
                colours=self.policy.colours,
                settings=self.policy.rules[rule_id],
                min_head=self.policy.quality.min_head * ratio,
                before=None if before is None else before.pixels,
                card=card,
                mess=self.detector.manifest.mess,
            )
            advisory = weight is Weight.ADVISORY
            findings.append(rule.find(scene, context, advisory))
        too_poor = poor_photo(quality, self.policy.quality)
        if too_poor is not None:
            findings = [_doubted(finding, *too_poor) for finding in findings]
        return tuple(findings)


def poor_photo(quality: Quality, limits: QualityLimits) -> tuple[Reason, float, float] | None:
    """Why a photo cannot be judged at all, with the value and its threshold."""
    if quality.dark > limits.max_dark:
        return Reason.PHOTO_DARK, quality.dark, limits.max_dark
    if quality.glare > limits.max_glare:
        return Reason.PHOTO_BURNT_OUT, quality.glare, limits.max_glare
    if quality.sharpness < limits.min_sharpness:
        return Reason.PHOTO_BLURRED, quality.sharpness, limits.min_sharpness
    return None


def _doubted(finding: Finding, reason: Reason, value: float, threshold: float) -> Finding:
    """On a poor photo nothing is certain, neither good nor bad."""
    return Finding(
        rule=finding.rule,
        verdict=Verdict.UNSURE,
        reason=reason,
        value=value,
        threshold=threshold,
        clause=finding.clause,
        advisory=finding.advisory,
    )


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[stage] = (time.perf_counter() - start) * 1000

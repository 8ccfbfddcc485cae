"""Report: every answer to one photo, and its JSON, the same on the command line, API and phone."""

from dataclasses import asdict, dataclass
from typing import Any

from vision.capture import Capture
from vision.detections import Box
from vision.findings import Finding, Verdict
from vision.policy import Shot
from vision.quality import Quality


@dataclass(frozen=True)
class Report:
    """The answer to one photo.

    Attributes:
        shot: what the photo was judged as.
        shot_guessed: nobody said what the photo is of; the scene decided.
        verdict: of all required rules together.
        findings: one per rule asked, in the policy's order.
        quality: figures of the photo.
        capture: what the file claims about its making.
        photo_size: (width, height) of the upright photo as taken; JSON boxes are in its pixels.
        scale: pixels of the full photo per decoded pixel.
        sha256: of the photo's bytes.
        model, policy: name and version that gave the answer.
        timings: stage → milliseconds.
        faces: where a face may be, in pixels of the decoded photo, for those who blur them; not in
            the JSON.
    """

    shot: Shot
    shot_guessed: bool
    verdict: Verdict
    findings: tuple[Finding, ...]
    quality: Quality
    capture: Capture
    photo_size: tuple[int, int]
    scale: float
    sha256: str
    model: dict[str, str]
    policy: dict[str, str]
    timings: dict[str, float]
    faces: tuple[Box, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object; numbers rounded to what they mean, boxes in pixels of the full photo."""
        return {
            "shot": str(self.shot),
            "shot_guessed": self.shot_guessed,
            "verdict": str(self.verdict),
            "findings": [self._finding(finding) for finding in self.findings],
            "quality": {name: round(value, 4) for name, value in asdict(self.quality).items()},
            "capture": asdict(self.capture),
            "photo_size": list(self.photo_size),
            "sha256": self.sha256,
            "model": self.model,
            "policy": self.policy,
            "timings": {stage: round(ms, 2) for stage, ms in self.timings.items()},
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        return {
            "rule": str(finding.rule),
            "verdict": str(finding.verdict),
            "reason": str(finding.reason),
            "detail": finding.detail,
            "advisory": finding.advisory,
            "score": _rounded(finding.score),
            "value": _rounded(finding.value),
            "threshold": _rounded(finding.threshold),
            "boxes": [self._box(box) for box in finding.boxes],
            "clause": finding.clause,
        }

    def _box(self, box: Box) -> dict[str, Any]:
        return {
            "label": str(box.label),
            "score": _rounded(box.score),
            "xyxy": self.full_corners(box),
        }

    def full_corners(self, box: Box) -> list[float]:
        """x1, y1, x2, y2 in pixels of the full photo, inside it."""
        corners = (box.x1, box.y1, box.x2, box.y2)
        edges = self.photo_size * 2  # a person may be guessed to go on outside the photo
        return [
            min(max(round(value * self.scale, 1), 0.0), float(edge))
            for value, edge in zip(corners, edges, strict=True)
        ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

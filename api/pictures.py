"""Pictures as they are served: drawn anew from the pixels, so that no metadata goes along."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from api.tables import Check
from vision import (
    Box,
    Checker,
    Finding,
    Label,
    Photo,
    PhotoLimits,
    Reason,
    Report,
    Shot,
    Verdict,
    decode_photo,
)
from vision.capture import Capture
from vision.draw import annotate
from vision.faces import blur_faces
from vision.policy import RuleId
from vision.quality import Quality

Faces = Sequence[Sequence[float]]
MEDIA_TYPE = "image/jpeg"
QUALITY = 88


def without_metadata(data: bytes, side: int, faces: Faces = ()) -> bytes:
    """The upright photo as a JPEG, at most `side` pixels long, without EXIF or anything like it.

    Args:
        data: the photo's file.
        side: pixels.
        faces: to blur, x1, y1, x2, y2 in pixels of the upright photo as taken.
    """
    photo = _decode(data, side)
    return _jpeg(Image.fromarray(_blurred(photo, faces)), side)


def annotated(data: bytes, report: dict[str, Any], side: int, faces: Faces = ()) -> bytes:
    """The photo with the evidence boxes and the answers below it, as a JPEG; faces as above."""
    photo = _decode(data, side)
    return _jpeg(annotate(_blurred(photo, faces), _restore(report, photo)), None)


def faces_to_blur(check: Check, checker: Checker, data: bytes) -> Faces:
    """Where faces are in a check's photo: as written down, else looked for now."""
    if check.faces is not None:
        return check.faces
    _, report = checker.examine(data, Shot(check.shot))
    return [report.full_corners(face) for face in report.faces]


def _blurred(photo: Photo, faces: Faces) -> npt.NDArray[np.uint8]:
    boxes = [Box(Label.HEAD, 1.0, *corners) for corners in faces]
    return blur_faces(photo.pixels, boxes, photo.scale) if boxes else photo.pixels


def _decode(data: bytes, side: int) -> Photo:
    """What is stored was within the limits when it came."""
    return decode_photo(data, side, PhotoLimits(max_bytes=len(data)))


def _jpeg(image: Image.Image, side: int | None) -> bytes:
    if side is not None:
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _restore(report: dict[str, Any], photo: Photo) -> Report:
    """A report from its JSON, with the boxes in pixels of the photo as decoded here."""
    return Report(
        shot=Shot(report["shot"]),
        shot_guessed=report["shot_guessed"],
        verdict=Verdict(report["verdict"]),
        findings=tuple(_finding(finding, photo.scale) for finding in report["findings"]),
        quality=Quality(**report["quality"]),
        capture=Capture(**report["capture"]),
        photo_size=photo.full_size,
        scale=photo.scale,
        sha256=report["sha256"],
        model=report["model"],
        policy=report["policy"],
        timings=report["timings"],
    )


def _finding(finding: dict[str, Any], scale: float) -> Finding:
    boxes = tuple(
        Box(Label(box["label"]), box["score"], *(value / scale for value in box["xyxy"]))
        for box in finding["boxes"]
    )
    return Finding(
        rule=RuleId(finding["rule"]),
        verdict=Verdict(finding["verdict"]),
        reason=Reason(finding["reason"]),
        score=finding["score"],
        value=finding["value"],
        threshold=finding["threshold"],
        boxes=boxes,
        clause=finding["clause"],
        advisory=finding["advisory"],
        detail=finding["detail"],
    )

"""Pictures as they are served: drawn anew from the pixels, so that no metadata goes along."""

import io
from typing import Any

from PIL import Image

from vision import (
    Box,
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
from vision.policy import RuleId
from vision.quality import Quality

MEDIA_TYPE = "image/jpeg"
QUALITY = 88


def without_metadata(data: bytes, side: int) -> bytes:
    """The upright photo as a JPEG, at most `side` pixels long, without EXIF or anything like it."""
    photo = _decode(data, side)
    return _jpeg(Image.fromarray(photo.pixels), side)


def annotated(data: bytes, report: dict[str, Any], side: int) -> bytes:
    """The photo with the evidence boxes and the answers below it, as a JPEG."""
    photo = _decode(data, side)
    return _jpeg(annotate(photo.pixels, _restore(report, photo)), None)


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

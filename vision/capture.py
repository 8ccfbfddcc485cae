"""Capture facts out of EXIF: read into a record, kept apart from the pixels, never trusted."""

import math
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

MAX_TEXT = 64  # characters kept of camera names: EXIF is untrusted input
# What Pillow's EXIF reader raises on damaged data.
_DAMAGED = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class Capture:
    """What the file claims about its making; every field may be absent or a lie.

    Attributes:
        taken_at: local time of the camera, ISO 8601 without zone.
        latitude, longitude: degrees, WGS 84, north and east positive.
        camera: maker and model.
    """

    taken_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None


def read_exif(image: Image.Image) -> tuple[Capture, int]:
    """Capture facts and orientation (1 to 8) of a loaded picture; damaged EXIF says nothing."""
    try:
        exif = image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation)
    except _DAMAGED:
        return Capture(), 1
    upright = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    try:
        return read_capture(exif), upright
    except _DAMAGED:
        return Capture(), upright


def read_capture(exif: Image.Exif) -> Capture:
    """Read the capture facts; a malformed field is absent, not an error."""
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    names = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    taken = detail.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    return Capture(
        taken_at=_time(taken),
        latitude=_degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90),
        longitude=_degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180),
        camera=" ".join(name for name in names if name) or None,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c.isprintable())[:MAX_TEXT].strip()


def _time(value: Any) -> str | None:
    try:
        text = str(value).strip("\0 ")
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007 - EXIF has no zone
    except ValueError:
        return None


def _degrees(gps: dict[int, Any], tag: int, ref_tag: int, minus: str, limit: int) -> float | None:
    try:
        d, m, s = (float(part) for part in gps[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    value = d + m / 60 + s / 3600
    if not math.isfinite(value) or abs(value) > limit:
        return None
    return round(-value if str(gps.get(ref_tag, "")).upper().startswith(minus) else value, 6)

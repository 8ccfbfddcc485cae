"""What a badge card looks like close up: its shape, its QR code, and whose number is on it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from vision.detections import Box, iou
from vision.labels import Label

MARGIN = 0.15  # of the box on every side: the detector's box may cut a corner of the card off
SHAPE_SIDE = 240  # the outline is looked for in a picture this large; more detail only distracts
SAME_BOX = 0.75  # IoU of an outline with the detector's box
FILLED = 0.85  # share of its upright or turned rectangle that an outline must fill to be a card
QR_SCALES = (1, 3, 2)  # enlargements the QR code is looked for at: OpenCV wants large modules
QR_MAX_SIDE = 1600  # pixels; a card that is larger already needs no enlarging

_CONFUSED = str.maketrans("OQILZSB", "0011258")  # letters that are read for digits
_LABELLED = r"(?:工号|编号|员工号|№|\bNO|\bID)[\s.:：#-]*"


@dataclass(frozen=True)
class Closeup:
    """A card and a little of what is around it.

    Attributes:
        pixels: RGB uint8, shape (height, width, 3), as finely as the photo was taken.
        xyxy: the detector's box in these pixels.
    """

    pixels: npt.NDArray[np.uint8]
    xyxy: tuple[float, float, float, float]

    @property
    def short_side(self) -> float:
        """Of the detector's box, pixels."""
        x1, y1, x2, y2 = self.xyxy
        return min(x2 - x1, y2 - y1)


class Number(StrEnum):
    """What the texts of a card say about the number that was expected."""

    SAME = "same"
    OTHER = "other"
    UNREAD = "unread"


def crop(pixels: npt.NDArray[np.uint8], box: Box, scale: float = 1.0) -> Closeup:
    """Cut a card out, with a margin.

    Args:
        pixels: RGB uint8, shape (height, width, 3).
        box: the card, in other pixels.
        scale: `pixels` per pixel of `box`.
    """
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = (value * scale for value in (box.x1, box.y1, box.x2, box.y2))
    margin = MARGIN * max(x2 - x1, y2 - y1)
    left, top = (max(int(edge - margin), 0) for edge in (x1, y1))
    right, bottom = min(int(x2 + margin) + 1, width), min(int(y2 + margin) + 1, height)
    return Closeup(
        np.ascontiguousarray(pixels[top:bottom, left:right]),
        (x1 - left, y1 - top, x2 - left, y2 - top),
    )


def aspect(close: Closeup) -> float | None:
    """Short side over long side of the card, turned as it hangs; None if no outline is found.

    The outline is the largest four-sided one that covers most of the detector's box. The box alone
    does not tell: that of a turned card is squarer than the card.
    """
    ratio = SHAPE_SIDE / max(close.pixels.shape[:2])
    small = cv2.resize(close.pixels, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    expected = Box(Label.BADGE, 1.0, *(edge * ratio for edge in close.xyxy))
    best: tuple[float, float] | None = None
    for mask in _outlines(np.asarray(cv2.medianBlur(small, 5), np.uint8)):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in contours:
            x, y, w, h = cv2.boundingRect(contour)
            if iou(expected, Box(Label.BADGE, 1.0, x, y, x + w, y + h)) < SAME_BOX:
                continue
            _, (width, height), _ = cv2.minAreaRect(contour)
            filled = cv2.contourArea(contour) / (width * height)
            if filled >= FILLED and (best is None or filled > best[0]):
                best = filled, min(width, height) / max(width, height)
    return best[1] if best else None


def _outlines(picture: npt.NDArray[np.uint8]) -> Iterable[npt.NDArray[np.uint8]]:
    """Black and white pictures in which the card may stand out from the cloth, bright or dark."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    kernel = np.ones((7, 7), np.uint8)
    for channel in range(3):
        _, bright = cv2.threshold(lab[..., channel], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        for mask in (bright, cv2.bitwise_not(bright)):
            # Opened against straps, closed against letters and photo.
            opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
            yield np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, kernel), np.uint8)


def read_qr(close: Closeup) -> tuple[str, ...]:
    """What the card's QR code says; empty if none can be read."""
    reader = cv2.QRCodeDetector()
    for scale in QR_SCALES:
        if scale > 1 and scale * max(close.pixels.shape[:2]) > QR_MAX_SIDE:
            continue
        enlarged = cv2.resize(close.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        text, _, _ = reader.detectAndDecode(enlarged)
        if text:
            return (text,)
    return ()


def compare_number(number: str, texts: Iterable[str], *, exact: bool = False) -> Number:
    """Whether `number` stands in the texts of a card, or another one in its place.

    Letters that look like digits count as those digits. Another number counts only where it is
    called a number (`工号`, `NO`, `ID`) and is made like the one expected: cards show telephone
    numbers and departments as well. One differing character is taken for a misreading.

    Args:
        number: as the company writes it, e.g. `SZ10086`.
        texts: lines of the card.
        exact: the texts are not read but decoded (QR): one differing character is another number.
    """
    folded = _folded(number)
    if not folded:
        return Number.UNREAD
    nearest: int | None = None
    for text in texts:
        upper = unicodedata.normalize("NFKC", text).upper()
        if _holds(upper, folded):
            return Number.SAME
        others = [found.group(1) for found in re.finditer(_LABELLED + r"([0-9A-Z -]+)", upper)]
        for other in map(_folded, [*others, upper] if exact else others):
            if len(other) == len(folded):
                differing = sum(a != b for a, b in zip(other, folded, strict=True))
                nearest = differing if nearest is None else min(nearest, differing)
    misread = 0 if exact else 1
    return Number.OTHER if nearest is not None and nearest > misread else Number.UNREAD


def _folded(text: str) -> str:
    """Letters and digits only, letters that look like digits as those digits."""
    upper = unicodedata.normalize("NFKC", text).upper()
    return re.sub(r"[^0-9A-Z]", "", upper).translate(_CONFUSED)


def _holds(text: str, folded: str) -> bool:
    """Whether the number stands in a text, not as a part of a longer one."""
    pattern = r"[\s._:-]*".join(map(re.escape, folded))
    for found in re.finditer(pattern, text.translate(_CONFUSED)):
        start, end = found.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        longer_before = before.isdigit() and text[start].isdigit()
        longer_after = (
            after.isalnum() and after.isascii() and after.isdigit() == text[end - 1].isdigit()
        )
        if not longer_before and not longer_after:
            return True
    return False

"""Does a photo look like one of a screen or of a print? A question for a person, never an answer.

Two cues, each of which is enough, both set to be wrong about real photos very seldom:

* `frame`: a picture in a quadrilateral with one uniform dark or white band all round it: the bezel
  of a screen, the bars of a viewer, the margin of a print. Quadrilaterals are found as in OpenCV's
  sample `squares.cpp`, over several thresholds.
* `grid`: a fine periodic pattern in half of the photo or more: the pixels of a screen or the dots
  of a print that the camera resolves, or the moiré of both (Mahdian et al., Identification of
  aliasing-based patterns in re-captured LCD screens, ICIP 2015). A line of the spectrum is held
  against the spectrum around it (Aizenberg and Butakoff, Frequency domain median-like filter for
  periodic and quasi-periodic noise removal, 2002). Cloth, carpets and fences have such lines too,
  but seldom everywhere.

Blur, contrast and colour of a copy are no cues here: real photos have them as well.
`python -m api.recapture_study` prints what the cues find and how often they are wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

FRAME_SIDE = 480  # long edge in pixels that frames are looked for at
LEVELS = (25, 40, 60, 80, 150, 175, 200, 220)  # grey; what is darker or brighter may be a band
MIN_AREA, MAX_AREA = 0.2, 0.93  # of the photo, of the picture in the frame
MIN_FILL = 0.7  # of the quadrilateral that the outline takes; fingers and dark corners bite into it
FLAT, RIM = 320, 24  # pixels of a straightened picture, and of what is kept around it
GAP, BAND, CORNER = 2, 3, 12  # pixels of the rim: blurred by the edge, looked at, left out
UNIFORM = 10  # grey levels that a band may differ from a straight line
STEP = 15  # grey levels that the picture differs from the band beside it

MIN_UNIFORM = 0.85  # share of each side's band that is uniform
MIN_STEP, MIN_SIDE_STEP = 0.8, 0.5  # share of the edge where the picture ends; of each side
MAX_SPREAD = 60  # grey levels between the bands of two sides: light falls on a print from one side
DARK, BRIGHT = 70, 150  # grey levels of a band
MIN_CONTRAST = 50  # grey levels in the picture

TILE = 256  # pixels
TILES = (4, 3)  # along the long edge and the short one
LOW, HIGH = 0.1, 0.47  # cycles per pixel; below are things, above is what a camera's mosaic leaves
JPEG_BLOCK = 8  # pixels; its blocks have lines of their own
LINE, AROUND = 5, 21  # bins of a spectrum: a line, and what it is held against
MIN_LINE = 6.5  # natural logarithm of power against that around it
MAX_TILES = TILES[0] * TILES[1]
MIN_TILES = 6


@dataclass(frozen=True)
class Frame:
    """A picture within the photo, and the band around it.

    Attributes:
        corners: x, y in pixels at a long edge of `FRAME_SIDE`, clockwise, shape (4, 2).
        area: share of the photo.
    """

    corners: Floats
    area: float


def recaptured(luminance: Pixels) -> dict[str, Any] | None:
    """What speaks for a photo of a screen or a print, or None.

    Args:
        luminance: uint8, shape (height, width), not reduced, as `vision.photo.decode_luminance`
            gives it: fine patterns do not survive being reduced.

    Returns:
        `cues`, a list of `frame` and `grid`; with `frame` also `area`, its share of the photo, with
        `grid` also `period`, in pixels of the photo.
    """
    facts: dict[str, Any] = {"cues": []}
    frame = find_frame(luminance)
    if frame is not None:
        facts["cues"].append("frame")
        facts["area"] = round(frame.area, 2)
    period = find_grid(luminance)
    if period is not None:
        facts["cues"].append("grid")
        facts["period"] = round(period, 1)
    return facts if facts["cues"] else None


def find_frame(luminance: Pixels) -> Frame | None:
    """The largest picture in a uniform band, if there is one."""
    ratio = min(1.0, FRAME_SIDE / max(luminance.shape))
    size = tuple(max(1, round(edge * ratio)) for edge in luminance.shape[::-1])
    small = cv2.resize(luminance, size, interpolation=cv2.INTER_AREA)
    found = [_framed(small, corners) for corners in _quadrilaterals(small)]
    frames = [frame for frame in found if frame is not None]
    return max(frames, key=lambda frame: frame.area, default=None)


def _quadrilaterals(small: Any) -> Iterator[Floats]:
    """Corners, clockwise, of large convex ones that lie within the photo, each once."""
    grey = cv2.medianBlur(small, 3)
    edges = cv2.dilate(cv2.Canny(grey, 30, 90), np.ones((3, 3), np.uint8))
    masks = [grey < level if level < 128 else grey > level for level in LEVELS]
    known: list[Floats] = []
    for mask in [*masks, edges > 0]:
        outlines, _ = cv2.findContours(
            mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
        )
        for outline in outlines:
            corners = _corners(outline, grey.shape)
            if corners is not None and not any(np.abs(corners - k).max() < 4 for k in known):
                known.append(corners)
                yield corners


def _corners(outline: Any, shape: tuple[int, ...]) -> Floats | None:
    height, width = shape
    area = cv2.contourArea(outline) / (height * width)
    if not MIN_FILL * MIN_AREA < area < MAX_AREA:
        return None
    hull = cv2.convexHull(outline)
    length = cv2.arcLength(hull, True)
    shapes = (cv2.approxPolyDP(hull, slack * length, True) for slack in (0.01, 0.02, 0.03, 0.05))
    quad = next((shape for shape in shapes if len(shape) <= 4), None)
    if quad is None or len(quad) != 4:
        return None
    full = cv2.contourArea(quad)
    if not MIN_AREA < full / (height * width) < MAX_AREA or area * height * width < MIN_FILL * full:
        return None
    if cv2.contourArea(hull) < 0.93 * full:  # something round
        return None
    corners = quad.reshape(4, 2).astype(np.float32)
    if (corners < 3).any() or (corners > np.array([width, height]) - 4).any():
        return None
    around = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    first = int(np.argmin(corners.sum(axis=1)))
    return np.asarray(np.roll(corners, -first, axis=0), np.float32)


def _framed(small: Any, corners: Floats) -> Frame | None:
    """The frame, if there is a band around the quadrilateral or along the inside of it."""
    low, high = RIM, RIM + FLAT
    square = np.array([[low, low], [high, low], [high, high], [low, high]], np.float32)
    flat = cv2.warpPerspective(
        small.astype(np.float32),
        cv2.getPerspectiveTransform(corners, square),
        (high + RIM, high + RIM),
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = flat[low + RIM : high - RIM, low + RIM : high - RIM]
    if np.subtract(*np.percentile(inside, (95, 5))) < MIN_CONTRAST:
        return None
    turned = [np.rot90(flat, turn) for turn in range(4)]
    for outward in (True, False):
        sides = [_Side.of(side, outward) for side in turned]
        if _is_band(sides) and not (outward and _is_padding(corners, sides)):
            return Frame(corners, cv2.contourArea(corners) / small.size)
    return None


@dataclass(frozen=True)
class _Side:
    """One side of a straightened quadrilateral, which lies below it.

    Attributes:
        level: grey of the band.
        uniform: share of the band that is as the rest of it.
        step: share of the edge on whose other side there is something else.
    """

    level: float
    uniform: float
    step: float

    @classmethod
    def of(cls, grey: Any, outward: bool) -> "_Side":
        """Of a band beyond the edge, or of one on this side of it."""
        along = slice(RIM + CORNER, RIM + FLAT - CORNER)
        beyond, within = slice(RIM - GAP - BAND, RIM - GAP), slice(RIM + GAP, RIM + GAP + BAND)
        of_band, across = (beyond, within) if outward else (within, beyond)
        band = grey[of_band, along].mean(axis=0)
        half = band.size // 2
        level, tilt = np.median(band), np.median(band[half:]) - np.median(band[:half])
        shaded = level + tilt * np.linspace(-1, 1, band.size)  # light falls off along a print
        return cls(
            level=float(level),
            uniform=float((np.abs(band - shaded) < UNIFORM).mean()),
            step=float((np.abs(grey[across, along].mean(axis=0) - shaded) > STEP).mean()),
        )


def _is_band(sides: list[_Side]) -> bool:
    levels, steps = [side.level for side in sides], [side.step for side in sides]
    level = np.mean(levels)
    return bool(
        max(levels) - min(levels) <= MAX_SPREAD
        and (level <= DARK or level >= BRIGHT)
        and min(side.uniform for side in sides) >= MIN_UNIFORM
        and np.mean(steps) >= MIN_STEP
        and min(steps) >= MIN_SIDE_STEP
    )


def _is_padding(corners: Floats, sides: list[_Side]) -> bool:
    """Whether a program put the band there: straight, of the one black or white that is none."""
    ahead = np.abs(np.roll(corners, -1, axis=0) - corners)
    levels = [side.level for side in sides]
    return bool(ahead.min(axis=1).max() <= 4 and (max(levels) < 5 or min(levels) > 250))


def find_grid(luminance: Pixels) -> float | None:
    """The period in pixels of a fine pattern that half of the photo has, if there is one.

    Args:
        luminance: uint8, shape (height, width), not reduced.
    """
    found: list[float] = []
    for number, tile in enumerate(_tiles(luminance)):
        strength, frequency = _line(tile)
        if strength >= MIN_LINE:
            found.append(1 / frequency)
        if number + 1 - len(found) > MAX_TILES - MIN_TILES:
            return None  # too many without
    return float(np.median(found)) if len(found) >= MIN_TILES else None


def grid_strength(luminance: Pixels) -> float:
    """The `MIN_LINE` at which a pattern would just be found; 0 for a photo that is too small."""
    lines = sorted((_line(tile)[0] for tile in _tiles(luminance)), reverse=True)
    return lines[MIN_TILES - 1] if lines else 0.0


def _tiles(luminance: Pixels) -> Iterator[Pixels]:
    """Squares all over the photo; those of a small one overlap."""
    height, width = luminance.shape
    if min(height, width) < TILE:
        return
    columns, rows = TILES if width >= height else TILES[::-1]
    for row in range(rows):
        y = round((height - TILE) * (row + 0.5) / rows)
        for column in range(columns):
            x = round((width - TILE) * (column + 0.5) / columns)
            yield luminance[y : y + TILE, x : x + TILE]


def _line(tile: Pixels) -> tuple[float, float]:
    """How far the strongest line stands out, and its frequency in cycles per pixel."""
    window, frequency, usable = _spectrum()
    level = tile.astype(np.float32)
    power = power_spectrum((level - level.mean()) * window)
    spectrum = np.fft.fftshift(np.log(power + 100.0), axes=0)  # rounding has about this power
    wide = cv2.boxFilter(spectrum, -1, (AROUND, AROUND), normalize=False)
    near = cv2.boxFilter(spectrum, -1, (LINE, LINE), normalize=False)
    stands_out = spectrum - (wide - near) / (AROUND**2 - LINE**2)
    best = int(np.where(usable, stands_out, -np.inf).argmax())
    return float(stands_out.flat[best]), float(frequency.flat[best])


def power_spectrum(tile: Floats) -> Floats:
    """Squared magnitude of `np.fft.rfft2`, from OpenCV's transform of real numbers.

    That one is faster, but packs the two columns that are their own mirror images (CCS format).

    Args:
        tile: shape (`TILE`, `TILE`).

    Returns:
        Shape (`TILE`, `TILE` // 2 + 1).
    """
    packed = np.asarray(cv2.dft(tile), np.float32) ** 2
    half = TILE // 2
    power = np.empty((TILE, half + 1), np.float32)
    power[:, 1:half] = packed[:, 1:-1:2] + packed[:, 2:-1:2]
    for column, source in ((0, packed[:, 0]), (half, packed[:, -1])):
        power[0, column], power[half, column] = source[0], source[-1]
        power[1:half, column] = source[1:-1:2] + source[2:-1:2]
        power[half + 1 :, column] = power[half - 1 : 0 : -1, column]
    return power


@cache
def _spectrum() -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """A Hann window, the frequency of each bin, and which bins may hold a line."""
    across, down = np.meshgrid(np.fft.rfftfreq(TILE), np.fft.fftshift(np.fft.fftfreq(TILE)))
    frequency, width = np.hypot(across, down), 1.6 / TILE
    blocks = [
        np.abs(axis * JPEG_BLOCK - np.round(axis * JPEG_BLOCK)) < JPEG_BLOCK * width
        for axis in (across, down)
    ]
    usable = (frequency > LOW) & (np.abs(across) < HIGH) & (np.abs(down) < HIGH)
    # Upright and level edges, of things and of blocks, put power on the axes.
    usable &= (np.abs(across) > width) & (np.abs(down) > width) & ~(blocks[0] & blocks[1])
    hann = np.hanning(TILE).astype(np.float32)
    return np.outer(hann, hann), frequency.astype(np.float32), usable

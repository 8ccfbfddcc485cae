"""Before and after: lay two pictures of one place over each other, and say what has changed.

The earlier picture is warped onto the later one (SIFT keypoints, a homography by MAGSAC++: Barath
et al., 2020). What then still looks different, though both may be shifted a little against each
other, is a change. A homography holds for a plane and for a camera that only turns; the allowance
for small shifts takes up what a camera a step to the side makes of a room. Figures were set with
`python -m models.restored_study`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vision.detections import Box
from vision.labels import Label

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SIDE = 480  # long edge in pixels that pictures are compared at
KEYPOINTS = 1500
RATIO = 0.8  # Lowe, 2004: the best match must be this much nearer than the second best
REPROJECTION = 4.0  # pixels
MIN_INLIERS = 20
MIN_INLIER_SHARE = 0.25  # of the matches
MIN_OVERLAP = 0.5  # of the later picture that the earlier one shows too
MAX_STRETCH = 2.0  # how much larger or smaller things may be shown

SHIFT, STEP = 6, 3  # pixels that the pictures may still be off, and steps it is tried in
SOFTNESS = 1.0  # pixels of blur, so that half a step does not count
MAX_CONTRAST = 2.0  # how much the contrast of one picture is adapted to that of the other
WINDOW = 11  # pixels, side of the window that likeness is measured in
STABILITY = 60.0  # squared grey levels; contrast below its root counts as none
MIN_LIKENESS = 0.45  # below, a window has changed
MIN_ALIKE = 0.5  # share of the common area; below, the light is too different to compare
MAX_GAP = 19  # pixels between parts of one change
MIN_WIDTH = 7  # pixels
MIN_AREA = 0.0015  # of the picture; smaller changes are not reported
SAME_COLOURS = 0.35  # histogram intersection of what is gone and what is new: it was moved


class Obstacle(StrEnum):
    """Why two pictures cannot be compared."""

    OTHER_PLACE = "other_place"
    OTHER_LIGHT = "other_light"


@dataclass(frozen=True)
class Comparison:
    """What has changed between two pictures.

    Attributes:
        changes: boxes in pixels of the later picture, largest first. NEW: there now, not before.
            GONE: where something was before. MOVED: there now, and elsewhere before. The score is
            how surely the place looks different, 0 to 1.
        obstacle: why there is no comparison; None if there is one.
        alike: share of the common area that looks the same, 0 to 1; 0 for another place.
    """

    changes: tuple[Box, ...] = ()
    obstacle: Obstacle | None = None
    alike: float = 0.0


def compare(before: Pixels, after: Pixels) -> Comparison:
    """Compare two pictures of one place.

    Args:
        before: the earlier one, RGB, uint8, shape (height, width, 3).
        after: the later one, in any other size.
    """
    ratio = SIDE / max(after.shape[:2])
    earlier, later = _reduced(before), _reduced(after)
    warp = _alignment(earlier, later)
    if warp is None:
        return Comparison(obstacle=Obstacle.OTHER_PLACE)
    size = (later.shape[1], later.shape[0])
    aligned = np.asarray(cv2.warpPerspective(earlier, warp, size), np.uint8)
    common = _common(earlier.shape[:2], warp, size)
    if common.mean() < MIN_OVERLAP:
        return Comparison(obstacle=Obstacle.OTHER_PLACE)
    likeness = _likeness(aligned, later, common)
    alike = float((likeness >= MIN_LIKENESS)[common].mean())
    if alike < MIN_ALIKE:
        return Comparison(obstacle=Obstacle.OTHER_LIGHT, alike=alike)
    regions = _regions((likeness < MIN_LIKENESS) & common)
    relit = _relit(aligned, later, common)
    found = [_Change.of(region, likeness, relit, later) for region in regions]
    boxes = [change.box(1 / ratio) for change in _paired(found)]
    return Comparison(tuple(sorted(boxes, key=lambda box: -box.area)), alike=alike)


def _reduced(pixels: Pixels) -> Pixels:
    ratio = SIDE / max(pixels.shape[:2])
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    size = tuple(max(1, round(edge * ratio)) for edge in pixels.shape[1::-1])
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _grey(pixels: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _alignment(earlier: Pixels, later: Pixels) -> Floats | None:
    """The homography from the earlier picture to the later one; None if there is none to trust."""
    sift: Any = cv2.SIFT.create(nfeatures=KEYPOINTS)
    greys = [cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) for pixels in (earlier, later)]
    (points1, words1), (points2, words2) = (sift.detectAndCompute(grey, None) for grey in greys)
    if words1 is None or words2 is None or len(words2) < 2:
        return None
    pairs = cv2.BFMatcher().knnMatch(_rooted(words1), _rooted(words2), k=2)
    good = [best for best, second in pairs if best.distance < RATIO * second.distance]
    if len(good) < MIN_INLIERS:
        return None
    source = np.array([points1[match.queryIdx].pt for match in good], np.float32)
    target = np.array([points2[match.trainIdx].pt for match in good], np.float32)
    found: Any = cv2.findHomography(source, target, cv2.USAC_MAGSAC, REPROJECTION)
    warp, inliers = found
    if warp is None or inliers.sum() < max(MIN_INLIERS, MIN_INLIER_SHARE * len(good)):
        return None
    return np.asarray(warp, np.float32) if _is_plausible(warp, earlier.shape[:2]) else None


def _rooted(words: Floats) -> Floats:
    """RootSIFT (Arandjelović & Zisserman, 2012)."""
    total = words.sum(axis=1, keepdims=True)
    return np.asarray(np.sqrt(words / np.maximum(total, 1e-6)), np.float32)


def _corners(shape: tuple[int, ...]) -> Floats:
    height, width = shape
    return np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)


def _is_plausible(warp: Any, shape: tuple[int, ...]) -> bool:
    """Whether somebody who stands about where they stood could see the picture so."""
    corners = cv2.perspectiveTransform(_corners(shape), warp.astype(np.float32))[0]
    if not np.isfinite(corners).all() or not cv2.isContourConvex(corners):
        return False
    area = cv2.contourArea(corners, oriented=True) / (shape[0] * shape[1])
    return bool(1 / MAX_STRETCH**2 < area < MAX_STRETCH**2)


def _common(shape: tuple[int, ...], warp: Floats, size: tuple[int, int]) -> Mask:
    """Where the later picture shows what the earlier one shows too, without the very edge."""
    whole = np.full(shape, 255, np.uint8)
    seen = cv2.warpPerspective(whole, warp, size, flags=cv2.INTER_NEAREST)
    edge = 2 * (SHIFT + WINDOW // 2) + 1
    return np.asarray(cv2.erode(seen, np.ones((edge, edge), np.uint8), borderValue=0) > 0)


def _likeness(earlier: Pixels, later: Pixels, common: Mask) -> Floats:
    """How alike two pictures are in lightness and in colour, whichever is less; 1 to -1."""
    channels = [
        cv2.split(cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), (0, 0), SOFTNESS))
        for pixels in (earlier, later)
    ]
    found = [_similarity(a, b, common) for a, b in zip(*channels, strict=True)]
    return np.asarray(np.minimum.reduce(found), np.float32)


def _similarity(earlier: Pixels, later: Pixels, common: Mask) -> Floats:
    """Structural similarity (Wang et al., 2004) without its term for brightness, 1 to -1.

    Of each window the best over small shifts. Contrast is made equal first, so that a dimmer lamp
    does not count.
    """
    after = np.asarray(later, np.float32)
    before = np.asarray(earlier, np.float32)
    contrast = float(after[common].std()) / max(float(before[common].std()), 1.0)
    before *= np.float32(np.clip(contrast, 1 / MAX_CONTRAST, MAX_CONTRAST))
    mean2, var2 = _moments(after)
    mean1, var1 = _moments(before)
    best = np.full(after.shape, -1, np.float32)
    height, width = after.shape
    padded = [
        cv2.copyMakeBorder(array, SHIFT, SHIFT, SHIFT, SHIFT, cv2.BORDER_REPLICATE)
        for array in (before, mean1, var1)
    ]
    for down in range(0, 2 * SHIFT + 1, STEP):
        for right in range(0, 2 * SHIFT + 1, STEP):
            grey, mean, var = (a[down : down + height, right : right + width] for a in padded)
            both = cv2.boxFilter(grey * after, -1, (WINDOW, WINDOW)) - mean * mean2
            np.maximum(best, (2 * both + STABILITY) / (var + var2 + STABILITY), out=best)
    return best


def _moments(grey: Floats) -> tuple[Floats, Floats]:
    mean = np.asarray(cv2.boxFilter(grey, -1, (WINDOW, WINDOW)), np.float32)
    squares = np.asarray(cv2.boxFilter(grey * grey, -1, (WINDOW, WINDOW)), np.float32)
    return mean, np.maximum(squares - mean * mean, 0)


def _relit(earlier: Pixels, later: Pixels, common: Mask) -> Pixels:
    """The earlier picture with the mean and spread of the later one's colours."""
    before, after = (np.asarray(pixels, np.float32) for pixels in (earlier, later))
    spread = after[common].std(axis=0) / np.maximum(before[common].std(axis=0), 1.0)
    spread = np.clip(spread, 1 / MAX_CONTRAST, MAX_CONTRAST)
    shown = (before - before[common].mean(axis=0)) * spread + after[common].mean(axis=0)
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def _regions(changed: Mask) -> list[Mask]:
    """Places that changed, each filled to its outline: the inside of a plain thing has no edges."""
    gap, speck = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)) for size in (MAX_GAP, MIN_WIDTH)
    )
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, gap)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, speck)
    outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    regions = []
    for outline in outlines:
        if cv2.contourArea(outline) >= MIN_AREA * changed.size:
            region = np.zeros(changed.shape, np.uint8)
            cv2.drawContours(region, [outline], -1, 1, cv2.FILLED)
            regions.append(region > 0)
    return regions


@dataclass(frozen=True)
class _Change:
    """One place that changed.

    Attributes:
        region: its pixels.
        label: NEW, GONE or MOVED.
        colours: histogram of the thing, where it is or was.
        score: how surely.
    """

    region: Mask
    label: Label
    colours: Floats
    score: float

    @classmethod
    def of(cls, region: Mask, likeness: Floats, aligned: Pixels, later: Pixels) -> "_Change":
        """Of two pictures of a place, that one has a thing in it which stands out more."""
        around = cv2.dilate(region.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
        around &= ~region
        stands_out = [_stands_out(pixels, region, around) for pixels in (aligned, later)]
        is_new = stands_out[1] >= stands_out[0]
        colours = _colours(later if is_new else aligned, region)
        score = float(np.clip(1 - likeness[region], 0, 1).mean())
        return cls(region, Label.NEW if is_new else Label.GONE, colours, score)

    def box(self, scale: float) -> Box:
        """In pixels of the picture as it was handed in."""
        x, y, width, height = cv2.boundingRect(self.region.astype(np.uint8))
        corners = (x, y, x + width, y + height)
        return Box(self.label, self.score, *(float(value * scale) for value in corners))


def _stands_out(pixels: Pixels, region: Mask, around: Mask) -> float:
    """How different the colours of a place are from those around it, plus the edges in it."""
    unlike = 1 - _intersection(_colours(pixels, region), _colours(pixels, around))
    grey = _grey(pixels)
    edges = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    inside = float(edges[region].mean())
    outside = float(edges[around].mean()) if around.any() else 0.0
    return unlike + inside / (inside + outside + 1)


def _colours(pixels: Pixels, region: Mask) -> Floats:
    """Histogram in CIELAB, smoothed, of sum 1."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    bins, ranges = [8, 12, 12], [0, 256, 64, 192, 64, 192]
    counts = cv2.calcHist([lab], [0, 1, 2], region.astype(np.uint8), bins, ranges)
    return np.asarray(counts / max(float(counts.sum()), 1), np.float32)


def _intersection(a: Floats, b: Floats) -> float:
    return float(np.minimum(a, b).sum())


def _paired(changes: list[_Change]) -> list[_Change]:
    """What is gone here and new there, of the same colours and size, was moved: one change."""
    new = [change for change in changes if change.label is Label.NEW]
    kept = [change for change in changes if change.label is Label.GONE]
    for change in new:
        likely = max(kept, key=lambda gone: _same_thing(gone, change), default=None)
        if likely is None or _same_thing(likely, change) < SAME_COLOURS:
            kept.append(change)
            continue
        kept = [other for other in kept if other is not likely]
        kept.append(_Change(change.region, Label.MOVED, change.colours, change.score))
    return kept


def _same_thing(gone: _Change, new: _Change) -> float:
    """Histogram intersection; 0 for things that are not both of one kind or differ in size."""
    if gone.label is not Label.GONE:
        return 0.0
    ratio = float(gone.region.sum()) / float(new.region.sum())
    return _intersection(gone.colours, new.colours) if 1 / 3 < ratio < 3 else 0.0

"""Sketches: a few hundred keypoints that say whether one photo is cut out of another.

ORB keypoints (Rublee et al., 2011) survive cropping, scaling, tinting and recompression. Their
first 24 bits are a word to look sketches up by: ORB's tests are in the order in which its authors
found them to tell most, and `python -m api.fraud_study` shows what that gives. Keypoints only say
that two photos are of one place; the pixels, laid over each other, say that they are one photo.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE = 512  # long edge in pixels that keypoints are taken at
POINTS = 300
FAST = 12  # grey levels a corner differs from its circle in; fewer find more, and take longer
PYRAMID = 1.2  # each layer is so much smaller than the one before; ORB's own
DESCRIPTOR = 32  # bytes
WORD = 3  # bytes of a descriptor that are its word
SUBPIXELS = 64  # steps per pixel that places are kept in

MAX_BITS = 64  # of 256 that may differ between matching descriptors
RATIO = 0.8  # Lowe, 2004
REPROJECTION = 3.0  # pixels
MIN_INLIERS = 12
MIN_SCALE, MAX_SCALE = 0.3, 3.0

BLOCK = 15  # pixels, side of the windows that pixels are compared in
MIN_CONTRAST = 5.0  # grey levels of standard deviation; plainer windows say nothing
CORRELATED = 0.7  # a window of the same photo, even tinted and recompressed
MIN_OVERLAP = 0.3  # share of the new photo that shows the earlier one
MIN_WINDOWS = 0.05  # share of the overlap that says something


@dataclass(frozen=True)
class Sketch:
    """Keypoints of a photo.

    Attributes:
        points: x, y in pixels of the photo at a long edge of `SIDE`, float32, shape (n, 2).
        descriptors: uint8, shape (n, 32).
    """

    points: Floats
    descriptors: Pixels

    @classmethod
    def both(cls, grey: Pixels) -> "tuple[Sketch, Sketch]":
        """Of a picture as `shrunk` makes it, and of its mirror image.

        Keypoints are looked for once: in the mirror they are where they were, mirrored.
        """
        orb: Any = cv2.ORB.create(nfeatures=POINTS, scaleFactor=PYRAMID, fastThreshold=FAST)
        points, descriptors = orb.detectAndCompute(grey, None)
        turned = [_turned(point, grey.shape[1]) for point in points]
        mirror = np.ascontiguousarray(grey[:, ::-1])
        return cls._of(points, descriptors), cls._of(*orb.compute(mirror, turned))

    @classmethod
    def _of(cls, points: Any, descriptors: Any) -> "Sketch":
        if descriptors is None:
            return cls(np.zeros((0, 2), np.float32), np.zeros((0, DESCRIPTOR), np.uint8))
        return cls(np.array([point.pt for point in points], np.float32), descriptors)

    @property
    def words(self) -> list[int]:
        """Distinct numbers under which the sketch is found."""
        parts = self.descriptors[:, :WORD].astype(np.int64)
        return sorted(set((parts @ (256 ** np.arange(WORD))).tolist()))

    def to_bytes(self) -> bytes:
        """As kept in the database."""
        places = (self.points * SUBPIXELS).round().astype("<u2")
        return places.tobytes() + self.descriptors.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Sketch":
        """Back."""
        count = len(data) // (4 + DESCRIPTOR)
        places = np.frombuffer(data, "<u2", 2 * count).reshape(count, 2)
        descriptors = np.frombuffer(data, np.uint8, offset=4 * count).reshape(count, DESCRIPTOR)
        return cls((places / SUBPIXELS).astype(np.float32), descriptors)


def _turned(point: Any, width: int) -> Any:
    """A keypoint in the mirror; ORB has it in pixels of a layer of its pyramid, made larger."""
    scale = PYRAMID**point.octave
    x = (round(width / scale) - 1) * scale - point.pt[0]
    angle = (180 - point.angle) % 360
    return cv2.KeyPoint(x, point.pt[1], point.size, angle, point.response, point.octave)


def shrunk(pixels: Pixels) -> Pixels:
    """What keypoints are taken of: grey, uint8, shape (height, width), `SIDE` at the long edge.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    ratio = SIDE / max(grey.shape)
    how = cv2.INTER_AREA if ratio < 0.5 else cv2.INTER_LINEAR  # averaging takes five times as long
    size = tuple(max(1, round(edge * ratio)) for edge in grey.shape[::-1])
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)


def overlay(new: Sketch, earlier: Sketch) -> Floats | None:
    """How the earlier photo lies on the new one: moved, turned and scaled, nothing else.

    Returns:
        float32, shape (2, 3), pixels at a long edge of `SIDE`; None if it does not fit.
    """
    if min(len(new.points), len(earlier.points)) < MIN_INLIERS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(earlier.descriptors, new.descriptors, k=2)
    good = [
        best
        for best, second in pairs
        if best.distance < MAX_BITS and best.distance < RATIO * second.distance
    ]
    if len(good) < MIN_INLIERS:
        return None
    source = np.array([earlier.points[match.queryIdx] for match in good])
    target = np.array([new.points[match.trainIdx] for match in good])
    found: Any = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=REPROJECTION)
    warp, inliers = found
    if warp is None or inliers.sum() < MIN_INLIERS:
        return None
    scale = float(np.hypot(warp[0, 0], warp[1, 0]))
    return np.asarray(warp, np.float32) if MIN_SCALE < scale < MAX_SCALE else None


def agreement(new: Pixels, earlier: Pixels, warp: Floats) -> float:
    """Share of the windows with structure in which both photos show the same, 0 to 1.

    Somebody who stands elsewhere before the same wall makes it fall; tint and compression do not.

    Args:
        new: as `shrunk` makes it, mirrored if that is what was found.
        earlier: as `shrunk` makes it.
        warp: of `overlay`.
    """
    size = (new.shape[1], new.shape[0])
    seen = cv2.warpAffine(np.full_like(earlier, 255), warp, size)
    inside = cv2.erode(seen, np.ones((BLOCK, BLOCK), np.uint8), borderValue=0) > 0
    if inside.mean() < MIN_OVERLAP:
        return 0.0
    later, laid = _soft(new), _soft(cv2.warpAffine(earlier, warp, size))
    mean1, mean2 = _mean(later), _mean(laid)
    var1, var2 = _mean(later * later) - mean1**2, _mean(laid * laid) - mean2**2
    speaks = inside & (np.maximum(var1, var2) > MIN_CONTRAST**2)
    if speaks.sum() < MIN_WINDOWS * inside.sum():
        return 0.0
    both = _mean(later * laid) - mean1 * mean2
    correlation = both / np.sqrt(np.maximum(var1, 1) * np.maximum(var2, 1))
    return float((correlation > CORRELATED)[speaks].mean())


def _soft(picture: Any) -> Floats:
    """Half a pixel of misplacement must not look like another photo."""
    return np.asarray(cv2.GaussianBlur(np.asarray(picture, np.float32), (0, 0), 1.5), np.float32)


def _mean(picture: Any) -> Floats:
    return np.asarray(cv2.boxFilter(picture, -1, (BLOCK, BLOCK)), np.float32)

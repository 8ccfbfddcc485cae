"""One person's points and mask, and the questions about them that edits ask."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.boxes import Box
from datasets.synthesis.canvas import DoubtfulError, Points

# Numbers of mediapipe's 33 pose points; left and right are the person's own.
NOSE, EYE_L, EYE_R, EAR_L, EAR_R, MOUTH_L, MOUTH_R = 0, 2, 5, 7, 8, 9, 10
SHOULDER_L, SHOULDER_R, ELBOW_L, ELBOW_R, WRIST_L, WRIST_R = 11, 12, 13, 14, 15, 16
HANDS_L, HANDS_R = (15, 17, 19, 21), (16, 18, 20, 22)
HIP_L, HIP_R, KNEE_L, KNEE_R, ANKLE_L, ANKLE_R = 23, 24, 25, 26, 27, 28
HEEL_L, HEEL_R, TOE_L, TOE_R = 29, 30, 31, 32

# Distance of the shoulder joints of an adult: 370 mm for men, 330 mm for women, clothes apart
# (biacromial breadth 400 / 360 mm in ISO/TR 7250-2 less the joints' depth).
SHOULDERS_MM = 360.0
SEEN = 0.6  # visibility above which a point counts as seen


@dataclass(frozen=True)
class Body:
    """A person found in one region of a photo.

    Attributes:
        region: where it was looked for, pixels.
        points: (33, 4) x, y, depth in pixels (smaller is nearer), visibility.
        mask: (height, width) of the whole photo.
    """

    region: Box
    points: NDArray[np.float32]
    mask: NDArray[np.bool_]

    def at(self, *numbers: int) -> Points:
        """Mean x, y of some points."""
        return np.asarray(self.points[list(numbers), :2].mean(axis=0), np.float32)

    def sees(self, *numbers: int) -> bool:
        """Whether all these points are seen."""
        return bool((self.points[list(numbers), 3] >= SEEN).all())

    @property
    def shoulders(self) -> float:
        """Distance of the shoulder joints in pixels."""
        return float(np.linalg.norm(self.at(SHOULDER_L) - self.at(SHOULDER_R)))

    @property
    def per_mm(self) -> float:
        """Pixels per millimetre at the chest."""
        return self.shoulders / SHOULDERS_MM


@dataclass(frozen=True)
class Chest:
    """Axes of a chest that faces the camera: `right` and `down` as unit vectors of the picture."""

    middle: Points  # between the shoulder joints
    right: Points
    down: Points
    per_mm: float

    def point(self, right_mm: float, down_mm: float) -> Points:
        """Photo pixels of a place on the chest, in millimetres from between the shoulders."""
        offset = self.right * (right_mm * self.per_mm) + self.down * (down_mm * self.per_mm)
        return np.asarray(self.middle + offset, np.float32)

    def quad(self, centre: tuple[float, float], size: tuple[float, float], turn: float) -> Points:
        """Corners, clockwise from the top left, of a rectangle in millimetres turned by radians."""
        cos, sin = np.cos(turn), np.sin(turn)
        right = self.right * cos + self.down * sin
        down = self.down * cos - self.right * sin
        middle = self.point(*centre)
        w, h = size[0] / 2 * self.per_mm, size[1] / 2 * self.per_mm
        corners = [middle + right * (w * i) + down * (h * j) for i, j in _CORNERS]
        return np.asarray(corners, np.float32)


_CORNERS = ((-1, -1), (1, -1), (1, 1), (-1, 1))


def unit(vector: Points) -> Points:
    """Vector of length 1."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def chest_of(body: Body, min_shoulders: float = 60.0, any_side: bool = False) -> Chest:
    """The chest, if it is seen from the front.

    Args:
        body: whose.
        min_shoulders: pixels between the shoulder joints.
        any_side: a back or a half-turned trunk will do (strips go all around).

    Raises:
        DoubtfulError: from behind or the side, too small, bent over, or not whole in the picture.
    """
    if not body.sees(SHOULDER_L, SHOULDER_R) or not (any_side or body.sees(NOSE)):
        raise DoubtfulError("shoulders or face not seen")
    left, right = body.at(SHOULDER_L), body.at(SHOULDER_R)
    if any_side and left[0] < right[0]:
        left, right = right, left
    span = body.shoulders
    if left[0] - right[0] < 0.85 * span:
        raise DoubtfulError("from behind or tilted")
    if span < min_shoulders:
        raise DoubtfulError("too small")
    turned = abs(float(body.points[SHOULDER_L, 2] - body.points[SHOULDER_R, 2])) / span
    if turned > (2.2 if any_side else 0.8):
        raise DoubtfulError("from the side")
    middle = (left + right) / 2
    if not (body.at(NOSE)[1] < middle[1] - 0.2 * span):
        raise DoubtfulError("head not above the chest")
    across = unit(left - right)
    plumb = np.array([-across[1], across[0]], np.float32)
    if body.sees(HIP_L, HIP_R):
        spine = body.at(HIP_L, HIP_R) - middle
        ratio = float(np.linalg.norm(spine)) / span
        # Front view: 500 mm from shoulders to hips over 360 mm, 1.4.
        if not 0.8 < ratio < (2.8 if any_side else 2.3) or float(unit(spine)[1]) < 0.85:
            raise DoubtfulError("bent over or from the side")
        plumb = unit(plumb + unit(spine))
    # What hangs follows gravity as much as the body.
    down = unit(plumb + np.array([0, 1], np.float32))
    return Chest(middle, across, down, body.per_mm)


def arms_clear(body: Body, area: Box) -> bool:
    """Whether neither hands nor forearms come near an area of the picture."""
    reach = 0.17 * body.shoulders  # half a hand
    for elbow, wrist, hand in ((ELBOW_L, WRIST_L, HANDS_L), (ELBOW_R, WRIST_R, HANDS_R)):
        if body.points[wrist, 3] < 0.2:
            continue
        for start, end in ((elbow, wrist), *((wrist, tip) for tip in hand[1:])):
            line = np.linspace(body.at(start), body.at(end), 12)
            gap_x = np.maximum(np.maximum(area[0] - line[:, 0], line[:, 0] - area[2]), 0)
            gap_y = np.maximum(np.maximum(area[1] - line[:, 1], line[:, 1] - area[3]), 0)
            if (np.hypot(gap_x, gap_y) < reach).any():
                return False
    return True


def read_bodies(path: Path) -> list[Body]:
    """Bodies of one picture from the cache that `bodies.py` writes; none without a file."""
    if not path.is_file():
        return []
    with np.load(path) as stored:
        rows = zip(stored["regions"], stored["points"], stored["masks"], strict=True)
        return [
            Body((float(r[0]), float(r[1]), float(r[2]), float(r[3])), points, mask)
            for r, points, mask in rows
        ]

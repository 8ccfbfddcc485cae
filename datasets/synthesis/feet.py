"""Edits on feet: shoe covers pulled over, and bare shoes dyed in the colours of covers."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from datasets.boxes import Box
from datasets.synthesis.body import (
    ANKLE_L,
    ANKLE_R,
    HEEL_L,
    HEEL_R,
    KNEE_L,
    KNEE_R,
    TOE_L,
    TOE_R,
    Body,
    unit,
)
from datasets.synthesis.canvas import (
    SCALE,
    Canvas,
    DoubtfulError,
    Light,
    Pixels,
    Points,
    Sheet,
    bounds,
    box_of,
    cast_shadow,
    lay,
)
from datasets.synthesis.clothes import from_lab, to_lab
from datasets.synthesis.covers import Covers, Cutout
from vision.labels import Label

MIN_FOOT = 14.0  # pixels of the longer side; covers smaller than that are blue dots
SHANK_MM = 400.0  # knee joint to ankle joint of an adult
SHOE_MM = 290.0

FEET = (
    (KNEE_L, ANKLE_L, HEEL_L, TOE_L),
    (KNEE_R, ANKLE_R, HEEL_R, TOE_R),
)


@dataclass(frozen=True)
class Foot:
    """One foot in the photo, pixels; `length` is of the shoe if it were seen from the side."""

    ankle: Points
    heel: Points
    toe: Points
    shank: Points  # unit vector from knee to ankle
    length: float

    @property
    def from_side(self) -> bool:
        """Whether toe and heel lie apart across the leg."""
        across = np.array([-self.shank[1], self.shank[0]], np.float32)
        return abs(float((self.toe - self.heel) @ across)) > 0.5 * self.length


def find_feet(body: Body) -> list[Foot]:
    """The feet that can be edited: seen, inside the picture, large enough.

    Raises:
        DoubtfulError: none.
    """
    height, width = body.mask.shape
    found = []
    reason = "feet not seen"
    for knee_n, ankle_n, heel_n, toe_n in FEET:
        if not body.sees(knee_n, ankle_n, heel_n, toe_n):
            continue
        knee, ankle, heel, toe = (body.at(n) for n in (knee_n, ankle_n, heel_n, toe_n))
        shank = float(np.linalg.norm(ankle - knee))
        length = max(shank * SHOE_MM / SHANK_MM, float(np.linalg.norm(toe - heel)))
        points = np.stack([ankle, heel, toe])
        margin = 0.15 * length
        box = bounds(points, margin)
        if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
            reason = "feet leave the picture"
            continue
        if length < MIN_FOOT * 1.2:
            reason = "feet too small"
            continue
        grown = cv2.dilate(body.mask.astype(np.uint8), np.ones((9, 9), np.uint8))
        if grown[int(ankle[1]), int(ankle[0])] == 0 or toe[1] < knee[1]:
            reason = "feet off the person"
            continue
        trunk = float(np.linalg.norm(body.at(23, 24) - body.at(11, 12)))
        thigh = float(np.linalg.norm(knee - body.at(23, 24)))
        # Standing, a leg is 1.6 trunks long. Feet that mediapipe guesses lie close to the hips.
        if thigh + shank < 1.25 * trunk or shank < 0.5 * trunk or ankle[1] < body.at(23, 24)[1]:
            reason = "legs folded or guessed"
            continue
        found.append(Foot(ankle, heel, toe, unit(ankle - knee), length))
    if not found:
        raise DoubtfulError(reason)
    if len(found) == 2 and _merged(found[0], found[1]):
        raise DoubtfulError("feet on each other")
    return found


def _merged(a: Foot, b: Foot) -> bool:
    gap = np.linalg.norm((a.toe + a.heel + a.ankle) / 3 - (b.toe + b.heel + b.ankle) / 3)
    return bool(gap < 0.3 * min(a.length, b.length))


def shoe_pixels(body: Body, foot: Foot) -> Points:
    """x, y of the person's pixels around sole and instep: what a cover must hide."""
    plane = np.zeros(body.mask.shape, np.uint8)
    tip = foot.toe + unit(foot.toe - foot.heel) * (0.12 * foot.length)
    line = np.round(np.stack([foot.ankle, foot.heel, tip, foot.ankle])).astype(np.int32)
    cv2.fillPoly(plane, [line], 1)
    cv2.polylines(plane, [line], True, 1, max(int(0.4 * foot.length), 2))
    rows, columns = np.nonzero((plane > 0) & body.mask)
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    below = (points - foot.ankle) @ foot.shank > 0.0
    if below.sum() < 40:
        raise DoubtfulError("feet off the person")
    return points[below]


def _range(values: Points, *at_least: float) -> tuple[float, float]:
    low, high = np.percentile(values, [1, 99])
    return min(float(low), *at_least), max(float(high), *at_least)


def _place(
    cutout: Cutout, foot: Foot, shoe: Points, rng: np.random.Generator, side: bool
) -> Points:
    """2 × 3 matrix from cut-out pixels to photo pixels: the plastic covers the shoe's extent.

    Raises:
        DoubtfulError: the cut-out would be stretched out of shape.
    """
    along = unit(foot.toe - (foot.heel if side else foot.ankle))
    source = unit(cutout.toe - (cutout.heel if side else cutout.mouth))
    across = np.array([-along[1], along[0]], np.float32)
    across_s = np.array([-source[1], source[0]], np.float32)
    if side:  # both normals point to the opening
        across *= np.sign(float((foot.ankle - (foot.heel + foot.toe) / 2) @ across)) or 1.0
        across_s *= (
            np.sign(float((cutout.mouth - (cutout.heel + cutout.toe) / 2) @ across_s)) or 1.0
        )
    elif rng.random() < 0.5:
        across_s = -across_s
    rows, columns = np.nonzero(cutout.rgba[..., 3] > 128)
    plastic = np.stack([columns, rows], axis=1).astype(np.float32)
    from_u, from_n = (
        _range(plastic @ source, float(cutout.toe @ source)),
        _range(plastic @ across_s, float(cutout.toe @ across_s)),
    )
    length = foot.length
    if side:
        to_u = _range(
            shoe @ along,
            float(foot.toe @ along) + 0.1 * length,
            float(foot.heel @ along) - 0.06 * length,
        )
        sole = _range(shoe @ across, float(foot.toe @ across))[0]
        to_n = (sole, float(foot.ankle @ across) + 0.05 * length)
    else:
        to_u = (
            float(foot.ankle @ along) - 0.06 * length,
            _range(shoe @ along, float(foot.toe @ along))[1],
        )
        to_n = _range(shoe @ across, float(foot.toe @ across))
    grow = float(rng.uniform(1.06, 1.18))
    scale_u = (to_u[1] - to_u[0]) / (from_u[1] - from_u[0]) * grow
    scale_n = (to_n[1] - to_n[0]) / (from_n[1] - from_n[0]) * grow
    if not 0.5 < scale_n / scale_u < 2.0:
        raise DoubtfulError("cover would be stretched")
    linear = scale_u * np.outer(along, source) + scale_n * np.outer(across, across_s)
    middle_s = source * (sum(from_u) / 2) + across_s * (sum(from_n) / 2)
    middle_t = along * (sum(to_u) / 2) + across * (sum(to_n) / 2)
    shift = middle_t - linear @ middle_s
    return np.concatenate([linear, shift[:, None]], axis=1).astype(np.float32)


def _tint(rgba: Pixels, rng: np.random.Generator) -> Pixels:
    """The same plastic in another make's colour."""
    lab = to_lab(rgba[..., :3])
    turn = float(rng.normal(0, 0.14)) if rng.random() < 0.85 else float(rng.uniform(-1.6, 0.5))
    cos, sin = np.cos(turn), np.sin(turn)
    strong = float(rng.uniform(0.75, 1.15)) if rng.random() < 0.9 else 0.1
    a, b = lab[..., 1].copy(), lab[..., 2].copy()
    lab[..., 1] = (a * cos - b * sin) * strong
    lab[..., 2] = (a * sin + b * cos) * strong
    lab[..., 0] = np.clip(lab[..., 0] * float(rng.uniform(0.85, 1.1)), 0, 98)
    out = rgba.copy()
    out[..., :3] = from_lab(lab)
    return out


def add_covers(
    canvas: Canvas, body: Body, light: Light, rng: np.random.Generator, covers: Covers
) -> None:
    """Pull covers over the feet; writes `shoe_cover` boxes and takes away those of `shoes`.

    Raises:
        DoubtfulError: no foot can be edited.
    """
    feet = find_feet(body)
    same_side = int(rng.integers(len(covers.side)))
    same_front = int(rng.integers(len(covers.front)))
    tint_seed = int(rng.integers(2**31))
    for foot in feet:
        side = foot.from_side
        cutout = covers.side[same_side] if side else covers.front[same_front]
        cutout = replace(cutout, rgba=_tint(cutout.rgba, np.random.default_rng(tint_seed)))
        shoe = shoe_pixels(body, foot)
        matrix = _place(cutout, foot, shoe, rng, side)
        height, width = cutout.rgba.shape[:2]
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        quad = (corners @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
        sheet = Sheet(bounds(np.concatenate([quad, shoe]), 6), canvas.size)
        _underlay(sheet, cutout, shoe)
        sheet.image(cutout.rgba, quad)
        box = box_of(sheet.alpha, sheet)
        if max(box[2] - box[0], box[3] - box[1]) < MIN_FOOT:
            raise DoubtfulError("covers too small")
        if max(box[2] - box[0], box[3] - box[1]) > 1.9 * foot.length:
            raise DoubtfulError("covers too large")
        sheet.alpha *= 0.97
        cast_shadow(canvas, sheet, (0, 0.03 * foot.length), 0.05 * foot.length)
        lay(canvas, sheet, light, None, rng)
        canvas.boxes = [b for b in canvas.boxes if b[0] is not Label.SHOES or apart(b[1], box)]
        canvas.boxes.append((Label.SHOE_COVER, box))


def _underlay(sheet: Sheet, cutout: Cutout, shoe: Points) -> None:
    """Plain plastic under the cut-out, so that no shoe looks out between cover and leg."""
    solid = cutout.rgba[..., 3] > 200
    colour = np.median(cutout.rgba[..., :3][solid], axis=0) * 0.85
    plane = np.zeros(sheet.alpha.shape, np.uint8)
    for x, y in np.asarray(sheet.local(shoe), int):
        plane[max(y - SCALE, 0) : y + 2 * SCALE, max(x - SCALE, 0) : x + 2 * SCALE] = 255
    size = 2 * int(2.5 * SCALE) + 1
    soft = cv2.medianBlur(cv2.GaussianBlur(plane, (size, size), 0), 5)
    smooth = np.clip((np.asarray(soft, np.float32) / 255 - 0.35) * 4, 0, 1)
    sheet.over(colour.astype(np.float32), smooth.astype(np.float32))


def apart(shoe: Box, cover: Box) -> bool:
    """Whether a shoe is another than the one that a cover hides."""
    w = min(shoe[2], cover[2]) - max(shoe[0], cover[0])
    h = min(shoe[3], cover[3]) - max(shoe[1], cover[1])
    if w <= 0 or h <= 0:
        return True
    small = min(
        (shoe[2] - shoe[0]) * (shoe[3] - shoe[1]), (cover[2] - cover[0]) * (cover[3] - cover[1])
    )
    return w * h < 0.12 * small


def dye_shoes(canvas: Canvas, body: Body, rng: np.random.Generator) -> None:
    """Dye bare shoes in the colours of covers: they stay `shoes`.

    Raises:
        DoubtfulError: no foot can be edited.
    """
    target = ((45.0, -5.0, -40.0), (55.0, -15.0, -35.0), (35.0, 15.0, -50.0))[int(rng.integers(3))]
    for foot in find_feet(body):
        plane = np.zeros(body.mask.shape, np.uint8)
        low = foot.ankle + foot.shank * (0.02 * foot.length)
        hull = cv2.convexHull(np.stack([low, foot.heel, foot.toe]).astype(np.float32))
        points = np.round(hull).astype(np.int32)
        cv2.fillPoly(plane, [points], 1)
        cv2.polylines(plane, [points], True, 1, max(int(0.16 * foot.length), 1))
        shoe = (plane > 0) & body.mask
        if shoe.sum() < 60:
            raise DoubtfulError("shoes too small")
        lab = to_lab(canvas.pixels)
        middle = float(np.median(lab[..., 0][shoe]))
        dyed = lab.copy()
        dyed[..., 0] = np.clip(lab[..., 0] + (target[0] - middle) * 0.6, 4, 92)
        wash = np.clip(lab[..., 0] / max(middle, 8.0), 0.5, 1.1)
        dyed[..., 1], dyed[..., 2] = target[1] * wash, target[2] * wash
        alpha = cv2.GaussianBlur(shoe.astype(np.float32), (0, 0), 0.9)[..., None]
        canvas.pixels[:] = canvas.pixels * (1 - alpha) + from_lab(dyed) * alpha

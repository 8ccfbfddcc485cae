"""Find plain clothes and dye them: a blue uniform out of any work clothes."""

import itertools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.boxes import Box
from datasets.synthesis.body import (
    ANKLE_L,
    ANKLE_R,
    ELBOW_L,
    ELBOW_R,
    HIP_L,
    HIP_R,
    KNEE_L,
    KNEE_R,
    SHOULDER_L,
    SHOULDER_R,
    WRIST_L,
    WRIST_R,
    Body,
    chest_of,
    unit,
)
from datasets.synthesis.canvas import (
    Canvas,
    DoubtfulError,
    Pixels,
    Points,
)

Mask = NDArray[np.bool_]

WHOLE_SHARE = 0.86  # of the torso that must be dyed, small holes filled
PLAIN_SHARE = 0.72  # of the torso in one colour, for clothes that may be recoloured
VIVID = 52.0  # Lab chroma above which clothes are high-visibility, with strips of their own

# Lab (L 0..100) of uniforms: navy, telecom blue, royal blue, grey-blue.
UNIFORM_BLUES = ((20.0, 4.0, -20.0), (30.0, 10.0, -36.0), (38.0, 14.0, -48.0), (27.0, 2.0, -26.0))
OTHER_CLOTHES = (
    (48.0, 40.0, 46.0),
    (45.0, 0.0, 2.0),
    (32.0, -14.0, 10.0),
    (30.0, 30.0, 16.0),
    (16.0, 0.0, -1.0),
)


ARMS = ((SHOULDER_L, ELBOW_L, WRIST_L), (SHOULDER_R, ELBOW_R, WRIST_R))


@dataclass(frozen=True)
class Garment:
    """Pixels of one plain piece of clothing and its middle colour in Lab."""

    mask: Mask
    colour: NDArray[np.float32]


def to_lab(pixels: NDArray[Any]) -> Pixels:
    """RGB 0..255 → Lab, L 0..100."""
    rgb = np.clip(pixels / 255, 0, 1).astype(np.float32)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)


def from_lab(lab: Pixels) -> Pixels:
    """Lab, L 0..100 → RGB 0..255."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(rgb, 0, 1) * 255, np.float32)


def limb_mask(shape: tuple[int, ...], line: list[Points], widths: list[float]) -> Mask:
    """A chain of points with a thickness at each."""
    plane = np.zeros(shape, np.uint8)
    for (a, b), w in zip(itertools.pairwise(line), widths, strict=True):
        cv2.line(plane, _int(a), _int(b), 1, max(int(w), 1))
    return plane > 0


def _int(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def torso_mask(body: Body, widen: float) -> Mask:
    """The quadrilateral of shoulders and hips, widened by a share of the shoulders."""
    left, right = body.at(SHOULDER_L), body.at(SHOULDER_R)
    hip_l, hip_r = body.at(HIP_L), body.at(HIP_R)
    across, out = unit(left - right), widen * body.shoulders
    up = np.array([0, 0.22 * widen / 0.15], np.float32) * body.shoulders * 0.5
    corners = [
        left + across * out - up,
        right - across * out - up,
        hip_r - across * out + up,
        hip_l + across * out + up,
    ]
    plane = np.zeros(body.mask.shape, np.uint8)
    cv2.fillPoly(plane, [np.round(np.array(corners)).astype(np.int32)], 1)
    return (plane > 0) & body.mask


def skin(pixels: Pixels) -> Mask:
    """Pixels in the colours of skin: YCrCb box of Chai and Ngan (1999), all complexions."""
    rgb = np.clip(pixels, 0, 255).astype(np.uint8)
    codes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    return np.asarray(
        (codes[..., 1] > 135) & (codes[..., 1] < 175) & (codes[..., 2] > 78) & (codes[..., 2] < 126)
    )


def _plain(canvas: Canvas, core: Mask, wide: Mask, name: str) -> Garment:
    """The connected pixels of `wide` that have the colour of `core`.

    Raises:
        DoubtfulError: several colours, high-visibility, skin-coloured, or too small.
    """
    if core.sum() < 400:
        raise DoubtfulError(f"{name} too small")
    whole, window = wide.shape, _window(wide | core, 6)
    core, wide, pixels = core[window], wide[window], canvas.pixels[window]
    lab = to_lab(cv2.GaussianBlur(pixels, (0, 0), 1.0))
    colour = np.median(lab[core], axis=0).astype(np.float32)
    chroma = float(np.hypot(colour[1], colour[2]))
    if chroma > VIVID:
        raise DoubtfulError(f"{name} high-visibility")
    delta = lab - colour
    hue_off = np.hypot(delta[..., 1], delta[..., 2])
    # Dark cloth varies little in brightness, light cloth a lot; strips and prints stand far off.
    near = (hue_off < 11) & (np.abs(delta[..., 0]) < 12 + 0.3 * colour[0])
    if near[core].mean() < PLAIN_SHARE:
        raise DoubtfulError(f"{name} not plain")
    if skin(pixels)[core].mean() > 0.45:
        raise DoubtfulError(f"{name} skin-coloured")
    chosen = (near & wide).astype(np.uint8)
    size = 2 * max(round(float(np.sqrt(core.sum())) * 0.03), 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    chosen = cv2.morphologyEx(chosen, cv2.MORPH_CLOSE, kernel) & wide.astype(np.uint8)
    chosen = cv2.morphologyEx(chosen, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts = cv2.connectedComponents(chosen)
    if count < 2:
        raise DoubtfulError(f"{name} not plain")
    best = int(np.bincount(parts[core & (parts > 0)], minlength=count).argmax())
    mask = parts == best
    # What lies inside the garment but was not chosen (buttons, seams, small pockets) joins it.
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    filled = mask.astype(np.uint8)
    for contour in contours:
        if cv2.contourArea(contour) < 0.01 * core.sum():
            cv2.drawContours(filled, [contour], -1, 1, -1)
    found = np.zeros(whole, bool)
    found[window] = (filled > 0) & wide
    return Garment(found, colour)


def find_top(canvas: Canvas, body: Body) -> Garment:
    """The jacket or shirt with its sleeves.

    Raises:
        DoubtfulError: hips out of the picture, arms over the chest, not plain, leaking.
    """
    chest = chest_of(body, min_shoulders=45.0, any_side=True)
    width, height = canvas.size
    hips = body.at(HIP_L, HIP_R)
    low = chest.middle + (hips - chest.middle) * 0.45
    if not (0 < low[0] < width and low[1] < height):
        raise DoubtfulError("torso leaves the picture")
    core = torso_mask(body, -0.08)
    span = body.shoulders
    sleeves = np.zeros(body.mask.shape, bool)
    for line in ARMS:
        sleeves |= limb_mask(sleeves.shape, [body.at(n) for n in line], [0.5 * span, 0.4 * span])
    hands = np.zeros(body.mask.shape, bool)
    for wrist, index in ((15, 19), (16, 20)):
        hands |= limb_mask(hands.shape, [body.at(wrist), body.at(index)], [0.3 * span])
    head = np.zeros(body.mask.shape, np.uint8)
    nose = body.at(0)
    drop = max(float(chest.middle[1] - nose[1]), 1.0)
    cv2.ellipse(head, _int(nose), (int(0.38 * span), int(0.66 * drop)), 0, 0, 360, 1, -1)
    wide = (torso_mask(body, 0.2) | sleeves) & body.mask & ~hands & ~(head > 0)
    garment = _plain(canvas, core, wide, "top")
    if min(garment.mask[core].mean(), garment.mask[torso_mask(body, 0.03)].mean()) < WHOLE_SHARE:
        raise DoubtfulError("top has holes")
    share = float(garment.mask.sum()) / float(core.sum())
    if not 0.85 < share < 4.5:
        raise DoubtfulError("top leaks or has holes")
    return garment


def find_trousers(canvas: Canvas, body: Body) -> Garment:
    """The trousers.

    Raises:
        DoubtfulError: knees not seen, not plain, leaking.
    """
    if not body.sees(HIP_L, HIP_R, KNEE_L, KNEE_R):
        raise DoubtfulError("legs not seen")
    width, height = canvas.size
    knees = body.at(KNEE_L, KNEE_R)
    if knees[1] > height - 4 or not 0 < knees[0] < width:
        raise DoubtfulError("legs leave the picture")
    span = body.shoulders
    legs = ((HIP_L, KNEE_L, ANKLE_L), (HIP_R, KNEE_R, ANKLE_R))
    core, wide = np.zeros(body.mask.shape, bool), np.zeros(body.mask.shape, bool)
    for line in legs:
        points = [body.at(n) for n in line]
        core |= limb_mask(core.shape, points[:2], [0.16 * span])
        wide |= limb_mask(wide.shape, points, [0.75 * span, 0.5 * span])
    for ankle, heel, toe in ((27, 29, 31), (28, 30, 32)):
        foot = limb_mask(
            wide.shape, [body.at(ankle), body.at(heel), body.at(toe)], [0.2 * span] * 2
        )
        wide &= ~foot
    garment = _plain(canvas, core & body.mask, wide & body.mask, "trousers")
    if float(garment.mask.sum()) < 1.5 * float((core & body.mask).sum()):
        raise DoubtfulError("trousers have holes")
    return garment


def recolour(canvas: Canvas, garment: Garment, target: tuple[float, float, float]) -> None:
    """Dye a garment to a Lab colour; its folds, wear and grain stay.

    Args:
        canvas: edited in place.
        garment: as found; its middle colour becomes `target`.
        target: L 0..100, a, b.
    """
    window = _window(garment.mask, 4)
    pixels = canvas.pixels[window]
    lab = to_lab(pixels)
    lightness = float(garment.colour[0])
    # Shadows and highlights keep their ratio to the middle; light cloth dyed dark keeps less.
    ratio = np.clip((lab[..., 0] + 6) / (lightness + 6), 0.2, 2.2)
    gamma = 1.0 if lightness < 60 else 1.35
    new = np.empty_like(lab)
    new[..., 0] = np.clip((target[0] + 4) * ratio**gamma - 4, 1, 96)
    # Highlights wash colour out, shadows swallow it.
    wash = np.clip(1.15 - 0.25 * np.abs(ratio - 0.95), 0.55, 1.1)
    for k in (1, 2):
        new[..., k] = target[k] * wash + 0.12 * (lab[..., k] - garment.colour[k])
    alpha = cv2.GaussianBlur(garment.mask[window].astype(np.float32), (0, 0), 0.9)[..., None]
    canvas.pixels[window] = pixels * (1 - alpha) + from_lab(new) * alpha


def _window(mask: Mask, margin: int) -> tuple[slice, slice]:
    """The part of the picture that holds a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


def torso_of(body: Body, garment: Garment) -> Box:
    """The box of the torso part of a garment."""
    rows, columns = np.nonzero(garment.mask & torso_mask(body, 0.25))
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)

"""Edit on feet: thin covers of see-through plastic, pulled over sole and toe, the shoe looking out.

The cut-outs of `covers` are of thick plastic that hides the shoe. Cheap covers are a film through
which the shoe shows, and they end low: above the rim laces, tongue and ankle stay as they are.
"""

import cv2
import numpy as np

from datasets.synthesis.body import Body, unit
from datasets.synthesis.canvas import (
    Canvas,
    DoubtfulError,
    Light,
    Plane,
    Points,
    bounds,
    luminance,
)
from datasets.synthesis.clothes import from_lab
from datasets.synthesis.feet import MIN_FOOT, Foot, apart, find_feet, shoe_pixels
from vision.labels import Label

# CIE Lab of the plastic, as measured on covers of training pictures; most are blue.
BLUES = ((50.0, -6.0, -42.0), (60.0, -14.0, -34.0), (42.0, 8.0, -50.0), (66.0, -12.0, -22.0))
PALE = (82.0, -2.0, -3.0)
PALE_SHARE = 0.08
RIM_HEEL, RIM_WAIST = (0.3, 0.6), (0.25, 0.5)  # of the ankle's height; the toe is covered whole
VAMP = (0.38, 0.6)  # from heel to toe: where the rim leaves the sides and crosses the instep
TIP = 0.7  # share of the covers whose ends stick out pointed


def add_film(canvas: Canvas, body: Body, light: Light, rng: np.random.Generator) -> None:
    """Pull see-through covers over the feet; writes `shoe_cover` and takes `shoes` boxes away.

    Raises:
        DoubtfulError: no foot can be edited.
    """
    feet = find_feet(body)
    pale = rng.random() < PALE_SHARE
    lab = np.array(PALE if pale else BLUES[int(rng.integers(len(BLUES)))], np.float32)
    lab = lab + rng.normal(0, (5.0, 3.0, 4.0)).astype(np.float32)
    thick = float(rng.uniform(0.5, 0.85))
    tips = rng.random() < TIP
    drawn = [(foot, _shape(canvas, body, foot, tips, rng)) for foot in feet]
    for foot, plane in drawn:
        _wrap(canvas, plane, lab, thick, foot.length, light, rng)
        rows, columns = np.nonzero(plane > 0.5)
        box = bounds(np.stack([columns, rows], axis=1), 0.5)
        canvas.boxes = [b for b in canvas.boxes if b[0] is not Label.SHOES or apart(b[1], box)]
        canvas.boxes.append((Label.SHOE_COVER, box))


def _shape(canvas: Canvas, body: Body, foot: Foot, tips: bool, rng: np.random.Generator) -> Plane:
    """Where the film lies, 0..1, shape of the photo."""
    shoe = shoe_pixels(body, foot)
    covered, along, tip, end = _below_rim(shoe, foot, rng)
    if len(covered) < 30:
        raise DoubtfulError("feet off the person")
    width, height = canvas.size
    plane = np.zeros((height, width), np.uint8)
    columns, rows = covered.astype(int).T
    plane[rows, columns] = 255
    across = np.array([-along[1], along[0]], np.float32)
    ends = [(tip, 1.0, 0.85), (end, -1.0, 0.5)] if tips else []
    for at, way, odds in ends:
        if rng.random() < odds:
            apex = at + way * along * float(rng.uniform(0.1, 0.22)) * foot.length
            side = across * float(rng.uniform(0.1, 0.16)) * foot.length
            base = at - way * along * 0.08 * foot.length
            corners = np.round(np.stack([apex, base + side, base - side])).astype(np.int32)
            cv2.fillPoly(plane, [corners], 255)
    # The film is wider than the shoe, and its edge is not smooth.
    grow = max(int(float(rng.uniform(0.08, 0.16)) * foot.length) | 1, 3)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow))
    plane = np.asarray(cv2.morphologyEx(plane, cv2.MORPH_CLOSE, disc), np.uint8)
    plane = np.asarray(cv2.dilate(plane, disc), np.uint8)
    rows, columns = np.nonzero(plane)
    if max(np.ptp(rows), np.ptp(columns)) < MIN_FOOT:
        raise DoubtfulError("covers too small")
    soft = cv2.GaussianBlur(plane.astype(np.float32) / 255, (0, 0), max(0.02 * foot.length, 0.6))
    return np.asarray(np.clip((np.asarray(soft, np.float32) - 0.3) * 2.5, 0, 1), np.float32)


def _below_rim(
    shoe: Points, foot: Foot, rng: np.random.Generator
) -> tuple[Points, Points, Points, Points]:
    """Pixels of the shoe that the film covers, the direction of the toe, its tip and other end."""
    heel_rim, waist_rim, vamp = (float(rng.uniform(*r)) for r in (RIM_HEEL, RIM_WAIST, VAMP))
    if foot.from_side:
        along = unit(foot.toe - foot.heel)
        up = np.array([-along[1], along[0]], np.float32)
        up = up * np.sign(float((foot.ankle - (foot.heel + foot.toe) / 2) @ up) or 1.0)
        u, v = shoe @ along, shoe @ up
        low, high = np.percentile(u, (2, 98))
        sole = float(np.percentile(v, 3))
        tall = max(float(foot.ankle @ up) - sole, 0.1 * foot.length)
        u, v = (u - low) / max(high - low, 1.0), (v - sole) / tall
        rim = np.interp(u, (0.0, 0.2, vamp, vamp + 0.15), (heel_rim, waist_rim, waist_rim, 3.0))
        covered = shoe[v < rim]
    else:  # seen from the front or above: the toe half, and a little of the sides
        along = unit(foot.toe - foot.ankle)
        side = np.array([-along[1], along[0]], np.float32)
        u, v = shoe @ along, shoe @ side
        low, high = np.percentile(u, (2, 98))
        middle, wide = float(np.median(v)), max(float(np.ptp(np.percentile(v, (3, 97)))), 1.0)
        bent = 0.35 * (2 * np.abs(v - middle) / wide) ** 2  # the rim is a U around the ankle
        covered = shoe[(u - low) / max(high - low, 1.0) > vamp - bent]
    if not len(covered):
        raise DoubtfulError("feet off the person")
    order = covered @ along
    return covered, along, covered[int(order.argmax())], covered[int(order.argmin())]


def _wrap(
    canvas: Canvas,
    plane: Plane,
    lab: Points,
    thick: float,
    length: float,
    light: Light,
    rng: np.random.Generator,
) -> None:
    """Lay the film: the shoe through it, creases that shine, a gathered rim."""
    rows, columns = np.nonzero(plane > 0.02)
    pad = 3
    window = (
        slice(max(rows[0] - pad, 0), rows[-1] + pad + 1),
        slice(max(int(columns.min()) - pad, 0), int(columns.max()) + pad + 1),
    )
    part, alpha = canvas.pixels[window], plane[window]
    creases = _creases(alpha.shape, length, rng)
    shade = luminance(part)
    shade = 0.6 + 0.4 * shade / max(float(np.median(shade[alpha > 0.5])), 30.0)
    bright = light.white.mean() / 235.0
    film = np.empty((*alpha.shape, 3), np.float32)
    film[:] = lab
    film[..., 0] = np.clip(film[..., 0] * bright * np.clip(shade, 0.7, 1.25) + 4 * creases, 4, 96)
    rgb = from_lab(film)
    shine = np.clip(creases - 1.5, 0, 1)[..., None] * float(rng.uniform(0.2, 0.6))
    rgb = rgb + (np.float32(245.0 * bright) - rgb) * shine
    soft = max(0.05 * length, 1.0)
    inner = np.asarray(cv2.GaussianBlur(alpha, (0, 0), soft), np.float32)
    rim = np.clip(1.6 - 1.8 * inner, 0, 1)  # plastic lies double at the edge
    dense = np.clip(thick + 0.12 * creases + 0.3 * rim, 0.25, 0.95) * alpha
    canvas.pixels[window] = np.clip(part * (1 - dense[..., None]) + rgb * dense[..., None], 0, 255)


def _creases(shape: tuple[int, ...], length: float, rng: np.random.Generator) -> Plane:
    """Noise of two sizes, of mean 0 and about 1 in spread."""
    total = np.zeros(shape, np.float32)
    for size in (0.03, 0.09):
        noise = rng.normal(0, 1, shape).astype(np.float32)
        sigma = max(size * length, 0.7)
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma, sigmaY=0.5 * sigma), np.float32)
        total += noise / max(float(noise.std()), 1e-6)
    return total / np.float32(1.4)

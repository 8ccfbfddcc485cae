"""Sew reflective strips on clothes, and print the stripes that must not be taken for them."""

from dataclasses import dataclass

import numpy as np

from datasets.synthesis.body import (
    ANKLE_L,
    ANKLE_R,
    HIP_L,
    HIP_R,
    KNEE_L,
    KNEE_R,
    SHOULDER_L,
    SHOULDER_R,
    Body,
    Chest,
    arms_clear,
    chest_of,
    unit,
)
from datasets.synthesis.canvas import (
    SCALE,
    Canvas,
    DoubtfulError,
    Light,
    Points,
    Sheet,
    bounds,
    box_of,
    folds,
    lay,
    luminance,
)
from datasets.synthesis.clothes import ARMS, Garment, Mask, limb_mask, torso_mask
from vision.labels import Label

STRIP_MM = 50.0  # EN ISO 20471, 4.2: bands not narrower than 50 mm
MIN_STRIP = 4.0  # pixels of width; below, a strip is a line


def _band(start: Points, end: Points, width: float) -> Points:
    """Corners of a straight band."""
    along = unit(end - start)
    side = np.array([-along[1], along[0]], np.float32) * (width / 2)
    return np.asarray([start + side, end + side, end - side, start - side], np.float32)


@dataclass(frozen=True)
class Tape:
    """One make of reflective tape."""

    silver: tuple[float, float, float]
    border: tuple[float, float, float] | None
    width: float  # millimetres, border included
    flash: float  # 0..1: how strongly it shines back

    def draw(self, canvas: Canvas, start: Points, end: Points, per_mm: float) -> Sheet:
        """A sheet with the tape between two photo points."""
        width = self.width * per_mm
        corners = _band(start, end, width)
        sheet = Sheet(bounds(corners, 6), canvas.size)
        if self.border is not None:
            sheet.polygon(corners, self.border)
            corners = _band(start, end, width * 0.52)
        sheet.polygon(corners, self.silver)
        sheet.polygon(_band(start, end, width * 0.16), (255, 255, 255), self.flash * 0.5)
        return sheet


def choose_tape(rng: np.random.Generator) -> Tape:
    """Silver grey tape, in one case of three with a fluorescent border."""
    grey = float(rng.uniform(165, 235))
    silver = (grey, grey + 2, grey + 4)
    if rng.random() < 0.35:
        border = ((214.0, 240.0, 40.0), (255.0, 120.0, 30.0))[int(rng.random() < 0.25)]
        return Tape(silver, border, float(rng.uniform(60, 76)), float(rng.uniform(0, 1)))
    return Tape(silver, None, STRIP_MM * float(rng.uniform(0.9, 1.1)), float(rng.uniform(0, 1)))


def add_strips(
    canvas: Canvas, body: Body, garments: list[Garment], light: Light, rng: np.random.Generator
) -> int:
    """Sew strips on chest, sleeves and trouser legs; one `strip` box for each that shows.

    Returns:
        How many were added.

    Raises:
        DoubtfulError: no strip fits.
    """
    chest = chest_of(body, min_shoulders=45.0, any_side=True)
    tape = choose_tape(rng)
    if tape.width * chest.per_mm < MIN_STRIP:
        raise DoubtfulError("strips too thin")
    plan = _plan(body, chest, rng, legs=len(garments) > 1)
    cloth = np.zeros(body.mask.shape, bool)
    for garment in garments:
        cloth |= garment.mask
    luma = luminance(canvas.pixels)
    per_mm = chest.per_mm
    raw = folds(luma, cloth, max(8 * per_mm, 1.0), max(90 * per_mm, 5.0))
    shading = np.clip(1 + (raw - 1) * float(rng.uniform(0.5, 0.9)), 0.6, 1.25).astype(np.float32)
    count = 0
    for start, end, where in plan:
        try:
            sheet = tape.draw(canvas, start, end, per_mm)
            allowed = (cloth & where).astype(np.float32)
            sheet.keep_inside(allowed)
            box = box_of(sheet.alpha, sheet)
        except DoubtfulError:
            continue
        full = float(np.linalg.norm(end - start)) * tape.width * per_mm
        shown = float((sheet.alpha > 0.5).sum()) / SCALE**2
        if shown < 0.35 * full or min(box[2] - box[0], box[3] - box[1]) < MIN_STRIP * 0.8:
            continue
        lay(canvas, sheet, light, shading, rng)
        canvas.boxes.append((Label.STRIP, box))
        count += 1
    if not count:
        raise DoubtfulError("no strip fits")
    return count


Plan = list[tuple[Points, Points, Mask]]


def _plan(body: Body, chest: Chest, rng: np.random.Generator, legs: bool) -> Plan:
    """Where strips go: start, end, and the part of the body each must stay on."""
    plan = _chest_plan(body, chest, rng)
    if rng.random() < 0.85:
        plan += _sleeve_plan(body, rng)
    if legs:
        plan += _leg_plan(body, rng)
    return plan


def _chest_plan(body: Body, chest: Chest, rng: np.random.Generator) -> Plan:
    """One or two bands around the trunk, with or without braces; none behind crossed arms."""
    if not arms_clear(body, bounds(chest.quad((0, 230), (220, 160), 0))):
        return []
    torso = torso_mask(body, 0.16)
    height, reach = float(rng.uniform(190, 270)), 185.0
    plan: Plan = [(chest.point(-reach, height), chest.point(reach, height), torso)]
    if rng.random() < 0.4:
        lower = height + float(rng.uniform(110, 170))
        plan.append((chest.point(-reach, lower), chest.point(reach, lower), torso))
    if rng.random() < 0.4:
        for side in (-1, 1):
            x = side * float(rng.uniform(85, 105))
            plan.append((chest.point(x, -30), chest.point(x * 0.92, height - 20), torso))
    return plan


def _sleeve_plan(body: Body, rng: np.random.Generator) -> Plan:
    """A ring around each upper arm, sometimes one around the forearm."""
    plan: Plan = []
    span, share, lower = body.shoulders, float(rng.uniform(0.5, 0.75)), rng.random() < 0.4
    for shoulder, elbow, wrist in ARMS:
        if not body.sees(elbow):
            continue
        plan += _ring(body, shoulder, elbow, share, 0.24 * span)
        if lower and body.sees(wrist):
            plan += _ring(body, elbow, wrist, 0.5, 0.19 * span)
    return plan


def _leg_plan(body: Body, rng: np.random.Generator) -> Plan:
    """Rings below the knees, or bands along the outer seams of the thighs."""
    plan: Plan = []
    span, rings = body.shoulders, rng.random() < 0.6
    outwards = unit(body.at(SHOULDER_L) - body.at(SHOULDER_R)) * (0.2 * span)
    for hip, knee, ankle in ((HIP_L, KNEE_L, ANKLE_L), (HIP_R, KNEE_R, ANKLE_R)):
        if rings:
            if body.sees(ankle):
                plan += _ring(body, knee, ankle, float(rng.uniform(0.2, 0.45)), 0.26 * span)
        else:
            out = outwards if hip == HIP_L else -outwards
            leg = limb_mask(body.mask.shape, [body.at(hip), body.at(knee)], [0.7 * span])
            plan.append((body.at(hip) + out * 1.3, body.at(knee) + out * 0.6, leg))
    return plan


def _ring(body: Body, upper: int, lower: int, share: float, radius: float) -> Plan:
    """A strip around a limb, across its line."""
    a, b = body.at(upper), body.at(lower)
    length = float(np.linalg.norm(b - a))
    if length < 0.45 * body.shoulders:  # foreshortened: the ring would be an ellipse
        return []
    middle = a + (b - a) * share
    along = unit(b - a)
    side = np.array([-along[1], along[0]], np.float32) * radius
    limb = limb_mask(body.mask.shape, [a, b], [radius * 2.1])
    return [(middle - side, middle + side, limb)]


def add_printed_stripes(
    canvas: Canvas, body: Body, garment: Garment, light: Light, rng: np.random.Generator
) -> None:
    """Print coloured stripes on a shirt, as sailors wear them: not strips, no box.

    Raises:
        DoubtfulError: not seen from the front.
    """
    chest = chest_of(body, min_shoulders=45.0, any_side=True)
    colours = (
        (30, 40, 90),
        (190, 40, 50),
        (40, 110, 80),
        (230, 180, 60),
        (120, 60, 130),
        (60, 120, 200),
    )
    colour = colours[int(rng.integers(len(colours)))]
    width = float(rng.uniform(12, 34))
    corners = np.stack([chest.quad((0, 260), (460, 520), 0)]).reshape(-1, 2)
    sheet = Sheet(bounds(corners, 4), canvas.size)
    number = int(rng.integers(3, 9))
    first = float(rng.uniform(60, 140))
    for k in range(number):
        y = first + k * width * 2.2
        sheet.polygon(
            _band(chest.point(-230, y), chest.point(230, y), width * chest.per_mm), colour
        )
    sheet.keep_inside((garment.mask & torso_mask(body, 0.16)).astype(np.float32))
    luma = luminance(canvas.pixels)
    shading = folds(luma, garment.mask, max(5 * chest.per_mm, 0.8), max(90 * chest.per_mm, 5.0))
    lay(canvas, sheet, light, shading, rng)

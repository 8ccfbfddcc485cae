"""Edits on the chest: badge cards on lanyard, clip or belt, and what must not be taken for one."""

import cv2
import numpy as np

from datasets.boxes import Box
from datasets.synthesis import card
from datasets.synthesis.body import (
    HIP_L,
    HIP_R,
    MOUTH_L,
    MOUTH_R,
    NOSE,
    Body,
    Chest,
    arms_clear,
    chest_of,
)
from datasets.synthesis.canvas import (
    Canvas,
    DoubtfulError,
    Light,
    Plane,
    Points,
    Sheet,
    bounds,
    cast_shadow,
    folds,
    lay,
    luminance,
)
from vision.labels import Label

MIN_CARD = 9.0  # pixels of the shorter side; below, nobody could call it a card
STRAPS: tuple[card.Colour, ...] = (
    (24, 70, 150), (18, 40, 100), (30, 120, 200), (24, 24, 28), (24, 24, 28),
    (170, 30, 40), (20, 110, 70), (230, 130, 30), (225, 228, 232), (110, 112, 118),
)  # fmt: skip


def _shading(canvas: Canvas, body: Body, strength: float) -> Plane:
    """Folds and light of the clothes, damped by `strength` 0..1."""
    per_mm = body.per_mm
    raw = folds(luminance(canvas.pixels), body.mask, max(14 * per_mm, 1.2), max(110 * per_mm, 6))
    return 1 + (raw - 1) * strength


def _require_cloth(body: Body, quad: Points) -> Box:
    """The box of a quad that lies on the person and in the picture, hands away.

    Raises:
        DoubtfulError: otherwise.
    """
    area = bounds(quad)
    height, width = body.mask.shape
    if area[0] < 1 or area[1] < 1 or area[2] > width - 1 or area[3] > height - 1:
        raise DoubtfulError("leaves the picture")
    fill = np.zeros(body.mask.shape, np.uint8)
    cv2.fillPoly(fill, [np.round(quad).astype(np.int32)], 1)
    inside = body.mask[fill > 0]
    if not len(inside) or inside.mean() < 0.97:
        raise DoubtfulError("leaves the person")
    if not arms_clear(body, area):
        raise DoubtfulError("hand or arm in front")
    return area


def _below_chin(body: Body, point: Points) -> bool:
    mouth = body.at(MOUTH_L, MOUTH_R)
    chin = mouth[1] + 1.0 * max(float(mouth[1] - body.at(NOSE)[1]), 0.08 * body.shoulders)
    return bool(point[1] > chin)


def _straps(sheet: Sheet, chest: Chest, end: Points, rng: np.random.Generator, body: Body) -> None:
    """Two bands from the sides of the neck to `end`."""
    colour = STRAPS[int(rng.integers(len(STRAPS)))]
    wide = 4.0 if rng.random() < 0.2 else float(rng.uniform(10, 20))
    mark = tuple(float(min(v * 0.4 + 150, 255)) for v in colour)
    printed = rng.random() < 0.4 and wide > 8
    neck = float(rng.uniform(58, 74))
    for side in (-1, 1):
        start = chest.point(side * neck, -38)
        # The band bends outwards over the collar bone before it hangs straight.
        bend = chest.point(side * neck * 0.92, 70)
        t = np.linspace(0, 1, 40)[:, None]
        line = (start * (1 - t) ** 2 + bend * (2 * t * (1 - t)) + end * t**2).astype(np.float32)
        keep = [p for p in line if _below_chin(body, p)]
        if len(keep) < 12:
            raise DoubtfulError("chin over the chest")
        line = np.asarray(keep, np.float32)
        width = max(wide * chest.per_mm, 0.8)
        sheet.ribbon(line, width, colour)
        if printed:
            for k in range(2, len(line) - 3, 5):
                sheet.ribbon(line[k : k + 3], width * 0.45, mark[:3], 0.8)  # type: ignore[arg-type]


def add_tie(canvas: Canvas, body: Body, light: Light, rng: np.random.Generator) -> None:
    """Put on a necktie, plain or with diagonal stripes: cards hang over ties and look like them.

    Raises:
        DoubtfulError: the chest is hidden, too small or not seen from the front.
    """
    chest = chest_of(body)
    length = float(rng.uniform(300, 430))
    wide, narrow = float(rng.uniform(64, 90)), float(rng.uniform(28, 38))
    lean = float(rng.normal(0, 10))  # how far the tip hangs beside the middle

    def across(down: float) -> tuple[float, float]:
        """Left and right edge of the blade, millimetres."""
        share = (down - 22) / (length - 22)
        half = (narrow + (wide - narrow) * share) / 2
        return lean * share - half, lean * share + half

    def band(top: float, bottom: float, slant: float) -> Points:
        """What lies between two slanted lines across the blade."""
        corners = []
        for down, sides in ((top, (0, 1)), (bottom, (1, 0))):
            for side in sides:
                at = float(np.clip(down + (slant if side else 0.0), 22, length))
                corners.append(chest.point(across(at)[side], at))
        return np.asarray(corners, np.float32)

    tip = chest.point(lean, length + wide / 2)
    _require_cloth(body, np.stack([*band(60, length, 0.0), tip]))
    colour = STRAPS[int(rng.integers(len(STRAPS)))]
    stripe = STRAPS[int(rng.integers(len(STRAPS)))] if rng.random() < 0.6 else colour
    pitch, slant = float(rng.uniform(18, 60)), float(rng.uniform(25, 60)) * rng.choice((-1, 1))
    sheet = Sheet(bounds(np.stack([*band(22, length, 0.0), tip]), 30 * chest.per_mm), canvas.size)
    blade = [chest.point(across(22)[0], 22), chest.point(across(22)[1], 22)]
    blade += [chest.point(across(length)[1], length), tip, chest.point(across(length)[0], length)]
    sheet.polygon(np.asarray(blade, np.float32), colour)
    for down in np.arange(22 - abs(slant), length, pitch):
        sheet.polygon(band(float(down), float(down + pitch * 0.4), float(slant)), stripe)
    knot = [(-0.75, -14), (0.75, -14), (0.5, 26), (-0.5, 26)]
    shade = tuple(0.85 * v for v in colour)
    sheet.polygon(
        np.asarray([chest.point(x * narrow, y) for x, y in knot], np.float32),
        (shade[0], shade[1], shade[2]),
    )
    sheet.keep_inside(body.mask.astype(np.float32))
    cast_shadow(canvas, sheet, (1.5 * chest.per_mm, 2 * chest.per_mm), 3 * chest.per_mm)
    lay(canvas, sheet, light, _shading(canvas, body, 0.55), rng)


def _clip(sheet: Sheet, chest: Chest, top: Points, drop: Points) -> None:
    """The hook between lanyard and card."""
    grey = (168.0, 172.0, 178.0)
    width = max(7 * chest.per_mm, 1.2)
    sheet.ribbon(np.linspace(top, drop, 6).astype(np.float32), width, grey)


def add_badge(
    canvas: Canvas, body: Body, light: Light, rng: np.random.Generator, worn: str
) -> None:
    """Hang a card on a chest and write its `badge` box.

    Args:
        canvas: edited in place.
        body: who wears it.
        light: of the photo.
        rng: every choice.
        worn: `lanyard`, `clip` (breast pocket) or `belt` (a badge, though not on the chest).

    Raises:
        DoubtfulError: the place is hidden, too small or not seen from the front.
    """
    chest = chest_of(body)
    drawing, size = card.draw_card(rng)
    turn = float(rng.normal(0, 0.12 if worn == "lanyard" else 0.07))
    if worn == "lanyard":
        centre = (float(rng.normal(0, 14)), float(rng.uniform(190, 400)))
    elif worn == "clip":
        side = 1 if rng.random() < 0.75 else -1  # the wearer's left breast pocket is usual
        centre = (side * float(rng.uniform(70, 105)), float(rng.uniform(110, 190)))
    else:
        if not body.sees(HIP_L, HIP_R):
            raise DoubtfulError("hips not seen")
        hip = body.at(HIP_L if rng.random() < 0.5 else HIP_R)
        offset = (hip - chest.middle) / chest.per_mm
        centre = (float(offset @ chest.right) * 0.95, float(offset @ chest.down) - 10 + size[1] / 2)
    quad = chest.quad(centre, size, turn)
    quad = quad + rng.normal(0, 0.018, (4, 2)).astype(np.float32) * size[0] * chest.per_mm
    quad = quad.astype(np.float32)
    if min(size) * chest.per_mm < MIN_CARD:
        raise DoubtfulError("card too small")
    area = _require_cloth(body, quad)
    top = (quad[0] + quad[1]) / 2
    up = chest.down * (chest.per_mm * -1.0)
    reach = bounds(np.stack([*quad, chest.point(-130, -60), chest.point(130, -60)]), 8)
    sheet = Sheet(reach if worn == "lanyard" else bounds(quad, 8 + 25 * chest.per_mm), canvas.size)
    if worn == "lanyard":
        end = (top + up * 16).astype(np.float32)
        _straps(sheet, chest, end, rng, body)
        _clip(sheet, chest, end, (top - up * 3).astype(np.float32))
    else:
        _clip(sheet, chest, (top + up * 12).astype(np.float32), (top - up * 3).astype(np.float32))
    sheet.image(drawing, quad)
    sheet.keep_inside(body.mask.astype(np.float32))
    shade = _shading(canvas, body, 0.55)
    cast_shadow(canvas, sheet, (2.5 * chest.per_mm, 4 * chest.per_mm), 3 * chest.per_mm)
    lay(canvas, sheet, light, shade, rng)
    canvas.boxes.append((Label.BADGE, area))


def add_near_miss(
    canvas: Canvas, body: Body, light: Light, rng: np.random.Generator, thing: str
) -> None:
    """Put on the chest what is not a badge: no box is written.

    Args:
        canvas: edited in place.
        body: who wears it.
        light: of the photo.
        rng: every choice.
        thing: `lanyard` (bare), `phone`, `pen`, `logo` or `print`.

    Raises:
        DoubtfulError: the place is hidden, too small or not seen from the front.
    """
    chest = chest_of(body)
    strength, alpha = 0.55, 1.0
    if thing == "lanyard":
        down = float(rng.uniform(170, 360))
        end = chest.point(float(rng.normal(0, 12)), down)
        _require_cloth(body, chest.quad((0, down - 20), (50, 90), 0))
        sheet = Sheet(
            bounds(
                np.stack([end, chest.point(-130, -60), chest.point(130, -60)]),
                12 + 40 * chest.per_mm,
            ),
            canvas.size,
        )
        _straps(sheet, chest, end, rng, body)
        drop = (end + chest.down * (chest.per_mm * float(rng.uniform(18, 38)))).astype(np.float32)
        _clip(sheet, chest, end, drop)
    else:
        if thing == "phone":
            drawing, size = card.draw_phone(rng)
            centre = (float(rng.normal(0, 40)), float(rng.uniform(200, 330)))
        elif thing == "pen":
            drawing, size = card.draw_pen(rng)
            centre = (float(rng.uniform(70, 105)), float(rng.uniform(110, 160)))
        elif thing == "logo":
            drawing, size = card.draw_print(rng, pocket=True)
            side = 1 if rng.random() < 0.75 else -1
            centre = (side * float(rng.uniform(75, 105)), float(rng.uniform(110, 170)))
            strength, alpha = 1.0, 0.9
        else:
            drawing, size = card.draw_print(rng, pocket=False)
            centre = (float(rng.normal(0, 8)), 90 + size[1] / 2)
            strength, alpha = 1.0, 0.9
        quad = chest.quad(centre, size, float(rng.normal(0, 0.05)))
        _require_cloth(body, quad)
        sheet = Sheet(bounds(quad, 8 + 20 * chest.per_mm), canvas.size)
        drawing[..., 3] *= alpha
        if thing == "phone" and rng.random() < 0.7:
            cord = (quad[0] + quad[1]) / 2
            sheet = Sheet(
                bounds(np.stack([*quad, chest.point(-130, -60), chest.point(130, -60)]), 12),
                canvas.size,
            )
            _straps(sheet, chest, cord.astype(np.float32), rng, body)
        sheet.image(drawing, quad)
    sheet.keep_inside(body.mask.astype(np.float32))
    shade = _shading(canvas, body, strength)
    if thing in ("lanyard", "phone", "pen"):
        cast_shadow(canvas, sheet, (2.5 * chest.per_mm, 4 * chest.per_mm), 3 * chest.per_mm)
    lay(canvas, sheet, light, shade, rng)

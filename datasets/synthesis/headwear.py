"""Caps, knitted caps and hoods on bare heads: what must not be taken for a helmet.

They are drawn in the axes of the face: `right` along the line through the eyes, `down` across it,
in widths of the head. The head stays a bare one; its box grows by what stands out above the hair.
"""

from dataclasses import dataclass

import numpy as np

from datasets.boxes import Box, overlap
from datasets.synthesis.body import EAR_L, EAR_R, EYE_L, EYE_R, MOUTH_L, MOUTH_R, NOSE, Body, unit
from datasets.synthesis.canvas import (
    Canvas,
    DoubtfulError,
    Light,
    Points,
    Sheet,
    bounds,
    cast_shadow,
    lay,
)
from vision.labels import Label

MIN_HEAD = 18.0  # pixels of width; below, nobody could tell a cap from a helmet
MAX_ROLL = 0.6  # radians: more is a head laid aside
MAX_TURN = 0.75  # nose this share of half a head away from the middle: nearly a profile

Colour = tuple[float, float, float]
# Orange first, the colour that is asked of helmets; then what caps and helmets both come in.
COLOURS: tuple[Colour, ...] = (
    (236, 110, 24), (228, 92, 30), (30, 74, 170), (18, 34, 84), (206, 32, 34), (232, 196, 40),
    (236, 236, 232), (28, 28, 32), (24, 104, 66), (120, 122, 126), (150, 112, 74),
)  # fmt: skip
ORANGE_SHARE = 0.35


@dataclass(frozen=True)
class Face:
    """Axes of a face that is seen from the front or half turned.

    Attributes:
        brow: the middle of the forehead just above the brows, photo pixels.
        right, down: unit vectors of the picture.
        width: of the head, pixels.
        tall: from the brow up to the top of the hair, in widths.
        turn: how far the nose points to the right of the picture, -1..1.
        number: of the head's box in `canvas.boxes`.
    """

    brow: Points
    right: Points
    down: Points
    width: float
    tall: float
    turn: float
    number: int

    def at(self, right: float, down: float) -> Points:
        """Photo pixels of a place in widths of the head."""
        offset = self.right * (right * self.width) + self.down * (down * self.width)
        return np.asarray(self.brow + offset, np.float32)

    def line(self, places: list[tuple[float, float]]) -> Points:
        """Photo pixels of several places."""
        return np.stack([self.at(*place) for place in places])


def find_face(canvas: Canvas, body: Body) -> Face:
    """The face of somebody whose head is boxed as bare.

    Raises:
        DoubtfulError: it is not boxed, too small, turned away, laid aside or covered.
    """
    eyes, nose = np.stack([body.at(EYE_L), body.at(EYE_R)]), body.at(NOSE)
    number, head = _head_around(canvas, nose)
    x1, y1, x2, y2 = head
    if x2 - x1 < MIN_HEAD:
        raise DoubtfulError("head too small")
    if not body.sees(NOSE, EYE_L, EYE_R):
        raise DoubtfulError("face not seen")
    if any(
        label in (Label.HELMET, Label.SUNGLASSES) and overlap(box, head) > 0
        for label, box in canvas.boxes
    ):
        raise DoubtfulError("something on the head")
    across = eyes[0] - eyes[1]
    if float(np.linalg.norm(across)) < 0.12 * (x2 - x1) or across[0] <= 0:
        raise DoubtfulError("turned away")
    right = unit(across)
    if abs(float(np.arctan2(right[1], right[0]))) > MAX_ROLL:
        raise DoubtfulError("head laid aside")
    down = np.array([-right[1], right[0]], np.float32)
    width = min(x2 - x1, 0.95 * (y2 - y1))
    eye = eyes.mean(axis=0)
    mouth = body.at(MOUTH_L, MOUTH_R)
    turn = float((nose - body.at(EAR_L, EAR_R)) @ right) / (width / 2)
    if abs(turn) > MAX_TURN:
        raise DoubtfulError("turned away")
    rise = 0.5 * float((mouth - eye) @ down)  # the brows are half as far above the eyes
    brow = np.array([(x1 + x2) / 2, eye[1]], np.float32) - down * rise
    tall = (float(brow[1]) - y1) / width
    if not 0.15 < tall < 0.9:
        raise DoubtfulError("forehead not where it should be")
    return Face(brow, right, down, width, tall, turn, number)


def _head_around(canvas: Canvas, nose: Points) -> tuple[int, Box]:
    """Number and box of the bare head that holds this nose."""
    x, y = nose
    for number, (label, box) in enumerate(canvas.boxes):
        if label is Label.HEAD and box[0] < x < box[2] and box[1] < y < box[3]:
            return number, box
    raise DoubtfulError("head not boxed as bare")


def add_headwear(
    canvas: Canvas, body: Body, light: Light, rng: np.random.Generator, kind: str
) -> None:
    """Put something on a bare head.

    Args:
        canvas: edited in place; the head's box follows.
        body: whose head.
        light: of the photo.
        rng: every choice.
        kind: `cap`, `knitted cap` or `hood`.

    Raises:
        DoubtfulError: see `find_face`; or the top of the head is cut off by the picture.
    """
    face = find_face(canvas, body)
    first = COLOURS[int(rng.integers(2))]
    colour = first if rng.random() < ORANGE_SHARE else COLOURS[int(rng.integers(len(COLOURS)))]
    dome = _dome(face, float(rng.uniform(0.02, 0.1)), 0.55 if kind == "hood" else 0.515)
    head = canvas.boxes[face.number][1]
    if bounds(dome)[1] < 1:
        raise DoubtfulError("top of the head cut off")
    sheet = Sheet(bounds(np.stack([*dome, face.at(0, 1.6)]), 0.7 * face.width), canvas.size)
    if kind == "hood":
        _draw_hood(sheet, face, dome, colour)
    else:
        _shade(sheet, face, dome, colour)
        if kind == "cap":
            _draw_cap(sheet, face, colour, rng)
        else:
            _draw_knitted(sheet, face, colour)
    cast_shadow(canvas, sheet, (0.0, 0.05 * face.width), 0.04 * face.width)
    lay(canvas, sheet, light, None, rng)
    over = bounds(dome)
    grown = (min(head[0], over[0]), min(head[1], over[1]), max(head[2], over[2]), head[3])
    canvas.boxes[face.number] = (Label.HEAD, grown)


def _dome(face: Face, above: float, half: float) -> Points:
    """Outline of the crown: from one temple over the hair to the other, in photo pixels."""
    angles = np.linspace(np.pi, 0, 33)
    across = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** 0.8
    up = np.sin(angles) ** 0.8
    return face.line(
        [
            (float(x) * half, -float(y) * (face.tall + above))
            for x, y in zip(across, up, strict=True)
        ]
    )


def _shade(sheet: Sheet, face: Face, dome: Points, colour: Colour) -> None:
    """Fill the crown, lighter where it faces up and darker towards its sides."""
    middle = face.at(-0.1, -0.6 * face.tall)
    for step in range(8):
        share = step / 8
        tone = 0.72 + 0.34 * share
        lit = tuple(min(v * tone, 255.0) for v in colour)
        inner = middle + (dome - middle) * (1 - 0.85 * share)
        sheet.polygon(inner.astype(np.float32), (lit[0], lit[1], lit[2]))


def _draw_cap(sheet: Sheet, face: Face, colour: Colour, rng: np.random.Generator) -> None:
    """Seams, button, a mark on the front, and the visor in front of the forehead."""
    dark = _toned(colour, 0.7)
    top = -(face.tall + 0.03)
    for side in (-0.55, 0.0, 0.55):
        seam = [
            (0.15 * face.turn + side * np.sin(t) * 0.5, top * np.cos(t * 0.95))
            for t in np.linspace(0, np.pi / 2, 12)
        ]
        sheet.ribbon(face.line(seam), 0.012 * face.width, dark, 0.7)
    sheet.polygon(_ellipse(face, (0.1 * face.turn, top), (0.05, 0.03)), dark)
    if rng.random() < 0.6:
        mark = COLOURS[int(rng.integers(len(COLOURS)))]
        size = float(rng.uniform(0.06, 0.14)), float(rng.uniform(0.04, 0.09))
        sheet.polygon(_ellipse(face, (0.35 * face.turn, 0.55 * top), size), mark, 0.9)
    visor = colour if rng.random() < 0.7 else COLOURS[int(rng.integers(len(COLOURS)))]
    reach = float(rng.uniform(0.1, 0.24))
    shift = 0.75 * face.turn
    across = np.linspace(-1, 1, 25)
    wide = 0.5 + 0.12 * abs(face.turn)
    front = [(shift + wide * x, 0.03 + reach * np.sqrt(max(1 - x * x, 0.0))) for x in across]
    back = [(0.6 * shift + (wide - 0.03) * x, -0.05 * (1 - x * x)) for x in across[::-1]]
    sheet.polygon(face.line([*front, *back]), _toned(visor, 0.9))
    rim = [(x, y - 0.02) for x, y in front]
    sheet.ribbon(face.line(rim), 0.02 * face.width, _toned(visor, 0.65), 0.8)


def _draw_knitted(sheet: Sheet, face: Face, colour: Colour) -> None:
    """Ribs up the crown and a folded band along its edge."""
    for side in np.linspace(-0.42, 0.42, 11):
        rib = [(side * np.cos(t * 0.9), -face.tall * np.sin(t)) for t in np.linspace(0, 1.45, 10)]
        sheet.ribbon(face.line(rib), 0.012 * face.width, _toned(colour, 0.75), 0.6)
    low, high = 0.04, -0.2
    band = [(-0.53, low), (0.53, low), (0.51, high), (-0.51, high)]
    sheet.polygon(face.line(band), _toned(colour, 0.9))
    sheet.ribbon(
        face.line([(x, high) for x in np.linspace(-0.51, 0.51, 8)]),
        0.014 * face.width,
        _toned(colour, 0.6),
        0.7,
    )


def _draw_hood(sheet: Sheet, face: Face, dome: Points, colour: Colour) -> None:
    """Cloth all around the face, down to the neck."""
    outer = [
        *dome,
        face.at(0.66, 0.5),
        face.at(0.6, 1.05),
        face.at(-0.6, 1.05),
        face.at(-0.66, 0.5),
    ]
    _shade(sheet, face, np.stack(outer), colour)
    opening = _ellipse(face, (0.25 * face.turn, 0.4), (0.4, 0.56))
    edge = _ellipse(face, (0.25 * face.turn, 0.4), (0.45, 0.62))
    sheet.polygon(edge, _toned(colour, 0.55))
    sheet.cut_out(opening)


def _ellipse(face: Face, centre: tuple[float, float], half: tuple[float, float]) -> Points:
    angles = np.linspace(0, 2 * np.pi, 33)
    return face.line(
        [
            (centre[0] + half[0] * float(np.cos(a)), centre[1] + half[1] * float(np.sin(a)))
            for a in angles
        ]
    )


def _toned(colour: Colour, tone: float) -> Colour:
    return colour[0] * tone, colour[1] * tone, colour[2] * tone

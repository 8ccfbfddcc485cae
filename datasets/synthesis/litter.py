"""Draw what lies on floors, in the floor's perspective: litter, and things that belong there."""

from collections.abc import Callable

import numpy as np

from datasets.synthesis.canvas import Canvas, Points, Sheet

HORIZON = 0.4  # share of the picture's height; rooms are photographed slightly downwards
EYE_MM = 1450.0  # height of the camera

RGB = tuple[float, float, float]


class Ground:
    """The floor seen in perspective: millimetres on it to pixels of the photo."""

    def __init__(self, canvas: Canvas, at: Points) -> None:
        width, height = canvas.size
        drop = float(at[1]) - HORIZON * height
        self.at = at
        self.per_mm = drop / EYE_MM
        self.squash = drop / float(np.hypot(0.85 * max(width, height), drop))

    def points(self, flat: Points, height_mm: float = 0.0) -> Points:
        """Photo pixels of points on the floor, x and depth in millimetres, raised by a height."""
        out = flat * np.array([self.per_mm, self.per_mm * self.squash], np.float32) + self.at
        out[:, 1] -= height_mm * self.per_mm * np.sqrt(max(1 - self.squash**2, 0.0))
        return np.asarray(out, np.float32)


def _pick(rng: np.random.Generator, colours: tuple[RGB, ...]) -> RGB:
    return colours[int(rng.integers(len(colours)))]


def _dim(colour: RGB, factor: float) -> RGB:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def _sheet(canvas: Canvas, ground: Ground, reach_mm: float) -> Sheet:
    reach = reach_mm * ground.per_mm + 4
    x, y = float(ground.at[0]), float(ground.at[1])
    return Sheet((x - reach, y - reach, x + reach, y + reach), canvas.size)


def _curve(rng: np.random.Generator, length: float, bend: float, n: int = 36) -> Points:
    """A line of some length in millimetres that wanders, centred on 0."""
    heading = float(rng.uniform(0, 2 * np.pi)) + np.cumsum(rng.normal(0, bend / n**0.5, n))
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (length / n)
    line = np.cumsum(steps, axis=0)
    return np.asarray(line - line.mean(axis=0), np.float32)


WIRE: tuple[RGB, ...] = (
    (236, 236, 232), (40, 40, 44), (120, 124, 128), (30, 80, 180), (230, 200, 40),
    (200, 60, 40), (60, 150, 80),
)  # fmt: skip


def cable_end(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """An offcut of cable, 90-420 mm, copper or fibre at its ends."""
    sheet = _sheet(canvas, ground, 460)
    line = ground.points(_curve(rng, float(rng.uniform(90, 420)), float(rng.uniform(0.6, 2.6))), 4)
    colour, width = _pick(rng, WIRE), max(float(rng.uniform(6, 12)) * ground.per_mm, 1.1)
    sheet.ribbon(line, width, _dim(colour, 0.75))
    lifted = line - np.array([0, 0.22 * width], np.float32)
    sheet.ribbon(lifted, width * 0.45, colour)
    sheet.ribbon(line[:3], width * 0.5, (196, 122, 70))
    return sheet


def cable_tie(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """A cut tie: a thin open loop with its head."""
    sheet = _sheet(canvas, ground, 160)
    turn = np.linspace(0, float(rng.uniform(2.5, 5.8)), 40)
    radius = float(rng.uniform(28, 60)) * (1 + 0.15 * turn)
    loop = np.stack([np.cos(turn) * radius, np.sin(turn) * radius], axis=1).astype(np.float32)
    line = ground.points(loop, 3)
    colour = _pick(rng, ((244, 244, 240), (28, 28, 30)))
    width = max(6 * ground.per_mm, 0.9)
    sheet.ribbon(line, width, colour)
    sheet.ribbon(line[:3], width * 2.2, _dim(colour, 0.85))
    return sheet


def scrap(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """A torn piece of cardboard, paper or foil, 50-260 mm, with a fold."""
    size = float(rng.uniform(50, 260))
    sheet = _sheet(canvas, ground, size * 1.2)
    colour = _pick(
        rng,
        (
            (176, 138, 96),
            (190, 156, 112),
            (236, 234, 228),
            (226, 228, 232),
            (60, 110, 190),
            (240, 220, 120),
        ),
    )
    corners = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 9))))
    radius = rng.uniform(0.6, 1.0, len(corners)) * size / 2
    flat = np.stack([np.cos(corners) * radius, np.sin(corners) * radius], axis=1)
    shape = ground.points(flat.astype(np.float32), 2)
    sheet.polygon(shape + np.array([0, max(3 * ground.per_mm, 0.5)], np.float32), _dim(colour, 0.6))
    sheet.polygon(shape, colour)
    half = len(shape) // 2 + 1
    sheet.polygon(shape[:half], _dim(colour, float(rng.uniform(0.78, 0.95))))
    return sheet


def wrapping(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """A crumpled bag or sheet of plastic or paper: many facets of one colour."""
    size = float(rng.uniform(110, 320))
    sheet = _sheet(canvas, ground, size)
    colour = _pick(
        rng,
        (
            (238, 240, 242),
            (214, 220, 226),
            (250, 250, 250),
            (190, 160, 120),
            (70, 130, 200),
            (40, 42, 46),
        ),
    )
    alpha = float(rng.uniform(0.75, 1.0))
    outer = ground.points(_ring(rng, size / 2, 14), 4)
    sheet.polygon(outer, _dim(colour, 0.8), alpha)
    for _ in range(int(rng.integers(14, 26))):
        centre = rng.normal(0, size / 7, 2)
        facet = _ring(rng, float(rng.uniform(0.1, 0.26)) * size, 4) + centre.astype(np.float32)
        shade = float(rng.uniform(0.62, 1.05))
        sheet.polygon(
            ground.points(facet, float(rng.uniform(5, 0.35 * size))), _dim(colour, shade), 0.8
        )
    return sheet


def carton(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """A small empty box, 120-320 mm, one flap open."""
    w, d, h = rng.uniform(120, 320), rng.uniform(90, 240), rng.uniform(60, 180)
    sheet = _sheet(canvas, ground, 520)
    colour = _pick(rng, ((182, 144, 100), (196, 162, 118), (236, 236, 236), (60, 90, 150)))
    turn = float(rng.uniform(-0.6, 0.6))
    cos, sin = np.cos(turn), np.sin(turn)
    base = (
        np.array([(-w, -d), (w, -d), (w, d), (-w, d)], np.float32)
        / 2
        @ np.array([[cos, sin], [-sin, cos]], np.float32)
    )
    low, high = (
        ground.points(base.astype(np.float32)),
        ground.points(base.astype(np.float32), float(h)),
    )
    sheet.polygon(np.stack([low[3], low[2], high[2], high[3]]), _dim(colour, 0.72))
    side = (1, 2) if turn < 0 else (3, 0)
    sheet.polygon(
        np.stack([low[side[0]], low[side[1]], high[side[1]], high[side[0]]]), _dim(colour, 0.58)
    )
    sheet.polygon(high, _dim(colour, 0.35 if rng.random() < 0.6 else 1.0))
    flap = high[:2] + (high[:2] - high[2:][::-1]) * 0.35
    sheet.polygon(np.stack([high[0], high[1], flap[1], flap[0]]), colour)
    return sheet


def _ring(rng: np.random.Generator, radius: float, n: int) -> Points:
    angle = np.sort(rng.uniform(0, 2 * np.pi, n))
    r = radius * rng.uniform(0.7, 1.0, n)
    return np.stack([np.cos(angle) * r, np.sin(angle) * r], axis=1).astype(np.float32)


BRIGHT: tuple[RGB, ...] = (
    (220, 50, 50), (40, 110, 210), (240, 200, 40), (60, 170, 90), (230, 120, 40), (150, 80, 170),
)  # fmt: skip


def ball(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """A toy ball, 60-220 mm: not litter."""
    radius = float(rng.uniform(30, 110))
    sheet = _sheet(canvas, ground, radius * 2.4)
    colour = _pick(rng, BRIGHT)
    centre = ground.points(np.zeros((1, 2), np.float32), radius)[0]
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = (
        np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32) * radius * ground.per_mm
    )
    for k in range(6):  # lighter towards the lamp above left
        move = np.array([-0.05, -0.07], np.float32) * k * radius * ground.per_mm
        tone = 0.65 + 0.09 * k
        sheet.polygon(circle * (1 - 0.14 * k) + centre + move, _dim(colour, tone))
    return sheet


def block(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """Toy bricks, 30-90 mm: not litter."""
    sheet = _sheet(canvas, ground, 260)
    for _ in range(int(rng.integers(1, 5))):
        side = float(rng.uniform(35, 95))
        centre = rng.normal(0, 70, 2).astype(np.float32)
        base = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) * side / 2 + centre
        low, high = ground.points(base), ground.points(base, side)
        colour = _pick(rng, BRIGHT)
        sheet.polygon(np.stack([low[3], low[2], high[2], high[3]]), _dim(colour, 0.7))
        sheet.polygon(high, colour)
    return sheet


def cushion(canvas: Canvas, ground: Ground, rng: np.random.Generator) -> Sheet:
    """A floor cushion, 380-520 mm: not litter."""
    half = float(rng.uniform(190, 260))
    sheet = _sheet(canvas, ground, half * 2)
    colour = _pick(rng, (*BRIGHT, (230, 224, 212), (120, 110, 100), (70, 80, 110)))
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    # A square with round corners whose sides curve in.
    r = half * (1 + 0.18 * np.abs(np.sin(2 * (angle + np.pi / 2))))
    flat = np.stack([np.cos(angle) * r, np.sin(angle) * r], axis=1).astype(np.float32)
    for k in range(7):
        shape = ground.points(flat * (1 - 0.1 * k), 14.0 * (k + 1))
        sheet.polygon(shape, _dim(colour, 0.62 + 0.06 * k))
    return sheet


Draw = Callable[[Canvas, Ground, np.random.Generator], Sheet]
LITTER: tuple[Draw, ...] = (cable_end, cable_end, cable_tie, scrap, wrapping, carton)
THINGS: tuple[Draw, ...] = (ball, block, cushion)

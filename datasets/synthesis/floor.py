"""Strew litter, or things that belong there, on the floor of a tidy room."""

from collections import Counter

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.boxes import Box
from datasets.synthesis.canvas import (
    Canvas,
    DoubtfulError,
    box_of,
    cast_shadow,
    lay,
    measure_light,
)
from datasets.synthesis.clothes import to_lab
from datasets.synthesis.litter import HORIZON, LITTER, THINGS, Ground
from vision.labels import Label

# fmt: off
FLOORS = {
    "room_clean": frozenset((
        "4", "7_1", "9", "9_1", "11", "24", "32", "48", "49", "55", "61", "70", "71", "83", "85",
    )),
    "room_houses": frozenset((
        "35_bedroom", "40_bathroom", "69_bedroom", "78_kitchen", "104_bedroom", "145_bathroom",
        "173_kitchen", "213_kitchen", "221_bathroom", "249_bedroom", "253_bedroom", "257_bedroom",
        "304_bedroom", "420_kitchen", "532_bedroom",
    )),
}
# fmt: on
"""Pictures of tidy rooms in which what `find_floor` finds is the floor, as a look at all showed.

In three of four rooms a bed, a bath or a cupboard fills the bottom of the picture instead.
"""

MIN_BOX = 9.0  # pixels; smaller litter is left undrawn

Mask = NDArray[np.bool_]


def find_floor(canvas: Canvas) -> Mask:
    """Floor pixels: what has the colour of the bottom middle and joins it.

    Raises:
        DoubtfulError: too little of it, or no plain floor at the bottom.
    """
    width, height = canvas.size
    lab = to_lab(cv2.GaussianBlur(canvas.pixels, (0, 0), 3.0))
    patch = np.zeros((height, width), bool)
    patch[int(0.9 * height) : int(0.985 * height), int(0.3 * width) : int(0.7 * width)] = True
    colour = np.median(lab[patch], axis=0)
    delta = lab - colour
    near = (np.hypot(delta[..., 1], delta[..., 2]) < 9) & (np.abs(delta[..., 0]) < 16)
    near[: int((HORIZON + 0.18) * height)] = False
    if near[patch].mean() < 0.7:
        raise DoubtfulError("floor not plain")
    plane = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    count, parts = cv2.connectedComponents(plane)
    best = int(np.bincount(parts[patch & (parts > 0)], minlength=count).argmax())
    floor = parts == best
    if floor.mean() < 0.08:
        raise DoubtfulError("little floor")
    return np.asarray(cv2.erode(floor.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)


def strew(canvas: Canvas, rng: np.random.Generator, refused: Counter[str]) -> list[str]:
    """Put litter (two in three pictures) or tidy things on the floor; returns what.

    A picture with litter may hold tidy things too; `litter` becomes known either way.
    """
    try:
        floor = find_floor(canvas)
    except DoubtfulError as reason:
        refused[f"floor: {reason}"] += 1
        return []
    light = measure_light(canvas.pixels, floor)
    done: list[str] = []
    littered = rng.random() < 0.67
    plan = [THINGS[int(rng.integers(len(THINGS)))] for _ in range(int(rng.integers(0, 4)))]
    if littered:
        plan += [LITTER[int(rng.integers(len(LITTER)))] for _ in range(int(rng.integers(2, 9)))]
    elif not plan:
        plan = [THINGS[0]]
    rows, columns = np.nonzero(floor)
    soft_floor = np.asarray(cv2.GaussianBlur(floor.astype(np.float32), (0, 0), 1.0), np.float32)
    taken: list[Box] = []
    for draw in plan:
        place = int(rng.integers(len(rows)))
        at = np.array([columns[place], rows[place]], np.float32)
        ground = Ground(canvas, at)
        try:
            sheet = draw(canvas, ground, rng)
            sheet.keep_inside(soft_floor)
            box = box_of(sheet.alpha, sheet)
            if (
                max(box[2] - box[0], box[3] - box[1]) < MIN_BOX
                or min(box[2] - box[0], box[3] - box[1]) < 3
            ):
                raise DoubtfulError("too small")
            if any(_touch(box, other) for other in taken):
                raise DoubtfulError("on another thing")
        except DoubtfulError as reason:
            refused[f"floor: {reason}"] += 1
            continue
        taken.append(box)
        cast_shadow(canvas, sheet, (0.5, 6 * ground.per_mm), 5 * ground.per_mm)
        lay(canvas, sheet, light, None, rng)
        done.append(draw.__name__)
        if draw in LITTER:
            canvas.boxes.append((Label.LITTER, box))
    if done:
        canvas.known.add(Label.LITTER)
    return sorted({f"floor/{name}" for name in done})


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

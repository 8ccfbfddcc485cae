"""See-through covers: where they lie, what shows through them, what they replace."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.boxes import Box
from datasets.synthesis import film
from datasets.synthesis.body import Body
from datasets.synthesis.canvas import Canvas, DoubtfulError, measure_light
from tests.synthesis.figures import standing
from tests.synthesis.test_feet import SHOES
from vision.labels import Label


def _covered(canvas: Canvas, body: Body, seed: int) -> list[Box]:
    light = measure_light(canvas.pixels, np.ones(canvas.pixels.shape[:2], bool))
    film.add_film(canvas, body, light, np.random.default_rng(seed))
    return [box for label, box in canvas.boxes if label is Label.SHOE_COVER]


@pytest.mark.parametrize("seed", range(8))
def test_film_lies_on_the_shoes_and_replaces_their_boxes(seed: int) -> None:
    canvas, body = standing()
    canvas.boxes += [(Label.SHOES, box) for box in SHOES]
    before = canvas.pixels.copy()
    boxes = _covered(canvas, body, seed)
    assert len(boxes) == 2
    assert not [b for label, b in canvas.boxes if label is Label.SHOES]
    drawn = np.zeros(canvas.pixels.shape[:2], bool)
    for (x1, y1, x2, y2), shoe in zip(boxes, SHOES, strict=True):
        assert min(x2, shoe[2]) - max(x1, shoe[0]) > 0.6 * (shoe[2] - shoe[0])
        drawn[int(y1) - 4 : int(y2) + 5, int(x1) - 4 : int(x2) + 5] = True
    np.testing.assert_array_equal(canvas.pixels[~drawn], before[~drawn])
    assert np.abs(canvas.pixels - before)[drawn].max() > 30


def test_the_shoe_shows_through_and_the_leg_stays() -> None:
    dark, body = standing()
    pale = Canvas(dark.pixels.copy())
    pale.pixels[585:630] = 230.0  # shoes and floor
    for canvas in (dark, pale):
        assert _covered(canvas, body, 3)
    toe = slice(608, 614), slice(296, 304)
    assert pale.pixels[toe].mean() - dark.pixels[toe].mean() > 15
    untouched, _ = standing()
    shin = slice(500, 560), slice(260, 290)
    np.testing.assert_array_equal(dark.pixels[shin], untouched.pixels[shin])


def test_feet_that_are_not_seen_are_refused() -> None:
    canvas, body = standing()
    points = body.points.copy()
    points[27:33, 3] = 0.3
    with pytest.raises(DoubtfulError, match="not seen"):
        _covered(canvas, replace(body, points=points), 0)

"""Covers over drawn shoes: where they lie, what they replace, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.synthesis import covers, feet
from datasets.synthesis.canvas import Canvas, DoubtfulError, Light, measure_light
from tests.datasets.samples import REAL
from tests.synthesis.figures import drawn_covers, standing
from tests.synthesis.test_body import moved
from vision.labels import Label

SHOES = [(258.0, 585.0, 325.0, 625.0), (155.0, 585.0, 222.0, 625.0)]


def _light(canvas: Canvas) -> Light:
    return measure_light(canvas.pixels, np.ones(canvas.pixels.shape[:2], bool))


@pytest.mark.parametrize("seed", range(5))
def test_covers_hide_the_shoes_and_replace_their_boxes(seed: int) -> None:
    canvas, body = standing()
    canvas.boxes += [(Label.SHOES, box) for box in SHOES]
    before = canvas.pixels.copy()
    feet.add_covers(canvas, body, _light(canvas), np.random.default_rng(seed), drawn_covers())
    assert not [b for label, b in canvas.boxes if label is Label.SHOES]
    boxes = [b for label, b in canvas.boxes if label is Label.SHOE_COVER]
    assert len(boxes) == 2
    drawn = np.zeros(canvas.pixels.shape[:2], bool)
    for (x1, y1, x2, y2), shoe in zip(boxes, SHOES, strict=True):
        assert x1 < shoe[0] + 12
        assert x2 > shoe[2] - 12
        assert 40 < x2 - x1 < 130
        drawn[int(y1) - 8 : int(y2) + 12, int(x1) - 8 : int(x2) + 9] = True
    outside = np.abs(canvas.pixels - before).max(axis=2)[~drawn]
    assert outside.max() < 6


def test_feet_that_are_not_seen_are_refused() -> None:
    canvas, body = standing()
    points = body.points.copy()
    points[27:33, 3] = 0.3
    with pytest.raises(DoubtfulError, match="not seen"):
        feet.add_covers(
            canvas,
            replace(body, points=points),
            _light(canvas),
            np.random.default_rng(0),
            drawn_covers(),
        )


def test_feet_at_the_edge_are_refused() -> None:
    canvas, body = standing()
    cut = replace(body, mask=body.mask[:612])
    with pytest.raises(DoubtfulError, match="leave the picture"):
        feet.find_feet(cut)
    assert canvas.boxes


def test_guessed_legs_are_refused() -> None:
    _, body = standing()
    folded = moved(
        body, p25=(260, 360), p26=(220, 360), p27=(262, 380), p28=(218, 380),
        p29=(262, 385), p30=(218, 385), p31=(280, 388), p32=(200, 388),
    )  # fmt: skip
    with pytest.raises(DoubtfulError, match="folded or guessed"):
        feet.find_feet(folded)


def test_dyed_shoes_stay_shoes() -> None:
    canvas, body = standing()
    canvas.boxes += [(Label.SHOES, box) for box in SHOES]
    boxes = list(canvas.boxes)
    feet.dye_shoes(canvas, body, np.random.default_rng(0))
    assert canvas.boxes == boxes
    red, _, blue = canvas.pixels[606, 292]
    assert blue > red + 15


def test_outlines_lie_in_their_boxes() -> None:
    outlines = covers.read_outlines()
    assert {o.view for o in outlines} == {"side", "front"}
    for outline in outlines:
        corners = np.array([*outline.outline, outline.toe, outline.heel, outline.mouth])
        assert corners.min() >= 0
        assert corners.max() <= 1


@pytest.mark.data
@pytest.mark.skipif(not REAL.is_dir(), reason="needs the training pictures")
def test_real_covers_are_cut_from_training_pictures() -> None:
    cut = covers.cut_covers(REAL)
    assert len(cut.side) >= 6
    assert len(cut.front) >= 4
    for cutout in (*cut.side, *cut.front):
        share = (cutout.rgba[..., 3] > 128).mean()
        assert 0.3 < share < 0.95

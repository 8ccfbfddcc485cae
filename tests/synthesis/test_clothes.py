"""Dyed clothes and strips: only plain clothes are dyed, strips lie on them."""

import cv2
import numpy as np
import pytest

from datasets.synthesis import clothes, strips
from datasets.synthesis.body import Body
from datasets.synthesis.canvas import Canvas, DoubtfulError, measure_light
from tests.synthesis.figures import standing
from vision.labels import Label

NAVY = (20.0, 4.0, -20.0)


def _blue(canvas: Canvas, at: tuple[int, int]) -> bool:
    red, green, blue = canvas.pixels[at[1] - 3 : at[1] + 4, at[0] - 3 : at[0] + 4].mean((0, 1))
    return bool(blue > red + 12 and blue > green)


def _garments(canvas: Canvas, body: Body) -> list[clothes.Garment]:
    return [clothes.find_top(canvas, body), clothes.find_trousers(canvas, body)]


def test_a_uniform_is_dyed_and_nothing_else() -> None:
    canvas, body = standing()
    before = canvas.pixels.copy()
    for garment in _garments(canvas, body):
        clothes.recolour(canvas, garment, NAVY)
    assert _blue(canvas, (240, 270))  # chest
    assert _blue(canvas, (150, 270))  # sleeve
    assert _blue(canvas, (272, 430))  # leg
    for x, y in ((240, 130), (348, 364), (300, 608), (60, 400)):  # face, hand, shoe, wall
        np.testing.assert_allclose(canvas.pixels[y, x], before[y, x], atol=3)


def test_folds_survive_the_dye() -> None:
    canvas, body = standing()
    canvas.pixels[240:300, 236:244] *= 0.75
    clothes.recolour(canvas, clothes.find_top(canvas, body), NAVY)
    assert canvas.pixels[270, 240].mean() < 0.9 * canvas.pixels[270, 220].mean()


@pytest.mark.parametrize(
    ("colour", "reason"), [((230, 240, 40), "high-visibility"), ((206, 160, 130), "skin")]
)
def test_vests_and_bare_chests_are_not_dyed(colour: tuple[int, int, int], reason: str) -> None:
    canvas, body = standing(colour)
    with pytest.raises(DoubtfulError, match=reason):
        clothes.find_top(canvas, body)


def test_a_check_shirt_is_not_dyed() -> None:
    canvas, body = standing()
    for x in range(180, 300, 24):
        canvas.pixels[176:352, x : x + 12] = (180, 40, 40)
    with pytest.raises(DoubtfulError, match="not plain"):
        clothes.find_top(canvas, body)


def test_half_a_torso_is_not_dyed() -> None:
    canvas, body = standing()
    cut = Canvas(canvas.pixels[:220].copy())
    low = Body(body.region, body.points, body.mask[:220])
    with pytest.raises(DoubtfulError, match="leaves the picture"):
        clothes.find_top(cut, low)


@pytest.mark.parametrize("seed", range(8))
def test_each_strip_has_its_box(seed: int) -> None:
    canvas, body = standing()
    garments = _garments(canvas, body)
    cloth = garments[0].mask | garments[1].mask
    for garment in garments:
        clothes.recolour(canvas, garment, NAVY)
    before = canvas.pixels.copy()
    light = measure_light(canvas.pixels, body.mask)
    count = strips.add_strips(canvas, body, garments, light, np.random.default_rng(seed))
    boxes = [box for label, box in canvas.boxes if label is Label.STRIP]
    assert len(boxes) == count > 0
    changed = (np.abs(canvas.pixels - before).max(axis=2) > 20).astype(np.uint8)
    covered = np.zeros_like(changed)
    for x1, y1, x2, y2 in boxes:
        window = slice(int(y1) - 1, int(y2) + 2), slice(int(x1) - 1, int(x2) + 2)
        covered[window] = 1
        assert changed[window].mean() > 0.25
    assert (changed & (1 - covered)).sum() < 20
    grown = cv2.dilate(cloth.astype(np.uint8), np.ones((5, 5), np.uint8))
    assert (changed & (1 - grown)).sum() == 0


def test_a_strip_is_fifty_millimetres_wide() -> None:
    widths = []
    for seed in range(12):
        tape = strips.choose_tape(np.random.default_rng(seed))
        widths.append(tape.width)
        if tape.border is None:
            assert tape.width == pytest.approx(strips.STRIP_MM, rel=0.1)
    assert max(widths) < 80


def test_printed_stripes_are_no_strips() -> None:
    canvas, body = standing()
    before, boxes = canvas.pixels.copy(), list(canvas.boxes)
    top = clothes.find_top(canvas, body)
    light = measure_light(canvas.pixels, body.mask)
    strips.add_printed_stripes(canvas, body, top, light, np.random.default_rng(0))
    assert canvas.boxes == boxes
    assert np.abs(canvas.pixels - before).max() > 30

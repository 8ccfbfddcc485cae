"""Sheets: what is drawn is where the box says, and nothing else changes."""

import numpy as np
import pytest

from datasets.synthesis.canvas import (
    Canvas,
    DoubtfulError,
    Light,
    Sheet,
    box_of,
    folds,
    lay,
    measure_light,
)

LIGHT = Light(np.zeros(3, np.float32), np.full(3, 255, np.float32), 0.3, 0.0)
SQUARE = np.array([(20, 30), (60, 30), (60, 50), (20, 50)], np.float32)


def _canvas() -> Canvas:
    return Canvas(np.full((100, 120, 3), 100, np.float32))


def test_a_polygon_changes_the_photo_inside_its_box_only() -> None:
    canvas = _canvas()
    before = canvas.pixels.copy()
    sheet = Sheet((20, 30, 60, 50), canvas.size)
    sheet.polygon(SQUARE, (250, 10, 10))
    box = lay(canvas, sheet, LIGHT, None, np.random.default_rng(0))
    assert box == pytest.approx((20, 30, 60, 50), abs=0.6)
    changed = np.abs(canvas.pixels - before).max(axis=2) > 3
    rows, columns = np.nonzero(changed)
    assert columns.min() >= 18
    assert columns.max() <= 61
    assert rows.min() >= 28
    assert rows.max() <= 51
    np.testing.assert_allclose(canvas.pixels[40, 40], (250, 10, 10), atol=1)


def test_a_warped_drawing_lands_on_its_quad() -> None:
    canvas = _canvas()
    sheet = Sheet((20, 30, 60, 50), canvas.size)
    drawing = np.zeros((200, 400, 4), np.float32)
    drawing[..., 1], drawing[..., 3] = 200, 255
    sheet.image(drawing, SQUARE)
    assert box_of(sheet.alpha, sheet) == pytest.approx((20, 30, 60, 50), abs=0.6)
    lay(canvas, sheet, LIGHT, None, np.random.default_rng(0))
    np.testing.assert_allclose(canvas.pixels[40, 40], (0, 200, 0), atol=1)


def test_a_polygon_over_the_edge_is_cut() -> None:
    sheet = Sheet((-30, -30, 10, 10), (120, 100))
    sheet.polygon(np.array([(-30, -30), (10, -30), (10, 10), (-30, 10)], np.float32), (9, 9, 9))
    assert box_of(sheet.alpha, sheet) == pytest.approx((0, 0, 10, 10), abs=0.6)


def test_a_sheet_outside_the_picture_is_doubtful() -> None:
    with pytest.raises(DoubtfulError, match="outside"):
        Sheet((200, 200, 240, 240), (120, 100))


def test_nothing_drawn_is_doubtful() -> None:
    canvas = _canvas()
    sheet = Sheet((20, 30, 60, 50), canvas.size)
    sheet.polygon(SQUARE, (250, 10, 10))
    sheet.keep_inside(np.zeros((100, 120), np.float32))
    with pytest.raises(DoubtfulError, match="nothing shows"):
        lay(canvas, sheet, LIGHT, None, np.random.default_rng(0))


def test_flat_cloth_has_no_folds() -> None:
    mask = np.zeros((80, 80), bool)
    mask[10:70, 10:70] = True
    shade = folds(np.full((80, 80), 90, np.float32), mask, 2.0, 12.0)
    np.testing.assert_allclose(shade[20:60, 20:60], 1, atol=0.02)


def test_folds_are_darker_in_the_fold() -> None:
    luma = np.full((80, 80), 120, np.float32)
    luma[:, 38:42] = 70
    shade = folds(luma, np.ones((80, 80), bool), 1.5, 12.0)
    assert shade[40, 40] < 0.85 < shade[40, 20]


def test_light_follows_the_photo() -> None:
    rng = np.random.default_rng(0)
    mask = np.ones((60, 60), bool)
    dark = measure_light(rng.uniform(0, 90, (60, 60, 3)).astype(np.float32), mask)
    bright = measure_light(rng.uniform(60, 250, (60, 60, 3)).astype(np.float32), mask)
    assert dark.white.mean() < bright.white.mean()
    assert dark.black.mean() <= bright.black.mean()

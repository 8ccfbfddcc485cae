"""Litter on a drawn floor."""

from collections import Counter

import numpy as np
import pytest

from datasets.synthesis import floor, litter
from datasets.synthesis.canvas import Canvas, DoubtfulError
from vision.labels import Label


def _room(seed: int = 0) -> Canvas:
    pixels = np.full((480, 640, 3), 215, np.float32)
    pixels[260:] = (150, 120, 90)
    pixels += np.random.default_rng(seed).normal(0, 2, pixels.shape).astype(np.float32)
    return Canvas(pixels)


def test_the_floor_is_found_below_the_wall() -> None:
    found = floor.find_floor(_room())
    assert found[300:470, 50:590].mean() > 0.95
    assert not found[:255].any()


def test_a_patchwork_is_no_floor() -> None:
    canvas = _room()
    for x in range(0, 640, 60):
        canvas.pixels[260:, x : x + 30] = (40, 60, 160)
    with pytest.raises(DoubtfulError):
        floor.find_floor(canvas)


def test_litter_gets_boxes_and_toys_do_not() -> None:
    litter_names = {f"floor/{draw.__name__}" for draw in litter.LITTER}
    seen = set()
    for seed in range(14):
        canvas = _room()
        before = canvas.pixels.copy()
        done = floor.strew(canvas, np.random.default_rng(seed), Counter())
        seen |= set(done)
        boxes = [b for label, b in canvas.boxes if label is Label.LITTER]
        assert bool(boxes) == bool(set(done) & litter_names)
        assert Label.LITTER in canvas.known
        difference = np.abs(canvas.pixels - before).max(axis=2)
        for x1, y1, x2, y2 in boxes:
            assert 0 <= x1 < x2 <= 640
            assert 250 <= y1 < y2 <= 480
            assert difference[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1].max() > 8
    assert seen >= litter_names
    assert "floor/cushion" in seen


def test_things_are_smaller_far_away() -> None:
    canvas = _room()
    near = litter.Ground(canvas, np.array([320, 460], np.float32))
    far = litter.Ground(canvas, np.array([320, 290], np.float32))
    assert near.per_mm > 2 * far.per_mm
    assert near.squash > far.squash

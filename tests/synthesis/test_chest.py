"""Badges and near-misses: the box holds what was drawn, and only cards get one."""

import numpy as np
import pytest

from datasets.synthesis import chest
from datasets.synthesis.body import chest_of
from datasets.synthesis.canvas import Canvas, DoubtfulError, measure_light
from tests.synthesis.figures import standing
from tests.synthesis.test_body import moved
from vision.labels import Label

Box = tuple[float, float, float, float]


def changed(before: np.ndarray, after: np.ndarray, level: float = 12.0) -> Box:
    """Box around the pixels that differ."""
    rows, columns = np.nonzero(np.abs(after - before).max(axis=2) > level)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def _badge(seed: int, worn: str) -> tuple[Canvas, Box, np.ndarray]:
    canvas, body = standing()
    before = canvas.pixels.copy()
    light = measure_light(canvas.pixels, body.mask)
    chest.add_badge(canvas, body, light, np.random.default_rng(seed), worn)
    (box,) = (b for label, b in canvas.boxes if label is Label.BADGE)
    return canvas, box, before


@pytest.mark.parametrize("worn", ["lanyard", "clip"])
@pytest.mark.parametrize("seed", range(6))
def test_the_box_holds_the_card(seed: int, worn: str) -> None:
    canvas, box, before = _badge(seed, worn)
    _, body = standing()
    place = chest_of(body)
    assert box[0] >= 0
    assert box[1] >= 0
    assert box[2] <= canvas.size[0]
    assert box[3] <= canvas.size[1]
    # 54 × 86 to 75 × 100 mm, with the holder's rim, a turn and jitter.
    wide, tall = (box[2] - box[0]) / place.per_mm, (box[3] - box[1]) / place.per_mm
    assert 50 < min(wide, tall) < 112
    assert 80 < max(wide, tall) < 140
    x1, y1, x2, y2 = changed(before, canvas.pixels)
    # Below the clip and the straps nothing but the card was drawn; its shadow is soft.
    margin = 12 * place.per_mm
    assert y2 <= box[3] + margin
    assert y2 >= box[3] - margin
    if worn == "clip":
        assert x1 == pytest.approx(box[0], abs=margin)
        assert x2 == pytest.approx(box[2], abs=margin)
        assert y1 == pytest.approx(box[1], abs=20 * place.per_mm)


def test_a_lanyard_reaches_from_the_neck_to_the_card() -> None:
    canvas, box, before = _badge(1, "lanyard")
    x1, y1, x2, _ = changed(before, canvas.pixels)
    assert 160 < y1 < 200  # the neck; the chin is at 172
    assert x1 < box[0]
    assert x2 > box[2]


def test_a_card_at_the_belt_is_a_badge_below_the_chest() -> None:
    for seed in range(12):
        try:
            _, box, _ = _badge(seed, "belt")
        except DoubtfulError:
            continue
        assert (box[1] + box[3]) / 2 > 300
        return
    pytest.fail("no card fitted the belt")


@pytest.mark.parametrize("thing", ["lanyard", "phone", "pen", "logo", "print"])
def test_near_misses_are_drawn_and_not_labelled(thing: str) -> None:
    canvas, body = standing()
    before, boxes = canvas.pixels.copy(), list(canvas.boxes)
    light = measure_light(canvas.pixels, body.mask)
    chest.add_near_miss(canvas, body, light, np.random.default_rng(2), thing)
    assert canvas.boxes == boxes
    x1, y1, x2, y2 = changed(before, canvas.pixels)
    assert 170 <= x1 < x2 <= 310
    assert 150 <= y1 < y2 <= 352


def test_a_hand_over_the_chest_is_refused() -> None:
    canvas, body = standing()
    hand = moved(
        body, p13=(300, 300), p15=(240, 250), p17=(260, 240), p19=(235, 300), p21=(280, 225)
    )
    light = measure_light(canvas.pixels, body.mask)
    for seed in range(5):
        with pytest.raises(DoubtfulError):
            chest.add_badge(canvas, hand, light, np.random.default_rng(seed), "lanyard")


def test_a_card_beside_the_person_is_refused() -> None:
    canvas, body = standing()
    body.mask[:, 200:] = False
    light = measure_light(canvas.pixels, body.mask)
    with pytest.raises(DoubtfulError, match="leaves the person"):
        chest.add_badge(canvas, body, light, np.random.default_rng(0), "lanyard")


@pytest.mark.parametrize("seed", range(6))
def test_a_tie_hangs_in_the_middle_and_is_no_badge(seed: int) -> None:
    canvas, body = standing()
    before, boxes = canvas.pixels.copy(), list(canvas.boxes)
    light = measure_light(canvas.pixels, body.mask)
    chest.add_tie(canvas, body, light, np.random.default_rng(seed))
    assert canvas.boxes == boxes
    x1, y1, x2, y2 = changed(before, canvas.pixels)
    place = chest_of(body)
    assert abs((x1 + x2) / 2 - place.middle[0]) < 30 * place.per_mm
    assert 28 * place.per_mm < x2 - x1 < 130 * place.per_mm
    assert 180 < y1 < 200  # below the chin
    assert 280 * place.per_mm < y2 - y1 < 520 * place.per_mm


def test_a_tie_needs_a_chest_that_no_arm_hides() -> None:
    canvas, body = standing()
    light = measure_light(canvas.pixels, body.mask)
    arm = moved(body, p15=(240, 230), p17=(238, 226), p19=(236, 228), p21=(240, 226))
    with pytest.raises(DoubtfulError, match="hand or arm"):
        chest.add_tie(canvas, arm, light, np.random.default_rng(0))

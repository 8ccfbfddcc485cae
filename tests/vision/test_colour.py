"""Colours: the arithmetic against reference values, names under the policy, light, samples."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.networks import default_policy
from tests.vision.pictures import canvas
from vision.colour import ColourRange, light_gains, read_colours, sample, to_lch

NO_CHANGE = np.ones(3)
Rgb = tuple[int, int, int]


def patch(*colours: Rgb) -> npt.NDArray[np.uint8]:
    return np.array(colours, np.uint8).reshape(-1, 3)


# CIELAB (D65, 2 degrees) of the sRGB primaries, as in Lindbloom's calculator and many tables.
@pytest.mark.parametrize(
    ("rgb", "lightness", "chroma", "hue"),
    [
        ((255, 0, 0), 53.24, 104.55, 40.00),
        ((0, 255, 0), 87.73, 119.78, 136.02),
        ((0, 0, 255), 32.30, 133.81, 306.28),
        ((255, 255, 0), 97.14, 96.91, 102.85),
        ((0, 255, 255), 91.11, 50.12, 196.38),
        ((255, 0, 255), 60.32, 115.54, 328.23),
    ],
)
def test_to_lch_of_the_primaries(rgb: Rgb, lightness: float, chroma: float, hue: float) -> None:
    (found,) = to_lch(patch(rgb), NO_CHANGE)
    assert found.tolist() == pytest.approx([lightness, chroma, hue], abs=0.1)


@pytest.mark.parametrize(
    ("value", "lightness"), [(0, 0), (1, 0.27), (119, 50.03), (128, 53.59), (255, 100)]
)
def test_to_lch_of_greys(value: int, lightness: float) -> None:
    (found,) = to_lch(patch((value, value, value)), NO_CHANGE)
    assert found[0] == pytest.approx(lightness, abs=0.05)
    assert found[1] == pytest.approx(0, abs=0.02)


byte = st.integers(0, 255)


@given(st.tuples(byte, byte, byte))
def test_to_lch_stays_in_its_ranges(rgb: Rgb) -> None:
    ((lightness, chroma, hue),) = to_lch(patch(rgb), NO_CHANGE)
    assert -0.01 <= lightness <= 100.01
    assert 0 <= chroma < 140
    assert 0 <= hue <= 360


# Names. Clear cases only: where exactly orange ends is a figure of the policy.
NAMED: list[tuple[Rgb, str]] = [
    ((240, 110, 20), "orange"),
    ((255, 120, 0), "orange"),
    ((214, 92, 22), "orange"),
    ((200, 20, 25), "red"),
    ((150, 10, 20), "red"),
    ((250, 210, 20), "yellow"),
    ((235, 200, 60), "yellow"),
    ((20, 120, 50), "green"),
    ((30, 80, 190), "blue"),
    ((90, 140, 210), "blue"),
    ((22, 28, 62), "navy"),
    ((30, 36, 70), "navy"),
    ((15, 15, 16), "black"),
    ((35, 35, 35), "black"),
    ((128, 128, 128), "grey"),
    ((90, 92, 90), "grey"),
    ((240, 240, 238), "white"),
    ((230, 90, 190), "pink"),
    ((90, 55, 30), "brown"),
]


@pytest.mark.parametrize(("rgb", "name"), NAMED)
def test_name_of_a_patch(rgb: Rgb, name: str) -> None:
    reading = read_colours(patch(rgb), NO_CHANGE, default_policy().colours)
    assert reading.main == name
    assert reading.share([name]) == 1


def test_every_policy_colour_can_be_met() -> None:
    """No name is hidden behind the names before it."""
    steps = np.arange(0, 256, 15).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    reading = read_colours(cube, NO_CHANGE, default_policy().colours)
    assert set(reading.shares) == set(default_policy().colours)
    assert min(reading.shares.values()) > 0


@given(st.lists(st.tuples(byte, byte, byte), max_size=50))
def test_shares_add_up_to_at_most_one(colours: list[Rgb]) -> None:
    reading = read_colours(patch(*colours), NO_CHANGE, default_policy().colours)
    assert reading.usable == len(colours)
    assert 0 <= sum(reading.shares.values()) <= 1 + 1e-9
    assert reading.share(list(reading.shares)) == pytest.approx(sum(reading.shares.values()))
    assert reading.share(["no such colour"]) == 0


def test_shares_of_a_mixture() -> None:
    mixed = patch(*[(240, 110, 20)] * 3, (30, 80, 190))
    reading = read_colours(mixed, NO_CHANGE, default_policy().colours)
    assert reading.main == "orange"
    assert reading.share(["orange"]) == 0.75
    assert reading.share(["orange", "blue"]) == 1


def test_no_pixels_no_colour() -> None:
    reading = read_colours(patch(), NO_CHANGE, default_policy().colours)
    assert (reading.main, reading.usable, reading.share(["orange"])) == ("", 0, 0)


def test_first_fitting_range_wins_and_hue_wraps() -> None:
    ranges = {
        "warm": ColourRange(hue=(300, 60)),
        "anything": ColourRange(),
    }
    found = [
        read_colours(patch(rgb), NO_CHANGE, ranges).main
        for rgb in [(255, 0, 0), (255, 0, 255), (0, 255, 0), (0, 0, 255)]
    ]
    assert found == ["warm", "warm", "anything", "warm"]


def test_pixels_without_a_name() -> None:
    reading = read_colours(patch((0, 255, 0)), NO_CHANGE, {"warm": ColourRange(hue=(300, 60))})
    assert (reading.main, reading.usable, reading.share(["warm"])) == ("", 1, 0)


# Light


def under(light: Sequence[float], pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture under another light: gains on the linear values."""
    linear = (pixels / 255) ** 2.2 * np.array(light)
    seen: npt.NDArray[np.uint8] = (linear.clip(0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8)
    return seen


def room_with_helmet() -> npt.NDArray[np.uint8]:
    pixels = canvas()
    pixels[100:180, 280:380] = (225, 100, 25)
    return pixels


@pytest.mark.parametrize(
    "light",
    [(1, 1, 1), (1.1, 1, 0.8), (1.15, 1, 0.7), (0.85, 1, 1.15), (0.7, 0.7, 0.7)],
    ids=["white", "warm", "warmer", "cold", "dim"],
)
def test_orange_helmet_is_orange_in_any_moderate_light(light: tuple[float, float, float]) -> None:
    seen = under(light, room_with_helmet())
    helmet = sample(seen, (285, 105, 375, 175))
    reading = read_colours(helmet, light_gains(seen), default_policy().colours)
    assert reading.main == "orange"


@pytest.mark.parametrize("light", [(1.2, 1, 0.8), (0.8, 1, 1.2)], ids=["warm", "cold"])
def test_correction_moves_towards_the_true_colour(light: tuple[float, float, float]) -> None:
    grey = patch((128, 128, 128))
    seen = under(light, canvas())
    gains = light_gains(seen)
    uncorrected = to_lch(under(light, grey), NO_CHANGE)[0, 1]
    corrected = to_lch(under(light, grey), gains)[0, 1]
    assert corrected < uncorrected


def test_white_light_needs_no_correction() -> None:
    assert light_gains(canvas()).tolist() == pytest.approx([1, 1, 1], abs=0.01)


@pytest.mark.parametrize("rgb", [(255, 255, 255), (0, 0, 0), (250, 110, 10), (0, 0, 255)])
def test_gains_stay_small_whatever_is_seen(rgb: Rgb) -> None:
    """A wall of one colour must not be corrected away."""
    gains = light_gains(np.full((100, 100, 3), rgb, np.uint8))
    assert np.isfinite(gains).all()
    assert (gains >= 0.5).all()
    assert (gains <= 2).all()
    assert gains[1] == 1


# Samples


def numbered() -> npt.NDArray[np.uint8]:
    """Red is the column, green the row."""
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[..., 0] = np.arange(200)
    pixels[..., 1] = np.arange(100)[:, None]
    return pixels


def test_sample_keeps_to_its_region() -> None:
    found = sample(numbered(), (50, 20, 80, 60))
    assert found.dtype == np.uint8
    assert (found[:, 0].min(), found[:, 0].max()) == (50, 79)
    assert (found[:, 1].min(), found[:, 1].max()) == (20, 59)
    assert len(found) == 30 * 40


@given(st.integers(-50, 250), st.integers(-50, 150), st.integers(1, 300), st.integers(1, 300))
def test_sample_of_any_region(x: int, y: int, width: int, height: int) -> None:
    found = sample(numbered(), (x, y, x + width, y + height))
    assert len(found) <= 48 * 48
    inside = min(x + width, 200) > max(x, 0) and min(y + height, 100) > max(y, 0)
    if not inside:
        assert len(found) == 0
    assert ((found[:, 0] >= x) & (found[:, 0] <= x + width)).all()
    assert ((found[:, 1] >= y) & (found[:, 1] <= y + height)).all()


@pytest.mark.parametrize(
    "region",
    [(-60, 10, -10, 50), (210, 10, 250, 50), (10, -50, 60, -5), (10, 120, 60, 150)],
    ids=["left", "right", "above", "below"],
)
def test_sample_outside_the_picture_is_empty(region: tuple[float, float, float, float]) -> None:
    assert sample(numbered(), region).shape == (0, 3)


def test_holes_are_left_out() -> None:
    region, hole = (50, 20, 90, 60), (60, 30, 80, 50)
    found = sample(numbered(), region, [hole])
    assert len(found) == 40 * 40 - 20 * 20
    in_hole = (found[:, 0] >= 60) & (found[:, 0] < 80) & (found[:, 1] >= 30) & (found[:, 1] < 50)
    assert not in_hole.any()
    assert len(sample(numbered(), region, [region])) == 0


def test_ellipse_leaves_the_corners_out() -> None:
    region = (50, 20, 90, 60)
    found = sample(numbered(), region, ellipse=True)
    share = len(found) / len(sample(numbered(), region))
    assert share == pytest.approx(np.pi / 4, abs=0.03)
    columns = found[found[:, 1] == 20][:, 0]
    assert columns.min() > 55
    assert columns.max() < 84

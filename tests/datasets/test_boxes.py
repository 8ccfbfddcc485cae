"""Rectangles: what they share, and what they leave free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.boxes import Box, clear_part, inside, overlap, shift

SIZE = (80, 60)
WHOLE = (0.0, 0.0, 80.0, 60.0)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x = sorted(draw(st.lists(st.integers(-5, 85), min_size=2, max_size=2, unique=True)))
    y = sorted(draw(st.lists(st.integers(-5, 65), min_size=2, max_size=2, unique=True)))
    return float(x[0]), float(y[0]), float(x[1]), float(y[1])


@pytest.mark.parametrize(
    ("there", "least", "part"),
    [
        ([], 0.25, WHOLE),
        ([WHOLE], 0.25, None),
        ([(0.0, 40.0, 10.0, 50.0)], 0.25, (10.0, 0.0, 80.0, 60.0)),
        ([(30.0, 20.0, 50.0, 40.0)], 0.25, (0.0, 0.0, 30.0, 60.0)),
        ([(30.0, 20.0, 50.0, 40.0)], 0.6, None),  # 30 pixels at most; 36 asked for
        ([(-9.0, -9.0, 20.0, 99.0)], 0.25, (20.0, 0.0, 80.0, 60.0)),
    ],
)
def test_the_largest_free_part(there: list[Box], least: float, part: Box | None) -> None:
    assert clear_part(SIZE, there, least) == part


@given(st.lists(boxes(), max_size=5))
def test_a_free_part_is_free_inside_and_as_large_as_any_strip(there: list[Box]) -> None:
    part = clear_part(SIZE, there, 0.1)
    left = min((b[0] for b in there), default=80.0)
    if part is None:
        assert left < 6
        return
    assert all(overlap(part, box) == 0 for box in there)
    assert inside(part, WHOLE) == 1
    area = (part[2] - part[0]) * (part[3] - part[1])
    assert area >= (left * 60 if left >= 6 else 0)


def test_shifted_into_a_crop() -> None:
    assert shift((10, 20, 30, 40), (5, 5, 50, 50)) == (5, 15, 25, 35)

"""Strips told by the colours of a vest."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from datasets.boxes import Box
from datasets.vest_strips import strips

VEST = 40.0, 30.0, 200.0, 250.0
YELLOW, ORANGE, NAVY = (210, 240, 40), (240, 110, 20), (20, 30, 90)
SILVER, WHITE = (190, 192, 195), (250, 250, 250)
CHEST, WAIST = (40.0, 110.0, 200.0, 130.0), (40.0, 190.0, 200.0, 212.0)
BRACE = 70.0, 40.0, 92.0, 180.0


def drawn(
    cloth: tuple[int, int, int], *things: tuple[Box, tuple[int, int, int]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = Image.new("RGB", (240, 280), (90, 120, 150))
    draw = ImageDraw.Draw(picture)
    draw.rectangle(VEST, cloth)
    for (x1, y1, x2, y2), colour in things:
        draw.rectangle((x1, y1, x2 - 1, y2 - 1), colour)
    return np.asarray(picture)


@pytest.mark.parametrize("cloth", [YELLOW, ORANGE])
@pytest.mark.parametrize("bands", [(CHEST,), (CHEST, WAIST), (BRACE,), (BRACE, WAIST)])
def test_bands_on_a_vest(cloth: tuple[int, int, int], bands: tuple[Box, ...]) -> None:
    found = strips(drawn(cloth, *((band, SILVER) for band in bands)), VEST)
    assert len(found) == len(bands)
    for want, got in zip(sorted(bands), sorted(found), strict=True):
        assert np.abs(np.subtract(want, got)).max() <= 4


@pytest.mark.parametrize(
    ("cloth", "things"),
    [
        (YELLOW, []),
        (NAVY, [(CHEST, SILVER)]),  # only what a vest's own colour surrounds can be told
        (YELLOW, [((40.0, 30.0, 200.0, 130.0), WHITE)]),  # a white shirt above half a vest
        (YELLOW, [((90.0, 60.0, 150.0, 110.0), WHITE)]),  # a card
        (YELLOW, [(CHEST, (200, 60, 60))]),  # a red band reflects nothing
        (YELLOW, [((100.0, 110.0, 125.0, 122.0), SILVER)]),  # a name plate
    ],
)
def test_what_is_no_strip(
    cloth: tuple[int, int, int], things: list[tuple[Box, tuple[int, int, int]]]
) -> None:
    assert strips(drawn(cloth, *things), VEST) == []


def test_a_vest_too_small_to_tell() -> None:
    assert strips(drawn(YELLOW, (CHEST, SILVER)), (40.0, 100.0, 70.0, 140.0)) == []

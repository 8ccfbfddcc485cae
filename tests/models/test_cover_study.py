"""What counts as a shoe cover found."""

import pytest

from datasets.boxes import Box
from models.cover_study import is_found

COVER = (100.0, 100.0, 200.0, 160.0)


@pytest.mark.parametrize(
    ("boxes", "found"),
    [
        ([], False),
        ([COVER], True),
        ([(110.0, 105.0, 205.0, 170.0)], True),  # drawn a little beside
        ([(100.0, 100.0, 400.0, 400.0)], False),  # the whole leg
        ([(200.0, 160.0, 300.0, 220.0)], False),  # the other foot
        ([(0.0, 0.0, 50.0, 50.0), COVER], True),
    ],
)
def test_a_picture_is_found_by_a_box_on_a_cover(boxes: list[Box], found: bool) -> None:
    assert is_found([COVER], boxes) is found


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert not is_found([], [COVER])

"""Where a partly labelled picture says something of a label, and where it does not."""

import numpy as np
import pytest

from models.known import known_at
from vision.labels import LABELS, Label

P = Label.PERSON
SOMEBODY = (P, 50.0, 50.0, 20.0, 60.0)  # x 40 to 60, y 20 to 80


def known(
    exhaustive: set[Label],
    boxes: list[tuple[Label, float, float, float, float]],
    label: Label,
    at: tuple[float, float],
) -> bool:
    """One picture, the second of two, asked about one point."""
    rows = np.zeros((2, len(LABELS)), np.float32)
    rows[1] = [one in exhaustive for one in LABELS]
    drawn = np.array([(1, LABELS.index(name), *box) for name, *box in boxes], np.float32).reshape(
        -1, 6
    )
    mask = known_at(rows, drawn, np.array([(5.0, 5.0), at], np.float32))
    assert mask.shape == (2, 2, len(LABELS))
    assert not mask[0].any()  # nothing is said of the other picture
    assert np.isin(mask, (0, 1)).all()
    return bool(mask[1, 1, LABELS.index(label)])


@pytest.mark.parametrize(
    ("exhaustive", "boxes", "label", "at", "want"),
    [
        # What the source is exhaustive about is known everywhere, anything else nowhere.
        ({Label.HELMET}, [], Label.HELMET, (50, 50), True),
        ({Label.HELMET}, [], Label.HEAD, (50, 50), False),
        # Around a box of a label that is boxed here and there.
        (set(), [(Label.HEAD, 50, 50, 20, 20)], Label.HEAD, (50, 50), True),
        (set(), [(Label.HEAD, 50, 50, 20, 20)], Label.HEAD, (64, 36), True),
        (set(), [(Label.HEAD, 50, 50, 20, 20)], Label.HEAD, (66, 50), False),
        (set(), [(Label.HEAD, 50, 50, 20, 20)], Label.BADGE, (50, 50), False),
        # What is worn, where everybody is boxed: unknown on people, absent beside them.
        ({P}, [SOMEBODY], Label.BADGE, (50, 40), False),
        ({P}, [SOMEBODY], Label.BADGE, (90, 40), True),
        ({P}, [SOMEBODY], Label.BADGE, (61.5, 40), False),  # an arm may reach out
        ({P}, [SOMEBODY, (P, 90, 50, 20, 60)], Label.BADGE, (90, 40), False),
        # Feet end people.
        ({P}, [SOMEBODY], Label.SHOES, (50, 75), False),
        ({P}, [SOMEBODY], Label.SHOES, (50, 84), False),
        ({P}, [SOMEBODY], Label.SHOES, (50, 30), True),  # a hand
        ({P}, [SOMEBODY], Label.SHOES, (90, 75), True),
        # A helmet or litter may lie anywhere.
        ({P}, [SOMEBODY], Label.HELMET, (90, 40), False),
        ({P}, [SOMEBODY], Label.LITTER, (90, 40), False),
        # Not everybody is boxed, or nobody is there: shoes may stand about.
        (set(), [SOMEBODY], Label.SHOES, (90, 40), False),
        ({P}, [], Label.SHOES, (90, 40), False),
    ],
)  # fmt: skip
def test_what_is_known_at_a_point(
    exhaustive: set[Label],
    boxes: list[tuple[Label, float, float, float, float]],
    label: Label,
    at: tuple[float, float],
    want: bool,
) -> None:
    assert known(exhaustive, boxes, label, at) is want

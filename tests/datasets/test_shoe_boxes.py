"""Shoes where the network and body points agree."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.boxes import Box
from datasets.shoe_boxes import agreed, feet_of
from tests.synthesis.figures import standing
from vision.detections import Detections
from vision.labels import Label

LEFT, RIGHT = (262.0, 578.0, 322.0, 622.0), (158.0, 578.0, 218.0, 622.0)


def _seen(*things: tuple[Label, Box, float]) -> Detections:
    return Detections(
        np.array([box for _, box, _ in things], np.float32).reshape(-1, 4),
        np.array([score for _, _, score in things], np.float32),
        tuple(label for label, _, _ in things),
    )


def test_two_feet_are_found_at_the_end_of_the_legs() -> None:
    _, body = standing()
    feet = sorted(feet_of([body]))
    assert len(feet) == 2
    for foot, want in zip(feet, sorted((LEFT, RIGHT)), strict=True):
        assert np.abs(np.subtract(foot, want)).max() < 20


def test_feet_that_points_do_not_see_are_none() -> None:
    _, body = standing()
    hidden = body.points.copy()
    hidden[25:, 3] = 0.1
    assert feet_of([replace(body, points=hidden)]) == []


@pytest.mark.parametrize(
    ("things", "kept"),
    [
        ([(Label.SHOES, LEFT, 0.8), (Label.SHOES, RIGHT, 0.4)], [LEFT, RIGHT]),
        ([(Label.SHOES, LEFT, 0.2)], []),  # the network is not sure
        ([(Label.SHOES, (20.0, 578.0, 80.0, 622.0), 0.9)], []),  # no foot there
        ([(Label.SHOE_COVER, LEFT, 0.9)], []),
        ([(Label.SHOES, (150.0, 400.0, 330.0, 640.0), 0.9)], []),  # both legs
        # One shoe said twice is one shoe, as the surer of the two draws it.
        ([(Label.SHOES, LEFT, 0.5), (Label.SHOES, (258.0, 570.0, 326.0, 626.0), 0.6)],
         [(258.0, 570.0, 326.0, 626.0)]),
        ([], []),
    ],
)  # fmt: skip
def test_only_what_both_see_is_kept(
    things: list[tuple[Label, Box, float]], kept: list[Box]
) -> None:
    _, body = standing()
    assert list(agreed(_seen(*things), feet_of([body]))) == kept

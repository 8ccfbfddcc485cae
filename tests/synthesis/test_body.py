"""Which chests are taken and which are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets.synthesis.body import Body, arms_clear, chest_of, read_bodies
from datasets.synthesis.canvas import DoubtfulError
from tests.synthesis.figures import standing


def moved(body: Body, **places: tuple[float, float]) -> Body:
    """The body with some points elsewhere; `p15=(240, 270)` moves point 15."""
    points = body.points.copy()
    for name, place in places.items():
        points[int(name[1:]), :2] = place
    return replace(body, points=points)


def test_a_chest_is_measured_from_the_shoulders() -> None:
    _, body = standing()
    chest = chest_of(body)
    assert chest.middle == pytest.approx((240, 190))
    assert chest.right == pytest.approx((1, 0))
    assert chest.down == pytest.approx((0, 1))
    assert chest.per_mm == pytest.approx(100 / 360)
    quad = chest.quad((0, 200), (75, 100), 0.0)
    width, height = quad[1] - quad[0], quad[2] - quad[1]
    assert width == pytest.approx((75 * 100 / 360, 0), abs=1e-3)
    assert height == pytest.approx((0, 100 * 100 / 360), abs=1e-3)


def test_a_back_is_refused_for_badges_and_taken_for_strips() -> None:
    _, body = standing()
    back = moved(body, p11=(190, 190), p12=(290, 190))
    with pytest.raises(DoubtfulError, match="behind"):
        chest_of(back)
    assert chest_of(back, any_side=True).right == pytest.approx((1, 0))


@pytest.mark.parametrize(
    ("places", "reason"),
    [
        ({"p11": (250, 190), "p12": (230, 190), "p23": (250, 340), "p24": (230, 340)}, "small"),
        ({"p11": (270, 250), "p12": (210, 150)}, "tilted"),
        ({"p0": (240, 200)}, "head"),
        ({"p23": (360, 240), "p24": (340, 250)}, "bent"),
    ],
)
def test_doubtful_poses_are_refused(places: dict[str, tuple[float, float]], reason: str) -> None:
    _, body = standing()
    with pytest.raises(DoubtfulError, match=reason):
        chest_of(moved(body, **places))


def test_a_side_view_is_refused() -> None:
    _, body = standing()
    points = body.points.copy()
    points[11, 2] = 140
    with pytest.raises(DoubtfulError, match="side"):
        chest_of(replace(body, points=points))


def test_unseen_shoulders_are_refused() -> None:
    _, body = standing()
    points = body.points.copy()
    points[12, 3] = 0.2
    with pytest.raises(DoubtfulError, match="not seen"):
        chest_of(replace(body, points=points))


def test_an_arm_over_the_chest_is_noticed() -> None:
    _, body = standing()
    area = (220.0, 230.0, 260.0, 280.0)
    assert arms_clear(body, area)
    assert not arms_clear(moved(body, p15=(240, 250), p19=(235, 250)), area)


def test_the_cache_is_read_back(tmp_path: Path) -> None:
    _, body = standing()
    path = tmp_path / "one.npz"
    np.savez_compressed(
        path,
        regions=np.array([body.region], np.float32),
        points=body.points[None],
        masks=body.mask[None],
    )
    (again,) = read_bodies(path)
    assert again.region == body.region
    np.testing.assert_array_equal(again.points, body.points)
    np.testing.assert_array_equal(again.mask, body.mask)
    assert read_bodies(tmp_path / "none.npz") == []

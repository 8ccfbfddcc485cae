"""What the benchmark compares; never how long it takes."""

import io

import numpy as np
import pytest
from PIL import Image

from models import bench


@pytest.fixture(scope="module")
def photo() -> bytes:
    grain = np.random.default_rng(0).integers(0, 255, (600, 800, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grain).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("side", "left_out"),
    [
        (100, set()),
        (200, {"OpenCV 1/8"}),
        (400, {"OpenCV 1/8", "OpenCV 1/4"}),
        (800, {"OpenCV 1/8", "OpenCV 1/4", "OpenCV 1/2"}),
    ],
)
def test_only_decodes_that_are_large_enough_compete(
    photo: bytes, side: int, left_out: set[str]
) -> None:
    chosen = bench.candidates(photo, side)
    assert set(bench.decoders(side)) - set(chosen) == left_out
    assert all(max(decode(photo).shape) >= side for decode in chosen.values())


def test_steps_take_turns() -> None:
    calls: list[str] = []
    times = bench.interleaved({"x": lambda: calls.append("x"), "y": lambda: calls.append("y")}, 2)
    assert calls == ["x", "y"] * 4
    assert set(times) == {"x", "y"}


@pytest.mark.slow
def test_photo_is_what_a_phone_sends() -> None:
    data = bench.big_photo()
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (4000, 3000)
    assert bench.MIN_BYTES <= len(data) <= bench.MAX_BYTES


def test_missing_reference_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    bench._print({"a OpenCV 1/4": 1.0, "b session.run": 1.0, "c bytes → report": 2.0}, {}, 100.0)
    assert "not measured: Ultralytics is not installed" in capsys.readouterr().out

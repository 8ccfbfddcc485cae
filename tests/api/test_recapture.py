"""Photos of screens and prints are asked about; real photos, padded and plain ones are not."""

import io
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from api.recapture import TILE, Pixels, find_frame, find_grid, power_spectrum, recaptured
from api.simulated import Camera, paper, screen
from tests.api.conftest import Api, Start
from tests.api.searches import searched
from vision.photo import decode_luminance

DEMO = Path(__file__).parents[2] / "demo"
NAMES = sorted(path.stem for path in DEMO.glob("*.jpg"))
CAMERA = Camera(960, 1280, blur=0.6, noise=0.005, sharpen=0.3, quality=90)


def picture(name: str) -> Image.Image:
    return Image.open(DEMO / f"{name}.jpg")


def luminance(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("L"))


@cache
def taken(how: str, seed: int) -> bytes:
    """A demo photo, shown to a camera."""
    take = screen if how == "screen" else paper
    photo, around = (np.asarray(picture(name)) for name in ("selfie_full_ok", "site_clean"))
    return take(photo, around, CAMERA, np.random.default_rng(seed), 0.85)


@pytest.mark.parametrize(("how", "seed"), [("screen", 0), ("screen", 1), ("print", 3)])
def test_a_picture_in_a_frame_is_found(how: str, seed: int) -> None:
    frame = find_frame(decode_luminance(taken(how, seed)))
    assert frame is not None
    assert 0.3 < frame.area < 0.93
    assert frame.corners.shape == (4, 2)


@pytest.mark.parametrize("period", [3, 5, 9])
def test_a_fine_pattern_all_over_is_found(period: float) -> None:
    """As the pixels of a screen leave it, held at an angle; where it is coarse it is a thing."""
    plain = luminance(picture("selfie_ok")).astype(np.float32)
    y, x = np.indices(plain.shape)
    wave = 8 * np.cos(2 * np.pi * (x * np.cos(0.3) + y * np.sin(0.3)) / period)
    found = find_grid(np.clip(plain + wave, 0, 255).astype(np.uint8))
    assert found == pytest.approx(period, rel=0.03)
    half = np.where(x < plain.shape[1] * 0.4, wave, 0)  # cloth, a fence
    assert find_grid(np.clip(plain + half, 0, 255).astype(np.uint8)) is None


@pytest.mark.parametrize("name", NAMES)
def test_photos_are_not_asked_about(name: str) -> None:
    assert recaptured(luminance(picture(name))) is None


PLAIN = {
    "black": Image.new("L", (640, 480)),
    "white": Image.new("L", (640, 480), 255),
    "small": picture("selfie_ok").resize((72, 96)),
    "long": picture("selfie_ok").resize((2000, 80)),
    "padded in black": ImageOps.expand(picture("selfie_ok"), 150),
    "padded in white": ImageOps.expand(picture("site_littered"), 150, "white"),
    "mirrored at the edge": Image.fromarray(
        np.pad(np.asarray(picture("selfie_ok")), ((200, 200), (200, 200), (0, 0)), "reflect")
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_nor_is_what_no_camera_took(name: str) -> None:
    assert recaptured(luminance(PLAIN[name])) is None


def test_power_spectrum_is_that_of_numpy() -> None:
    tile = np.random.default_rng(3).normal(0, 40, (TILE, TILE)).astype(np.float32)
    expected = np.abs(np.fft.rfft2(tile.astype(np.float64))) ** 2
    np.testing.assert_allclose(power_spectrum(tile), expected, rtol=1e-3, atol=10)


def test_a_photo_of_a_screen_asks_a_supervisor(api: Api) -> None:
    check = searched(api, api.check(data=taken("screen", 0))["id"])
    (flag,) = check["flags"]
    assert (flag["kind"], flag["earlier_id"]) == ("recaptured", None)
    assert flag["facts"]["cues"] == ["frame"]
    assert 0.3 < flag["facts"]["area"] < 0.93
    assert check["review"] == "open"
    (found,) = api.get("supervisor_a", "/v1/checks", flag="recaptured")["items"]
    assert found["id"] == check["id"]
    plain = io.BytesIO()
    picture("site_clean").save(plain, "JPEG")
    assert searched(api, api.check(data=plain.getvalue())["id"])["flags"] == []


def test_the_question_can_be_switched_off(start_api: Start) -> None:
    with start_api(ask_recaptured=False) as api:
        assert searched(api, api.check(data=taken("screen", 0))["id"])["flags"] == []

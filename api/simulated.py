"""Simulated photos of screens and prints: what a camera makes of a picture that is shown to it.

There is no public set of such photos of workers and rooms, so that `api.recapture_study` and the
tests make their own. A screen is not drawn in subpixels and reduced: its stripes are a Fourier
series whose terms are dimmed by lens and pixel as optics does it, and sampled where the camera has
its pixels. Moiré comes out by itself (Amidror, The Theory of the Moiré Phenomenon, 2009, ch. 2).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Luck = np.random.Generator
GAMMA = 2.2
SIZES = ((960, 1280), (1440, 1920))  # of photos that phones send
_LIGHT = (np.arange(256) / 255).astype(np.float32) ** np.float32(GAMMA)
PAPER = 1600  # pixels along the long edge of a print

STRIPES = ((1, 0), (2, 0), (3, 0), (0, 1), (0, 2), (1, 1), (1, -1), (2, 1), (2, -1))
"""Harmonics across and along the stripes of an LCD, cycles per display pixel."""
DIAMONDS = ((0.5, 0.5), (0.5, -0.5), (1, 0), (0, 1), (1, 1), (1, -1))
"""Of an OLED phone, whose red and blue dots are half as many as the green ones."""


@dataclass(frozen=True)
class Camera:
    """What takes the photo.

    Attributes:
        width, height: of the photo in pixels.
        blur: standard deviation of the lens' blur in pixels.
        noise: standard deviation of the noise at full light.
        sharpen: how much of the detail is added again.
        quality: of the JPEG.
    """

    width: int
    height: int
    blur: float
    noise: float
    sharpen: float
    quality: int

    @classmethod
    def draw(cls, luck: Luck, sizes: Sequence[tuple[int, int]] = SIZES) -> "Camera":
        """One of those that phones have; half of them held sideways."""
        width, height = sizes[int(luck.integers(len(sizes)))]
        if luck.random() < 0.5:
            width, height = height, width
        blur = float(luck.choice([luck.uniform(0.35, 0.8), luck.uniform(0.8, 2.0)], p=[0.7, 0.3]))
        noise, sharpen = luck.uniform(0.003, 0.015), luck.uniform(0.0, 0.8)
        return cls(width, height, blur, noise, sharpen, int(luck.integers(80, 96)))

    def develop(self, light: Floats, luck: Luck) -> bytes:
        """Light on the sensor, 0 to 1, shape (height, width, 3), as a JPEG.

        A Bayer mosaic with noise, demosaicked, tone curve, sharpening.
        """
        mosaic = light[..., 1].copy()
        mosaic[0::2, 0::2] = light[0::2, 0::2, 0]
        mosaic[1::2, 1::2] = light[1::2, 1::2, 2]
        grain = luck.standard_normal(mosaic.shape, dtype=np.float32)
        mosaic += grain * self.noise * np.sqrt(np.maximum(mosaic, 0.02))
        levels = (np.clip(mosaic, 0, 1) ** (1 / GAMMA) * 255 + 0.5).astype(np.uint8)
        # OpenCV names a mosaic after its second row and column: this one has red at (0, 0).
        picture = cv2.cvtColor(levels, cv2.COLOR_BayerBG2RGB_EA).astype(np.float32)
        picture += self.sharpen * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
        out = io.BytesIO()
        Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8)).save(
            out, "JPEG", quality=self.quality
        )
        return out.getvalue()


@dataclass(frozen=True)
class View:
    """Where the camera's pixels look on something flat.

    Attributes:
        u, v: place on it in its own pixels, float32, shape (height, width).
    """

    u: Floats
    v: Floats

    @classmethod
    def draw(cls, camera: Camera, size: tuple[float, float], share: float, luck: Luck) -> "View":
        """A flat thing of (width, height) that fills so much of the photo, held at an angle."""
        width, height = size
        scale = share * min(camera.width / width, camera.height / height)
        if share > 1:
            scale = share * max(camera.width / width, camera.height / height)
        angle = luck.normal(0, 0.05)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - np.array(size) / 2
        room = np.array([camera.width, camera.height]) * max(0.0, 1 - share) / 2
        middle = np.array([camera.width, camera.height]) / 2 + luck.uniform(-0.7, 0.7, 2) * room
        depth = 1 + flat @ luck.normal(0, 0.06, 2) / np.array(size).max() * 2
        corners = (flat * scale @ turn.T) / depth[:, None] + middle
        back = cv2.getPerspectiveTransform(
            corners.astype(np.float32), (flat + np.array(size) / 2).astype(np.float32)
        )
        x, y = np.meshgrid(np.arange(camera.width, dtype=np.float32) + 0.5,
                           np.arange(camera.height, dtype=np.float32) + 0.5)  # fmt: skip
        below = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / below
        v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / below
        return cls(u.astype(np.float32), v.astype(np.float32))

    def look(self, picture: Floats, blur: float) -> Floats:
        """The flat thing's picture as it falls on the sensor, shape (height, width, 3)."""
        pitch = float(np.median(np.abs(np.gradient(self.u, axis=1))))  # its pixels per photo pixel
        spread = max(0.3, blur) * pitch
        soft = cv2.GaussianBlur(picture, (0, 0), spread) if spread > 0.5 else picture
        return np.asarray(
            cv2.remap(soft, self.u - 0.5, self.v - 0.5, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE),
            np.float32,
        )  # fmt: skip

    def wave(self, k: float, m: float, blur: float, phase: float = 0.0) -> Floats:
        """A grating of k, m cycles per pixel of the flat thing, dimmed by lens and pixel."""
        (u_y, u_x), (v_y, v_x) = np.gradient(self.u[::16, ::16]), np.gradient(self.v[::16, ::16])
        f_x, f_y = (k * u_x + m * v_x) / 16, (k * u_y + m * v_y) / 16
        dim = np.exp(-2 * (np.pi * blur) ** 2 * (f_x**2 + f_y**2)) * np.sinc(f_x) * np.sinc(f_y)
        if np.abs(dim).max() < 0.01:  # nobody sees it
            return np.zeros_like(self.u)
        dimmed = cv2.resize(dim.astype(np.float32), self.u.shape[::-1])
        return np.asarray(
            dimmed * np.cos(2 * np.pi * (k * self.u + m * self.v) + phase), np.float32
        )

    def inside(self, size: tuple[float, float], margin: float, blur: float) -> Floats:
        """1 on the thing and so much around it, 0 elsewhere; soft as the lens makes it."""
        width, height = size
        on = ((self.u > -margin) & (self.u < width + margin)
              & (self.v > -margin) & (self.v < height + margin))  # fmt: skip
        return np.asarray(cv2.GaussianBlur(on.astype(np.float32), (0, 0), max(0.4, blur)))


def screen(photo: Pixels, around: Pixels, camera: Camera, luck: Luck, share: float) -> bytes:
    """A photo of a screen that shows a photo, as a JPEG.

    Args:
        photo: what is shown, RGB.
        around: what is behind the screen, RGB.
        camera: takes it.
        luck: decides the rest.
        share: of the photo's width or height that the screen takes; above 1 it fills it.
    """
    oled = luck.random() < 0.4
    sizes = [(1080, 2340), (1080, 1920)] if oled else [(1920, 1080), (2560, 1440), (1536, 2048)]
    size = sizes[int(luck.integers(len(sizes)))]
    shown = _fitted(photo, size, luck)
    view = View.draw(camera, size, share, luck)
    light = view.look(_linear(shown), camera.blur)
    for channel in range(3):
        light[..., channel] *= (
            _dots(view, camera, channel) if oled else _stripes(view, camera, channel)
        )
    light = light * luck.uniform(0.6, 1.0) + luck.uniform(0.001, 0.01)
    light += _glare(camera, luck)
    bezel = min(size) * luck.uniform(0.015, 0.06)
    rim = luck.choice([luck.uniform(0.003, 0.02), luck.uniform(0.4, 0.6)], p=[0.9, 0.1])
    room = _behind(around, camera, luck)
    whole = view.inside(size, bezel, camera.blur)[..., None]
    active = view.inside(size, 0, camera.blur)[..., None]
    seen = room * (1 - whole) + rim * (whole - active) + light * active
    return camera.develop(np.clip(seen, 0, 1).astype(np.float32), luck)


def paper(photo: Pixels, around: Pixels, camera: Camera, luck: Luck, share: float) -> bytes:
    """A photo of a print, with a white margin mostly, as a JPEG; arguments as for a screen."""
    scale = PAPER / max(photo.shape)
    inner = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    margin = int(max(inner.shape) * luck.choice([0, luck.uniform(0.02, 0.1)], p=[0.2, 0.8]))
    ink = 0.04 + 0.8 * _linear(inner)
    sheet = np.pad(ink, ((margin, margin), (margin, margin), (0, 0)), constant_values=0.87)
    size = (sheet.shape[1], sheet.shape[0])
    view = View.draw(camera, size, share, luck)
    light = view.look(sheet, camera.blur)
    if luck.random() < 0.5:  # laser or offset; photo paper has no dots that a phone resolves
        light *= _halftone(view, camera, light, luck)
    slope = luck.normal(0, 0.15, 2)
    x, y = _places(camera)
    shade = luck.uniform(0.5, 0.9) * (1 + slope[0] * (2 * x - 1) + slope[1] * (2 * y - 1))
    on = view.inside(size, 0, camera.blur)[..., None]
    seen = (light * on + _behind(around, camera, luck) * (1 - on)) * shade + _glare(
        camera, luck
    ) / 2
    return camera.develop(np.clip(seen, 0, 1).astype(np.float32), luck)


def _linear(picture: Any) -> Floats:
    return np.asarray(_LIGHT[picture], np.float32)


def _fitted(photo: Pixels, size: tuple[int, int], luck: Luck) -> Pixels:
    """As a viewer shows it: all of it between black bars, or filling the screen."""
    width, height = size
    height_in, width_in = photo.shape[:2]
    choose: Any = min if luck.random() < 0.6 else max
    scale = choose(width / width_in, height / height_in)
    big = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    shown = np.zeros((height, width, 3), np.uint8)
    if luck.random() < 0.2:
        shown[:] = luck.choice([32, 245])
    y, x = (height - big.shape[0]) // 2, (width - big.shape[1]) // 2
    part = big[max(0, -y) : max(0, -y) + height, max(0, -x) : max(0, -x) + width]
    shown[max(0, y) : max(0, y) + part.shape[0], max(0, x) : max(0, x) + part.shape[1]] = part
    return shown


def _stripes(view: View, camera: Camera, channel: int) -> Floats:
    """Light of one colour of an LCD against its mean: a third of each pixel, with gaps."""
    across, along = 0.28, 0.8
    total = np.ones_like(view.u)
    for k, m in STRIPES:
        strength = 2 * np.sinc(k * across) * np.sinc(m * along)
        total += strength * view.wave(k, m, camera.blur, -2 * np.pi * k * (channel - 1) / 3)
    return total


def _dots(view: View, camera: Camera, channel: int) -> Floats:
    """Of an OLED phone."""
    total = np.ones_like(view.u)
    for k, m in DIAMONDS:
        if channel == 1 and k != int(k):
            continue
        strength = 2 * np.sinc(k * 0.45) * np.sinc(m * 0.45)
        total += strength * view.wave(k, m, camera.blur, np.pi * (k + m) * (channel - 1))
    return total


def _halftone(view: View, camera: Camera, light: Floats, luck: Luck) -> Floats:
    """Dots of a print, strongest in the middle tones."""
    cells = luck.uniform(500, 1600)  # along it: 85 to 150 an inch, 15 cm to A4
    frequency, angle = cells / PAPER, np.pi / 4 + luck.normal(0, 0.02)
    k, m = frequency * np.cos(angle), frequency * np.sin(angle)
    dots = view.wave(k, m, camera.blur) + view.wave(-m, k, camera.blur)
    tone = light.mean(axis=2)
    return np.asarray(1 + (1.6 * tone * (1 - tone) * dots)[..., None], np.float32)


def _behind(around: Pixels, camera: Camera, luck: Luck) -> Floats:
    """What is behind: out of focus, in the room's light."""
    scale = max(camera.width / around.shape[1], camera.height / around.shape[0])
    big = cv2.resize(around, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    part = big[: camera.height, : camera.width]
    soft = cv2.GaussianBlur(part, (0, 0), luck.uniform(1.5, 12))
    return _linear(soft) * np.float32(luck.uniform(0.2, 0.8))


def _glare(camera: Camera, luck: Luck) -> Floats:
    """A reflected lamp or window, or nothing."""
    if luck.random() < 0.5:
        return np.zeros((1, 1, 1), np.float32)
    x, y = _places(camera)
    near = ((x - luck.random()) / 0.25) ** 2 + ((y - luck.random()) / 0.2) ** 2
    return np.asarray(luck.uniform(0.02, 0.25) * np.exp(-near / 2), np.float32)


def _places(camera: Camera) -> tuple[Floats, Floats]:
    """Of the photo's pixels, 0 to 1 across and down, to be broadcast."""
    x = np.linspace(0, 1, camera.width, dtype=np.float32)[None, :, None]
    return x, np.linspace(0, 1, camera.height, dtype=np.float32)[:, None, None]

"""The picture being edited, and the sheet that new things are drawn on before they join it."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.boxes import Box
from vision.labels import Label

Pixels = NDArray[np.float32]
"""RGB, 0..255, (height, width, 3)."""
Plane = NDArray[np.float32]
"""0..1, (height, width)."""
Points = NDArray[np.floating[Any]]
"""x, y in pixels of the picture, (n, 2)."""

SCALE = 4  # a sheet is drawn at four times the photo's resolution, so thin cords do not alias


class DoubtfulError(Exception):
    """An edit that would not look right here; the text is a short reason that is counted."""


@dataclass
class Canvas:
    """A photo, its boxes and the labels about which those boxes are exhaustive."""

    pixels: Pixels
    boxes: list[tuple[Label, Box]] = field(default_factory=list)
    known: set[Label] = field(default_factory=set)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True)
class Light:
    """How the photo renders black, white, edges and grain around one person."""

    black: Pixels
    white: Pixels
    blur: float  # sigma in pixels
    noise: float  # sigma in grey levels


def luminance(pixels: Pixels) -> Plane:
    """Rec. 601 luma, 0..255."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(pixels @ weights, np.float32)


def measure_light(pixels: Pixels, mask: NDArray[np.bool_]) -> Light:
    """Measure black, white, blur and noise of the person under `mask`."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) < 8 or len(columns) < 8:
        raise DoubtfulError("no mask")
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    pixels, mask = pixels[window], mask[window]
    luma = luminance(pixels)
    inside = luma[mask]
    low, high = np.percentile(inside, [2, 98])
    high = max(float(high), 110.0)
    bright = pixels[mask][inside >= np.percentile(inside, 90)].mean(axis=0)
    cast = bright / max(float(bright.mean()), 1.0)
    # A yellow vest is bright too: follow the cast only a quarter of the way.
    white = np.clip(high * (0.75 + 0.25 * cast), 0, 250).astype(np.float32)
    black = np.full(3, min(float(low), 50.0) * 0.8, np.float32)
    soft = cv2.GaussianBlur(luma, (0, 0), 1.0)
    gradient = np.abs(cv2.Sobel(luma, cv2.CV_32F, 1, 0))[mask].mean()
    softened = np.abs(cv2.Sobel(soft, cv2.CV_32F, 1, 0))[mask].mean()
    # A blur of one pixel halves the gradients of a sharp photo and hardly touches a soft one's.
    ratio = float(softened / max(float(gradient), 1e-3))
    blur = float(np.interp(ratio, [0.6, 0.9], [0.35, 1.3]))
    median = cv2.medianBlur(np.clip(luma, 0, 255).astype(np.uint8), 3).astype(np.float32)
    noise = 1.48 * float(np.median(np.abs(luma - median)[mask]))
    return Light(black, white, blur, min(noise, 6.0))


def folds(luma: Plane, mask: NDArray[np.bool_], fine: float, coarse: float) -> Plane:
    """Shading of the cloth: fine over coarse mean brightness inside the mask, about 1.

    Args:
        luma: 0..255.
        mask: where the cloth is.
        fine: sigma in pixels below which detail is print and grain, not folds.
        coarse: sigma in pixels above which brightness is the scene's, not the folds'.
    """
    weight = mask.astype(np.float32)

    def blur(plane: Plane, sigma: float) -> Plane:
        factor = max(int(sigma / 3), 1)  # a wide blur needs no fine grid
        size = (plane.shape[1], plane.shape[0])
        small = cv2.resize(
            plane, (size[0] // factor, size[1] // factor), interpolation=cv2.INTER_AREA
        )
        small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
        return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def mean(sigma: float) -> Plane:
        over = blur(luma * weight, sigma) / np.maximum(blur(weight, sigma), 1e-3)
        return np.asarray(over, np.float32)

    return np.clip(mean(fine) / np.maximum(mean(coarse), 8.0), 0.5, 1.5).astype(np.float32)


class Sheet:
    """A transparent sheet over the whole photo or part of it, `SCALE` times as fine."""

    def __init__(self, region: Box, size: tuple[int, int]) -> None:
        width, height = size
        self.x1, self.y1 = max(int(region[0]) - 4, 0), max(int(region[1]) - 4, 0)
        self.x2, self.y2 = min(int(region[2]) + 5, width), min(int(region[3]) + 5, height)
        if self.x2 - self.x1 < 4 or self.y2 - self.y1 < 4:
            raise DoubtfulError("outside the picture")
        shape = ((self.y2 - self.y1) * SCALE, (self.x2 - self.x1) * SCALE)
        self.rgb: Pixels = np.zeros((*shape, 3), np.float32)  # premultiplied by alpha
        self.alpha: Plane = np.zeros(shape, np.float32)

    @property
    def window(self) -> tuple[slice, slice]:
        """The part of the photo under the sheet."""
        return slice(self.y1, self.y2), slice(self.x1, self.x2)

    def local(self, points: Points) -> Points:
        """Photo pixels → sheet pixels."""
        return ((points - (self.x1, self.y1)) * SCALE).astype(np.float32)

    def over(self, rgb: Pixels, alpha: Plane, at: tuple[int, int] = (0, 0)) -> None:
        """Lay a straight-alpha drawing over what is there, its corner at x, y of the sheet.

        `rgb` is an image of the size of `alpha` or one colour.
        """
        rows = slice(at[1], at[1] + alpha.shape[0])
        columns = slice(at[0], at[0] + alpha.shape[1])
        keep = 1 - alpha
        self.rgb[rows, columns] *= keep[..., None]
        self.rgb[rows, columns] += rgb * alpha[..., None]
        self.alpha[rows, columns] *= keep
        self.alpha[rows, columns] += alpha

    def polygon(
        self, points: Points, colour: tuple[float, float, float], alpha: float = 1.0
    ) -> None:
        """Fill a polygon given in photo pixels; `colour` is RGB 0..255."""
        corners = self.local(points)
        height, width = self.alpha.shape
        x1, y1 = (max(int(v) - 2, 0) for v in corners.min(axis=0))
        x2, y2 = (int(v) + 3 for v in corners.max(axis=0))
        x2, y2 = min(x2, width), min(y2, height)
        if x2 <= x1 or y2 <= y1:
            return
        plane = np.zeros((y2 - y1, x2 - x1), np.uint8)
        fixed = np.round((corners - (x1, y1)) * 16).astype(np.int32)
        cv2.fillPoly(plane, [fixed], 255, cv2.LINE_AA, shift=4)
        cover = plane.astype(np.float32) * (alpha / 255)
        self.over(np.asarray(colour, np.float32), cover, (x1, y1))

    def cut_out(self, points: Points) -> None:
        """Erase what lies inside a polygon given in photo pixels."""
        plane = np.zeros(self.alpha.shape, np.uint8)
        corners = np.round(self.local(points) * 16).astype(np.int32)
        cv2.fillPoly(plane, [corners], 255, cv2.LINE_AA, shift=4)
        keep = 1 - plane.astype(np.float32) / 255
        self.rgb *= keep[..., None]
        self.alpha *= keep

    def ribbon(
        self, line: Points, width: float, colour: tuple[float, float, float], alpha: float = 1.0
    ) -> None:
        """Draw a band of `width` photo pixels along a line."""
        step = np.gradient(line, axis=0)
        length = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-6)
        side = np.stack([-step[:, 1], step[:, 0]], axis=1) / length * (width / 2)
        self.polygon(np.concatenate([line + side, (line - side)[::-1]]), colour, alpha)

    def image(self, rgba: Pixels, quad: Points) -> None:
        """Warp a drawing with straight alpha (RGB and alpha 0..255) onto four photo points.

        `quad` runs clockwise from the drawing's top left corner.
        """
        height, width = rgba.shape[:2]
        target = self.local(quad)
        wide = float(np.linalg.norm(target[1] - target[0]))
        factor = min(max(wide / width, 0.02), 1.0)
        if factor < 1:  # shrink with area means first: warping skips pixels
            new = (max(int(width * factor), 2), max(int(height * factor), 2))
            rgba = np.asarray(cv2.resize(rgba, new, interpolation=cv2.INTER_AREA), np.float32)
            height, width = rgba.shape[:2]
        source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        matrix = cv2.getPerspectiveTransform(source, target.astype(np.float32))
        alpha = rgba[..., 3:] / 255
        premultiplied = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2).astype(np.float32)
        size = (self.alpha.shape[1], self.alpha.shape[0])
        warped = cv2.warpPerspective(premultiplied, matrix, size, flags=cv2.INTER_LINEAR)
        keep = 1 - warped[..., 3]
        self.rgb = warped[..., :3] + self.rgb * keep[..., None]
        self.alpha = warped[..., 3] + self.alpha * keep

    def keep_inside(self, mask: Plane) -> None:
        """Erase what lies outside a mask of the whole photo (0..1)."""
        part = np.ascontiguousarray(mask[self.window])
        size = (self.alpha.shape[1], self.alpha.shape[0])
        fine = np.clip(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), 0, 1)
        self.rgb *= fine[..., None]
        self.alpha *= fine

    def shrink(self, blur: float) -> tuple[Pixels, Plane]:
        """Premultiplied RGB and alpha at the photo's resolution, blurred by `blur` pixels."""
        size = (self.x2 - self.x1, self.y2 - self.y1)
        both = np.concatenate([self.rgb, self.alpha[..., None]], axis=2)
        small = cv2.resize(both, size, interpolation=cv2.INTER_AREA)
        soft = np.asarray(cv2.GaussianBlur(small, (0, 0), max(blur, 0.2)), np.float32)
        return soft[..., :3], np.clip(soft[..., 3], 0, 1)


def lay(
    canvas: Canvas,
    sheet: Sheet,
    light: Light,
    shading: Plane | None,
    rng: np.random.Generator,
) -> Box:
    """Join a sheet with the photo in the photo's light; returns the box of what shows.

    Raises:
        DoubtfulError: nothing of the sheet shows.
    """
    rgb, alpha = sheet.shrink(light.blur)
    drawn = light.black * alpha[..., None] + rgb / 255 * (light.white - light.black)
    if shading is not None:
        drawn = drawn * shading[sheet.window][..., None]
    grain = rng.normal(0, 1, alpha.shape).astype(np.float32) * light.noise
    drawn = drawn + (grain * alpha)[..., None]
    under = canvas.pixels[sheet.window]
    canvas.pixels[sheet.window] = np.clip(under * (1 - alpha[..., None]) + drawn, 0, 255)
    return box_of(sheet.alpha, sheet)


def box_of(alpha: Plane, sheet: Sheet) -> Box:
    """The box in photo pixels around what a sheet's plane shows.

    Raises:
        DoubtfulError: nothing shows.
    """
    rows = np.flatnonzero((alpha > 0.5).any(axis=1))
    columns = np.flatnonzero((alpha > 0.5).any(axis=0))
    if not len(rows):
        raise DoubtfulError("nothing shows")
    return (
        sheet.x1 + float(columns[0]) / SCALE,
        sheet.y1 + float(rows[0]) / SCALE,
        sheet.x1 + float(columns[-1] + 1) / SCALE,
        sheet.y1 + float(rows[-1] + 1) / SCALE,
    )


def cast_shadow(canvas: Canvas, sheet: Sheet, shift: tuple[float, float], soft: float) -> None:
    """Darken the photo where the sheet's things would cast a shadow, before they are laid.

    Args:
        canvas: the photo.
        sheet: what casts it.
        shift: offset in photo pixels, right and down.
        soft: sigma of the shadow's edge in pixels.
    """
    _, alpha = sheet.shrink(0.3)
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved = cv2.warpAffine(alpha, matrix, (alpha.shape[1], alpha.shape[0]))
    moved = cv2.GaussianBlur(moved, (0, 0), max(soft, 0.4))
    canvas.pixels[sheet.window] *= (1 - 0.45 * moved)[..., None]


def bounds(points: Points, margin: float = 0.0) -> Box:
    """Box around points."""
    (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
    return float(x1) - margin, float(y1) - margin, float(x2) + margin, float(y2) + margin

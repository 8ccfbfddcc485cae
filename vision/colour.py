"""Colours of things, measured on pixels and named by ranges a policy gives.

The path is sRGB → linear → light corrected → CIELAB (D65) → lightness, chroma, hue → a name.
Only arithmetic on single pixels is used, so that the phone does the very same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SAMPLE = 48  # a region is measured on at most 48 x 48 pixels
GRID = 64  # the light is estimated on 64 x 64 pixels of the photo
MINKOWSKI = 6  # Finlayson & Trezzi, "Shades of Gray and Colour Constancy" (2004): best p
# Share of the estimate that is applied: `python -m models.colour_study` prints how far the hues of
# orange, red and yellow helmets spread with none, half and all of it.
STRENGTH = 0.5
MAX_GAIN = 1.25  # a scene full of one colour must not be "corrected" away

# sRGB to XYZ, IEC 61966-2-1, divided by the D65 white.
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
) / np.array([[0.95047], [1.0], [1.08883]])  # fmt: skip
_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)
_RAISED = _LINEAR**MINKOWSKI


@dataclass(frozen=True)
class ColourRange:
    """One colour name. Hue in degrees of CIELAB, may wrap over 360; the others 0 to about 100."""

    hue: tuple[float, float] = (0.0, 360.0)
    chroma: tuple[float, float] = (0.0, 200.0)
    lightness: tuple[float, float] = (0.0, 100.0)


@dataclass(frozen=True)
class ColourReading:
    """What a region looks like.

    Attributes:
        shares: colour name → share of the region's usable pixels, 0 to 1.
        usable: number of pixels measured.
    """

    shares: Mapping[str, float]
    usable: int

    def share(self, names: Sequence[str]) -> float:
        """Share of all these colours together."""
        return sum(self.shares.get(name, 0.0) for name in names)

    @property
    def main(self) -> str:
        """The commonest named colour; empty if no pixel has a name."""
        name = max(self.shares, key=lambda name: self.shares[name], default="")
        return name if self.shares.get(name) else ""


def light_gains(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Gains (red, green, blue) that turn the light of a photo white.

    Shades-of-grey estimate on the linear picture, burnt-out pixels left out, limited to
    `MAX_GAIN`; green is kept.

    Args:
        pixels: RGB uint8, shape (height, width, 3), the whole photo.
    """
    height, width = pixels.shape[:2]
    ys, xs = (((np.arange(GRID) + 0.5) * n / GRID).astype(int) for n in (height, width))
    small = pixels[ys[:, None], xs].reshape(-1, 3)
    small = small[small.max(axis=1) < 250]
    if len(small) < 64:
        return np.ones(3)
    mean = np.mean(_RAISED[small], axis=0) ** (1 / MINKOWSKI)
    gains: Floats = ((mean[1] + 1e-6) / (mean + 1e-6)) ** STRENGTH
    return gains.clip(1 / MAX_GAIN, MAX_GAIN)


def to_lch(rgb: npt.NDArray[np.uint8], gains: Floats) -> Floats:
    """From sRGB uint8 (n, 3) to lightness 0-100, chroma, hue in degrees 0-360, shape (n, 3)."""
    xyz = (_LINEAR[rgb] * gains) @ _TO_XYZ.T
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (xyz * 24389 / 27 + 16) / 116)
    lightness = 116 * f[:, 1] - 16
    a, b = 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])
    return np.stack([lightness, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360], axis=1)


def read_colours(
    rgb: npt.NDArray[np.uint8], gains: Floats, ranges: Mapping[str, ColourRange]
) -> ColourReading:
    """Name every pixel by the first range it falls into.

    Args:
        rgb: uint8, shape (n, 3).
        gains: from `light_gains`.
        ranges: in order of precedence; pixels in none of them have no name.
    """
    if len(rgb) == 0:
        return ColourReading({}, 0)
    lightness, chroma, hue = to_lch(rgb, gains).T
    unnamed = np.ones(len(rgb), dtype=bool)
    shares: dict[str, float] = {}
    for name, r in ranges.items():
        low, high = r.hue
        in_hue = (hue >= low) & (hue <= high) if low <= high else (hue >= low) | (hue <= high)
        hit = (
            unnamed
            & in_hue
            & (chroma >= r.chroma[0])
            & (chroma <= r.chroma[1])
            & (lightness >= r.lightness[0])
            & (lightness <= r.lightness[1])
        )
        shares[name] = float(hit.mean())
        unnamed &= ~hit
    return ColourReading(shares, len(rgb))


def sample(
    pixels: npt.NDArray[np.uint8],
    region: tuple[float, float, float, float],
    holes: Sequence[tuple[float, float, float, float]] = (),
    ellipse: bool = False,
) -> npt.NDArray[np.uint8]:
    """Pixels of a region, thinned to at most 48 x 48.

    Args:
        pixels: RGB uint8, shape (height, width, 3).
        region: x1, y1, x2, y2 in pixels.
        holes: parts to leave out, same form.
        ellipse: keep only the inscribed ellipse.

    Returns:
        uint8, shape (n, 3); empty if the region lies outside the picture.
    """
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = region
    xs = np.linspace(x1, x2, min(SAMPLE, max(1, int(x2 - x1))), endpoint=False)
    ys = np.linspace(y1, y2, min(SAMPLE, max(1, int(y2 - y1))), endpoint=False)
    x, y = (grid.ravel() for grid in np.meshgrid(np.floor(xs) + 0.5, np.floor(ys) + 0.5))
    keep = (x > 0) & (x < width) & (y > 0) & (y < height)
    if ellipse:
        rx, ry = max((x2 - x1) / 2, 1e-6), max((y2 - y1) / 2, 1e-6)
        keep &= ((x - (x1 + x2) / 2) / rx) ** 2 + ((y - (y1 + y2) / 2) / ry) ** 2 <= 1
    for hx1, hy1, hx2, hy2 in holes:
        keep &= ~((x >= hx1) & (x <= hx2) & (y >= hy1) & (y <= hy2))
    found: npt.NDArray[np.uint8] = pixels[y[keep].astype(int), x[keep].astype(int)]
    return found

"""How good a photo is: the figures that decide whether it can be judged at all."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

SIDE = 320  # long edge the figures are measured at, so that they do not depend on the camera


@dataclass(frozen=True)
class Quality:
    """Measured at a long edge of 320 pixels.

    Attributes:
        sharpness: variance of the Laplacian of the grey picture (Pech-Pacheco et al., 2000);
            below about 30 faces and cards are smeared.
        exposure: mean grey, 0 black to 1 white.
        dark: share of pixels below 8 % grey.
        glare: share of pixels burnt out (all channels above 98 %).
    """

    sharpness: float
    exposure: float
    dark: float
    glare: float


def measure_quality(pixels: npt.NDArray[np.uint8]) -> Quality:
    """Quality of an RGB uint8 picture of shape (height, width, 3)."""
    height, width = pixels.shape[:2]
    ratio = SIDE / max(height, width)
    wide, high = max(1, round(width * ratio)), max(1, round(height * ratio))
    # In two steps: averaging by a whole factor is twenty times faster than by any other.
    double = cv2.resize(pixels, (2 * wide, 2 * high), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(double, (wide, high), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    black = cv2.inRange(grey, 0, 20)  # 8 % of 255
    burnt = cv2.inRange(small, (250, 250, 250), (255, 255, 255))
    # OpenCV's own sums: NumPy would first turn every pixel into a double.
    deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1]
    return Quality(
        sharpness=float(deviation[0, 0]) ** 2,
        exposure=float(cv2.mean(grey)[0]) / 255,
        dark=cv2.countNonZero(black) / black.size,
        glare=cv2.countNonZero(burnt) / burnt.size,
    )

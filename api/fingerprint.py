"""Perceptual hashes: photos that look alike differ in few of 64 bits."""

import cv2
import numpy as np
import numpy.typing as npt

SIDE = 32
BANDS = 4
BAND_BITS = 16
MIN_CONTRAST = 4.0  # grey levels of standard deviation; below, the hash would be noise


def perceptual_hash(pixels: npt.NDArray[np.uint8]) -> int | None:
    """The 64 lowest frequencies of the cosine transform, each above the median or not.

    The method of `imagehash.phash`, without its dependencies.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).

    Returns:
        An unsigned 64-bit number; None for a picture without structure.
    """
    return perceptual_hashes(pixels)[0]


def perceptual_hashes(pixels: npt.NDArray[np.uint8]) -> tuple[int | None, int | None]:
    """As `perceptual_hash`, of a picture and of its mirror image."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return _hash(small), _hash(np.ascontiguousarray(small[:, ::-1]))


def _hash(small: npt.NDArray[np.float32]) -> int | None:
    if small.std() < MIN_CONTRAST:
        return None
    low = cv2.dct(small)[:8, :8]
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def distance(a: int, b: int) -> int:
    """Number of bits that differ."""
    return (a ^ b).bit_count()


def bands(value: int) -> list[tuple[int, int]]:
    """(number, bits) of the four quarters: within distance 3 at least one is the same."""
    mask = (1 << BAND_BITS) - 1
    return [(number, value >> (number * BAND_BITS) & mask) for number in range(BANDS)]


def to_signed(value: int) -> int:
    """As databases keep 64 bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


def to_unsigned(value: int) -> int:
    """Back."""
    return value % (1 << 64)

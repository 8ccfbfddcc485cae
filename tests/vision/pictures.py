"""Pictures for the tests, drawn and encoded for real."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from vision import Box

Pixels = npt.NDArray[np.uint8]

ORANGE, RED, YELLOW, BLUE = (240, 110, 20), (200, 20, 25), (250, 210, 20), (30, 80, 190)
NAVY, BLACK, WHITE, GREY = (22, 28, 62), (18, 18, 18), (235, 235, 235), (128, 128, 128)


def canvas(width: int = 640, height: int = 480) -> Pixels:
    """Grey blocks, sharp and well lit; as large as the input, so that boxes need no mapping."""
    rows, columns = -(-height // 16), -(-width // 16)
    blocks = np.random.default_rng(0).integers(90, 170, (rows, columns, 1), np.uint8)
    grey = blocks.repeat(16, axis=0).repeat(16, axis=1).repeat(3, axis=2)
    return np.ascontiguousarray(grey[:height, :width])


def paint(pixels: Pixels, place: Box, colour: tuple[int, int, int]) -> None:
    pixels[int(place.y1) : int(place.y2), int(place.x1) : int(place.x2)] = colour


def encode(picture: Image.Image | Pixels, kind: str = "PNG", **options: Any) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if kind == "PNG":
        options.setdefault("compress_level", 1)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif_of(orientation: int | None = None, **ifds: dict[int, Any]) -> Image.Exif:
    """EXIF with an orientation and the tags of the directories `base`, `detail` and `gps`."""
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    for tag, value in ifds.get("base", {}).items():
        exif[tag] = value
    for name, number in (("detail", 0x8769), ("gps", 0x8825)):
        for tag, value in ifds.get(name, {}).items():
            exif.get_ifd(number)[tag] = value
    return exif

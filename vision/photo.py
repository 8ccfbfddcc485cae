"""Untrusted bytes → Photo: the one place where a picture file is opened.

The type is decided by content, sizes are read from the header before a pixel is decoded, and a
large JPEG is decoded at reduced scale (the DCT does it for free): a 12-megapixel photo costs
less than half of a full decode, and the network cannot use more.
"""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pillow_heif
import simplejpeg
from PIL import Image, ImageCms, UnidentifiedImageError

from vision.capture import Capture, read_exif
from vision.errors import PhotoError

pillow_heif.register_heif_opener()

Pixels = npt.NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
"""Names looked for when a folder is walked; the content decides what a file is."""

# EXIF orientation → what makes the picture upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class PhotoLimits:
    """What is accepted. Sizes in pixels of the file, before any reduction."""

    max_bytes: int = 32 * 1024 * 1024
    max_pixels: int = 80_000_000
    max_side: int = 20_000
    min_side: int = 64


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    Attributes:
        pixels: RGB, uint8, shape (height, width, 3), upright, sRGB; at most about twice the
            asked side on the long edge when the file is a JPEG.
        full_size: (width, height) of the upright photo as taken; report boxes are in its pixels.
        format: one of `FORMATS`.
        sha256: of the file's bytes.
        capture: what the file claims about its making.
    """

    pixels: npt.NDArray[np.uint8]
    full_size: tuple[int, int]
    format: str
    sha256: str
    capture: Capture

    @property
    def scale(self) -> float:
        """Pixels of the full photo per decoded pixel."""
        return float(self.full_size[0] / self.pixels.shape[1])


def read_bytes(path: Path, limits: PhotoLimits | None = None) -> bytes:
    """Read a photo file, no further than the limit on bytes.

    Raises:
        PhotoError: `photo.missing`, `photo.is_folder`, `photo.unreadable`.
    """
    limits = limits or PhotoLimits()
    try:
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise PhotoError("photo.missing", f"there is no file {path}; check the path") from error
    except IsADirectoryError as error:
        raise PhotoError("photo.is_folder", f"{path} is a folder, not a photo") from error
    except OSError as error:
        raise PhotoError("photo.unreadable", f"cannot read {path}: {error.strerror}") from error


def decode_photo(data: bytes, side: int = 640, limits: PhotoLimits | None = None) -> Photo:
    """Decode untrusted bytes into an upright sRGB photo.

    Args:
        data: the whole file.
        side: long edge the network can use; a JPEG is decoded no smaller than this and at most
            twice as large, other formats in full and then reduced.
        limits: what to refuse.

    Raises:
        PhotoError: `photo.empty`, `photo.too_many_bytes`, `photo.unsupported_type`,
            `photo.too_large`, `photo.too_small`, `photo.animated`, `photo.truncated`,
            `photo.undecodable`.
    """
    limits = limits or PhotoLimits()
    if not data:
        raise PhotoError("photo.empty", "the file is empty; send the photo again")
    if len(data) > limits.max_bytes:
        raise PhotoError(
            "photo.too_many_bytes",
            f"the file has more than {limits.max_bytes} bytes; send a smaller photo",
        )
    image = _open(data)
    _check_header(image, limits)
    width, height = image.size
    with ThreadPoolExecutor(1) as beside:  # neither hashing nor decoding holds the GIL
        digest = beside.submit(hashlib.sha256, data)
        loaded = _load(image, side, data)
    capture, orientation = read_exif(image)
    return Photo(
        pixels=_upright_rgb(loaded, side, orientation, image.info.get("icc_profile")),
        full_size=(height, width) if orientation >= 5 else (width, height),
        format="JPEG" if image.format == "MPO" else str(image.format),
        sha256=digest.result().hexdigest(),
        capture=capture,
    )


def decode_luminance(data: bytes, side: int = 4096) -> npt.NDArray[np.uint8]:
    """Brightness of a photo that `decode_photo` took, as it lies in the file.

    Fine patterns do not survive being reduced; a JPEG's brightness alone is decoded three times as
    fast as its colours.

    Args:
        data: the whole file.
        side: a JPEG with a long edge of more than twice this is reduced.

    Returns:
        uint8, shape (height, width), not turned upright.

    Raises:
        PhotoError: as `decode_photo`.
    """
    image = _open(data)
    if image.format in ("JPEG", "MPO"):
        image.draft("L", (side, side))
    try:
        image.load()
    except (Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise _damaged(error, data) from error
    return np.asarray(image if image.mode == "L" else _to_rgb(image).convert("L"))


def _open(data: bytes) -> Image.Image:
    """Read the header only."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError("photo.too_large", f"the picture is too large: {error}") from error
    except UnidentifiedImageError as error:
        if _is_cut_short(data):
            raise _damaged(error, data) from error
        raise PhotoError(
            "photo.unsupported_type", "this is not a JPEG, PNG, WebP or HEIC picture"
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _damaged(error, data) from error


def _check_header(image: Image.Image, limits: PhotoLimits) -> None:
    width, height = image.size
    if max(width, height) > limits.max_side or width * height > limits.max_pixels:
        raise PhotoError(
            "photo.too_large",
            f"the picture is {width} x {height} pixels; at most {limits.max_pixels} pixels and "
            f"{limits.max_side} a side are accepted",
        )
    if min(width, height) < limits.min_side:
        raise PhotoError(
            "photo.too_small",
            f"the picture is {width} x {height} pixels; at least {limits.min_side} a side are "
            "needed; send the original, not a thumbnail",
        )
    # A HEIC may hold a burst, a JPEG (MPO) a depth map behind the photo; the first one counts.
    if image.format in ("PNG", "WEBP") and getattr(image, "n_frames", 1) > 1:
        raise PhotoError("photo.animated", "the picture is animated; send a single photo")


def _load(image: Image.Image, side: int, data: bytes) -> Image.Image | Pixels:
    """Decode the pixels, a JPEG no larger than needed; a picture, or RGB of (height, width, 3)."""
    try:
        if image.format in ("JPEG", "MPO"):
            # Never below `side`: draft() picks the smallest DCT scale that still covers the size.
            ratio = side / max(image.size)
            if ratio < 1:
                width, height = (max(1, round(edge * ratio)) for edge in image.size)
                image.draft(None, (width, height))
            pixels = _read_jpeg(image, data)
            if pixels is not None:
                return pixels
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError("photo.too_large", f"the picture is too large: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _damaged(error, data) from error
    return image


def _read_jpeg(image: Image.Image, data: bytes) -> Pixels | None:
    """RGB of a sound colour JPEG at the size that `draft` chose; None where Pillow has to look.

    Both are libjpeg-turbo and the pixels are the same to the bit, but Pillow feeds it in pieces and
    copies rows of four bytes: a tenth slower. What libjpeg only warns of (the end is missing, say)
    is left to Pillow, which knows what is an error and what is not.
    """
    if image.mode != "RGB":
        return None
    width, height = image.size
    try:
        found = simplejpeg.decode_jpeg_header(data, min_height=height, min_width=width)
        if found[:2] != (height, width):
            return None
        pixels: Pixels = simplejpeg.decode_jpeg(data, min_height=height, min_width=width)
    except ValueError:
        return None
    return pixels


def _damaged(error: Exception, data: bytes) -> PhotoError:
    text = str(error).lower()
    words = ("truncated", "incomplete", "unexpected end")
    if _is_cut_short(data) or any(word in text for word in words):
        return PhotoError("photo.truncated", "the end of the file is missing; send the photo again")
    return PhotoError("photo.undecodable", f"the picture is damaged: {error}")


def _is_cut_short(data: bytes) -> bool:
    """Whether a WebP or HEIC is shorter than it says; their decoders do not tell."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return 8 + int.from_bytes(data[4:8], "little") > len(data)
    if data[4:8] != b"ftyp":
        return False
    end = 0
    for _ in range(64):  # a HEIC has a handful of boxes
        if end + 8 > len(data):
            return end != len(data)
        size = int.from_bytes(data[end : end + 4], "big")
        if size == 1:  # the real size follows in 64 bits
            size = int.from_bytes(data[end + 8 : end + 16], "big")
        if size < 8:  # 0: to the end of the file
            return False
        end += size
    return False


def _upright_rgb(
    loaded: Image.Image | Pixels, side: int, orientation: int, profile: bytes | None
) -> Pixels:
    turn = _TURNS.get(orientation)
    if isinstance(loaded, np.ndarray):
        if turn is None and profile is None and max(loaded.shape) <= 2 * side:
            return loaded
        loaded = Image.fromarray(loaded)
    rgb = _to_rgb(loaded if turn is None else loaded.transpose(turn))
    if max(rgb.size) > 2 * side:
        rgb.thumbnail((2 * side, 2 * side), Image.Resampling.BOX)  # `rgb` is ours to change
    return np.asarray(_to_srgb(rgb, profile))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip instead of scaling
        grey = np.asarray(image).astype(np.uint32) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")  # what is transparent is shown on white, as a browser shows it
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones write Display P3: without conversion an orange helmet is measured too pale."""
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile for another colour space (CMYK) or a broken one says nothing
    return converted if converted is not None else image

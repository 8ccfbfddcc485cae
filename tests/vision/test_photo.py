"""Untrusted bytes: every bad input has its code, every good one becomes the same upright photo."""

import hashlib
import io
import math
import os
import struct
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin

from tests.vision.pictures import ORANGE, Pixels, canvas, encode, exif_of, paint
from vision import Box, Label, Photo, PhotoError, PhotoLimits, decode_photo
from vision.capture import Capture
from vision.photo import read_bytes

# Pillow warns of damaged EXIF and of MPO files; that is no failure of ours.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def png_of_size(width: int, height: int, pixels: bytes = b"\0") -> bytes:
    """A PNG whose header claims a size, whatever follows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels, 9))
        + chunk(b"IEND", b"")
    )


@cache
def sample(kind: str) -> bytes:
    """One good file of each kind, small."""
    pixels = canvas(160, 120)
    image = Image.fromarray(pixels)
    frames: dict[str, Any] = {"save_all": True, "append_images": [ImageOps.mirror(image)]}
    exif = exif_of(
        6,
        base={0x010F: "Maker", 0x0110: "Model"},
        detail={0x9003: "2026:01:02 03:04:05"},
        gps={1: "N", 2: (31.0, 12.0, 3.0), 3: "E", 4: (120.0, 1.0, 2.0)},
    )
    return {
        "jpeg": lambda: encode(image, "JPEG", exif=exif),
        "progressive jpeg": lambda: encode(image, "JPEG", progressive=True),
        "png": lambda: encode(image),
        "png with exif": lambda: encode(image, exif=exif),
        "webp": lambda: encode(image, "WEBP", exif=exif),
        "heic": lambda: encode(image, "HEIF", exif=exif.tobytes()),
        "jpeg with a second picture": lambda: encode(image, "MPO", **frames),
        "animated gif": lambda: encode(image, "GIF", **frames),
        "animated webp": lambda: encode(image, "WEBP", duration=100, **frames),
        "animated png": lambda: encode(image, "PNG", **frames),
    }[kind]()


GOOD = (
    "jpeg",
    "progressive jpeg",
    "png",
    "png with exif",
    "webp",
    "heic",
    "jpeg with a second picture",
)


def bomb() -> bytes:
    """Tens of kilobytes that unpack to half a gigabyte."""
    zeros = zlib.compressobj(9)
    row = b"\0" * (1 + 3 * 13_000)
    packed = b"".join(zeros.compress(row) for _ in range(13)) + zeros.flush()
    return png_of_size(13_000, 13_000, b"") + packed


def with_hole(data: bytes) -> bytes:
    return data[:60] + b"\xff" * 200 + data[260:]


BAD: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": ("photo.empty", lambda: b""),
    "text": ("photo.unsupported_type", "这不是照片 not a photo\n".encode),
    "html": ("photo.unsupported_type", lambda: b"<html><body>413</body></html>"),
    "pdf": ("photo.unsupported_type", lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "bmp": ("photo.unsupported_type", lambda: encode(canvas(160, 120), "BMP")),
    "tiff": ("photo.unsupported_type", lambda: encode(canvas(160, 120), "TIFF")),
    "animated gif": ("photo.unsupported_type", lambda: sample("animated gif")),
    "animated webp": ("photo.animated", lambda: sample("animated webp")),
    "animated png": ("photo.animated", lambda: sample("animated png")),
    "png of 50 000 x 50 000": ("photo.too_large", lambda: png_of_size(50_000, 50_000)),
    "png of 25 000 x 100": ("photo.too_large", lambda: png_of_size(25_000, 100)),
    "bomb of 13 000 x 13 000": ("photo.too_large", bomb),
    "thumbnail": ("photo.too_small", lambda: encode(canvas(48, 48))),
    "line": ("photo.too_small", lambda: encode(canvas(640, 8))),
    "png without pixels": ("photo.truncated", lambda: png_of_size(100, 100)),
    "png with a hole": ("photo.undecodable", lambda: with_hole(sample("png"))),
    "jpeg's first bytes": ("photo.truncated", lambda: sample("jpeg")[:300]),
}


def code_of(data: bytes, **options: Any) -> str:
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, **options)
    assert caught.value.code in PhotoError.codes
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize("name", BAD)
def test_bad_input_has_its_code(name: str) -> None:
    code, make = BAD[name]
    assert code_of(make()) == code


@pytest.mark.parametrize("kind", GOOD[:-1])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truncated_file(kind: str, share: float) -> None:
    data = sample(kind)
    assert code_of(data[: int(share * len(data))]) == "photo.truncated"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (PhotoLimits(max_bytes=1000), "photo.too_many_bytes"),
        (PhotoLimits(max_pixels=19_000), "photo.too_large"),
        (PhotoLimits(max_side=159), "photo.too_large"),
        (PhotoLimits(min_side=121), "photo.too_small"),
    ],
)
def test_limits_are_settings(limits: PhotoLimits, code: str) -> None:
    assert code_of(sample("png"), limits=limits) == code
    decode_photo(sample("png"), limits=PhotoLimits(max_side=160, max_pixels=19_200))


def test_sizes_are_refused_before_pixels_are_unpacked() -> None:
    """The header alone decides, even where the data are broken."""
    assert code_of(png_of_size(30_000, 30_000, b"broken")) == "photo.too_large"


def path_missing(folder: Path) -> Path:
    return folder / "nowhere.jpg"


def path_folder(folder: Path) -> Path:
    return folder


def path_below_a_file(folder: Path) -> Path:
    (folder / "a.jpg").write_bytes(b"x")
    return folder / "a.jpg" / "b.jpg"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (path_missing, "photo.missing"),
        (path_folder, "photo.is_folder"),
        (path_below_a_file, "photo.unreadable"),
    ],
)
def test_path_that_is_no_photo(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    path = make(tmp_path)
    with pytest.raises(PhotoError) as caught:
        read_bytes(path)
    assert caught.value.code == code
    assert str(path) in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(sample("jpeg"))
    path.chmod(0)
    with pytest.raises(PhotoError) as caught:
        read_bytes(path)
    assert caught.value.code == "photo.unreadable"


def test_file_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "big.jpg"
    path.write_bytes(b"\0" * 10_000)
    assert len(read_bytes(path, PhotoLimits(max_bytes=1000))) == 1001


# Good pictures


def check_form(photo: Photo) -> None:
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.ndim == 3
    assert photo.pixels.shape[2] == 3
    assert photo.pixels.flags.c_contiguous


@pytest.mark.parametrize("kind", GOOD)
def test_good_file(kind: str) -> None:
    data = sample(kind)
    photo = decode_photo(data)
    check_form(photo)
    turned = kind in ("jpeg", "png with exif", "webp", "heic")
    assert photo.full_size == ((120, 160) if turned else (160, 120))
    assert photo.pixels.shape[:2] == photo.full_size[::-1]
    assert photo.format == {"png with exif": "PNG", "webp": "WEBP", "heic": "HEIF"}.get(
        kind, "PNG" if kind == "png" else "JPEG"
    )
    assert photo.sha256 == hashlib.sha256(data).hexdigest()


def test_second_picture_of_a_jpeg_is_ignored() -> None:
    """Phones write MPO: the photo, then a depth map or a small copy."""
    photo = decode_photo(sample("jpeg with a second picture"))
    np.testing.assert_allclose(photo.pixels.astype(int), canvas(160, 120).astype(int), atol=40)


def flat(mode: str, colour: Any) -> Image.Image:
    return Image.new(mode, (80, 80), colour)


def sixteen_bit_rgb() -> bytes:
    """Pillow cannot write 16-bit colour, so by hand."""
    row = b"\0" + struct.pack(">HHH", *(257 * value for value in ORANGE)) * 80
    data = png_of_size(80, 80, row * 80)
    header = struct.pack(">IIBBBBB", 80, 80, 16, 2, 0, 0, 0)
    body = b"IHDR" + header
    return data[:12] + body + struct.pack(">I", zlib.crc32(body)) + data[33:]


def half_transparent() -> bytes:
    image = flat("RGBA", (*ORANGE, 255))
    image.paste((0, 0, 0, 0), (0, 0, 40, 80))
    return encode(image)


def palette_with_transparency() -> bytes:
    image = flat("P", 1)
    image.putpalette([0, 0, 0, *ORANGE])
    image.paste(0, (0, 0, 40, 80))
    return encode(image, transparency=0)


@pytest.mark.parametrize(
    ("make", "colour", "tolerance"),
    [
        (lambda: encode(flat("CMYK", (0, 128, 230, 10)), "JPEG", quality=95), (245, 122, 24), 12),
        (
            lambda: encode(Image.fromarray(np.full((80, 80), 200 * 257, np.uint16))),
            (200, 200, 200),
            1,
        ),
        (sixteen_bit_rgb, ORANGE, 1),
        (half_transparent, ORANGE, 0),
        (palette_with_transparency, ORANGE, 0),
        (lambda: encode(flat("LA", (77, 255))), (77, 77, 77), 0),
        (lambda: encode(flat("1", 1)), (255, 255, 255), 0),
        (lambda: encode(flat("L", 77), "JPEG", quality=95), (77, 77, 77), 2),
        (lambda: encode(flat("RGB", ORANGE), "HEIF", quality=95), ORANGE, 8),
        (lambda: encode(flat("RGBA", (*ORANGE, 255)), "WEBP", lossless=True), ORANGE, 0),
    ],
    ids=[
        "cmyk jpeg",
        "16-bit grey png",
        "16-bit colour png",
        "transparent png",
        "palette png",
        "grey with alpha",
        "one bit",
        "grey jpeg",
        "heic",
        "webp with alpha",
    ],
)
def test_unusual_pictures_work(
    make: Callable[[], bytes], colour: tuple[int, int, int], tolerance: int
) -> None:
    photo = decode_photo(make())
    check_form(photo)
    np.testing.assert_allclose(photo.pixels[40, 60].astype(int), colour, atol=tolerance)


@pytest.mark.parametrize("make", [half_transparent, palette_with_transparency])
def test_transparent_is_white(make: Callable[[], bytes]) -> None:
    assert decode_photo(make()).pixels[40, 10].tolist() == [255, 255, 255]


def display_p3() -> bytes:
    """An ICC profile with the primaries of Display P3 (D50-adapted) and a gamma of 2.2."""

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(fixed(value) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    name = b"Display P3\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + b"\0" * 78
    tags = {
        b"desc": description + b"\0" * (-len(description) % 4),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"", 0x02100000, b"mntr", b"RGB ", b"XYZ "
    )
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return header.ljust(128, b"\0") + table + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_display_p3_becomes_srgb(kind: str) -> None:
    """An orange in P3 is more colourful than the same numbers in sRGB."""
    plain = Image.new("RGB", (80, 80), (220, 120, 50))
    as_p3 = decode_photo(encode(plain, kind, quality=95, icc_profile=display_p3()))
    as_srgb = decode_photo(encode(plain, kind, quality=95))
    # Figures by matrix arithmetic: P3 (220, 120, 50) at gamma 2.2 is sRGB (236, 114, 4).
    np.testing.assert_allclose(as_p3.pixels[40, 40].astype(int), (236, 114, 4), atol=5)
    np.testing.assert_allclose(as_srgb.pixels[40, 40].astype(int), (220, 120, 50), atol=4)


@pytest.mark.parametrize(
    "profile",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        b"no profile at all",
        display_p3()[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    ],
    ids=["sRGB", "garbage", "cut off", "not RGB"],
)
def test_profile_that_changes_nothing(profile: bytes) -> None:
    photo = decode_photo(encode(flat("RGB", ORANGE), icc_profile=profile))
    assert photo.pixels[40, 40].tolist() == list(ORANGE)


# Orientation


def upright() -> Pixels:
    pixels = np.full((96, 128, 3), 40, np.uint8)
    pixels[:40, :50] = (220, 30, 30)
    pixels[:40, 80:] = (30, 200, 30)
    pixels[60:, :50] = (30, 30, 220)
    return pixels


STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}
"""How the camera stored an upright picture, by the EXIF orientation it wrote."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    stored = np.ascontiguousarray(STORED[orientation](upright()))
    photo = decode_photo(encode(stored, kind, quality=95, exif=exif_of(orientation)))
    check_form(photo)
    assert photo.full_size == (128, 96)
    np.testing.assert_allclose(photo.pixels[20, 20], (220, 30, 30), atol=12)
    np.testing.assert_allclose(photo.pixels[20, 110], (30, 200, 30), atol=12)
    np.testing.assert_allclose(photo.pixels[80, 20], (30, 30, 220), atol=12)
    np.testing.assert_allclose(photo.pixels[80, 110], (40, 40, 40), atol=12)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_unknown_orientation_is_upright(orientation: int) -> None:
    photo = decode_photo(encode(upright(), exif=exif_of(orientation)))
    np.testing.assert_array_equal(photo.pixels, upright())


# Scale


@pytest.mark.parametrize(
    ("width", "height"), [(4000, 3000), (3000, 4000), (1281, 700), (5000, 80), (640, 640)]
)
@pytest.mark.parametrize("side", [320, 640])
def test_big_jpeg_is_decoded_small_but_not_too_small(width: int, height: int, side: int) -> None:
    photo = decode_photo(encode(canvas(width, height), "JPEG"), side)
    long = max(photo.pixels.shape)
    assert min(side, max(width, height)) <= long <= 2 * side
    assert photo.full_size == (width, height)
    assert photo.scale == pytest.approx(width / photo.pixels.shape[1])
    shape = photo.pixels.shape
    assert shape[1] / shape[0] == pytest.approx(width / height, rel=1 / min(shape[:2]))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_big_picture_of_another_kind_is_reduced_too(kind: str) -> None:
    photo = decode_photo(encode(canvas(3000, 1000), kind, quality=50), 640)
    assert photo.pixels.shape[1] == 1280
    assert photo.full_size == (3000, 1000)


def test_turned_big_jpeg() -> None:
    photo = decode_photo(encode(canvas(3000, 2000), "JPEG", exif=exif_of(6)), 640)
    assert photo.full_size == (2000, 3000)
    assert photo.scale == pytest.approx(2000 / photo.pixels.shape[1])
    assert 640 <= photo.pixels.shape[0] <= 1280


def test_thinnest_accepted_jpeg() -> None:
    limits = PhotoLimits()
    data = encode(canvas(limits.max_side, limits.min_side), "JPEG", quality=30)
    photo = decode_photo(data, side=32)
    assert photo.full_size == (limits.max_side, limits.min_side)


# The quick way to read a JPEG


def pillows_pixels(data: bytes, side: int) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        ratio = side / max(image.size)
        if ratio < 1:
            image.draft(None, (round(image.width * ratio), round(image.height * ratio)))
        return np.asarray(image.convert("RGB"))


@given(
    st.integers(64, 500),
    st.integers(64, 500),
    st.sampled_from([64, 160, 320]),
    st.sampled_from(
        [*({"subsampling": name} for name in ("4:4:4", "4:2:2", "4:2:0")), {"keep_rgb": True}]
    ),
    st.sampled_from([{}, {"progressive": True}, {"restart_marker_rows": 1}]),
)
def test_jpeg_is_to_the_bit_what_pillow_reads(
    width: int, height: int, side: int, colours: dict[str, Any], order: dict[str, Any]
) -> None:
    """The quick way and Pillow's are one; what the phone, rules and thresholds saw stays."""
    picture = canvas(width, height)
    paint(picture, Box(Label.HELMET, 1.0, 10, 10, 50, 40), ORANGE)
    options = {"quality": 85} | colours | order
    data = encode(picture, "JPEG", **options)
    expected = pillows_pixels(data, side)
    photo = decode_photo(data, side)
    if max(expected.shape) <= 2 * side:
        np.testing.assert_array_equal(photo.pixels, expected)
    if width == height:
        return
    turned = decode_photo(encode(picture, "JPEG", exif=exif_of(6), **options), side)
    np.testing.assert_array_equal(turned.pixels, np.rot90(photo.pixels, -1))


UNREADABLE = ("photo.empty", "photo.truncated", "photo.unsupported_type", "photo.undecodable")


@settings(max_examples=200)
@given(st.sampled_from(["jpeg", "progressive jpeg"]), st.floats(0, 1))
def test_jpeg_cut_anywhere_is_judged_as_pillow_does(kind: str, share: float) -> None:
    """OpenCV and others fill up with grey what is missing, and say nothing."""
    data = sample(kind)
    cut = data[: int(share * len(data))]
    try:
        expected = pillows_pixels(cut, 640)
    except (OSError, SyntaxError):  # Pillow's for what it cannot read
        assert code_of(cut) in UNREADABLE
    else:
        photo = decode_photo(cut)
        turned = photo.full_size != (160, 120)
        np.testing.assert_array_equal(photo.pixels, np.rot90(expected, -1) if turned else expected)


@pytest.mark.parametrize("tail", [b"\0", b"\xff\xd8\xff", b"garbage" * 100])
def test_what_follows_a_jpeg_is_ignored(tail: bytes) -> None:
    data = sample("progressive jpeg")
    np.testing.assert_array_equal(decode_photo(data + tail).pixels, decode_photo(data).pixels)


# Capture facts


def test_capture_facts_are_read() -> None:
    for kind in ("jpeg", "png with exif", "webp", "heic"):
        assert decode_photo(sample(kind)).capture == Capture(
            taken_at="2026-01-02T03:04:05",
            latitude=31.200833,
            longitude=120.017222,
            camera="Maker Model",
        ), kind


def test_photo_without_exif_claims_nothing() -> None:
    assert decode_photo(sample("png")).capture == Capture()


def gps(**changes: Any) -> dict[int, Any]:
    numbers = {"lat_ref": 1, "lat": 2, "lon_ref": 3, "lon": 4}
    good = {"lat_ref": "N", "lat": (31.0, 12.0, 0.0), "lon_ref": "E", "lon": (120.0, 30.0, 0.0)}
    return {numbers[name]: value for name, value in (good | changes).items()}


def rational(over: int, under: int) -> Any:
    return TiffImagePlugin.IFDRational(over, under)


@pytest.mark.parametrize(
    ("tags", "place"),
    [
        (gps(), (31.2, 120.5)),
        (gps(lat_ref="S", lon_ref="W"), (-31.2, -120.5)),
        (gps(lat=(rational(0, 0), rational(1, 1), rational(1, 1))), (None, 120.5)),
        (gps(lat=(rational(5, 0), rational(1, 1), rational(1, 1))), (None, 120.5)),
        (gps(lat=(91.0, 0.0, 0.0)), (None, 120.5)),
        (gps(lon=(180.0, 0.0, 1.0)), (31.2, None)),
        (gps(lat=(31.0,)), (None, 120.5)),
        (gps(lat=()), (None, 120.5)),
    ],
    ids=["good", "south west", "0/0", "5/0", "91 degrees", "past 180", "one number", "none"],
)
def test_position(tags: dict[int, Any], place: tuple[float | None, float | None]) -> None:
    capture = decode_photo(encode(upright(), "JPEG", exif=exif_of(gps=tags))).capture
    assert (capture.latitude, capture.longitude) == place


@pytest.mark.parametrize(
    ("detail", "base", "expected"),
    [
        ({0x9003: "2026:06:30 23:59:59"}, {}, "2026-06-30T23:59:59"),
        ({}, {0x0132: "2025:01:01 00:00:00"}, "2025-01-01T00:00:00"),
        ({0x9003: "2026:02:30 00:00:00"}, {}, None),
        ({0x9003: "0000:00:00 00:00:00"}, {}, None),
        ({0x9003: "yesterday"}, {}, None),
        ({0x9003: ""}, {}, None),
    ],
)
def test_time(detail: dict[int, Any], base: dict[int, Any], expected: str | None) -> None:
    data = encode(upright(), "JPEG", exif=exif_of(detail=detail, base=base))
    assert decode_photo(data).capture.taken_at == expected


def test_camera_name_is_cleaned() -> None:
    base = {0x010F: "Evil\x1b[31m\nMaker", 0x0110: "x" * 500}
    camera = decode_photo(encode(upright(), "JPEG", exif=exif_of(base=base))).capture.camera
    assert camera is not None
    assert camera.isprintable()
    assert len(camera) < 200


# No input may do anything but give a photo or a PhotoError.


def decode_or_refuse(data: bytes) -> Photo | None:
    try:
        photo = decode_photo(data)
    except PhotoError:
        return None
    check_form(photo)
    for degrees in (photo.capture.latitude, photo.capture.longitude):
        assert degrees is None or math.isfinite(degrees)
    return photo


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n"]))
def test_random_bytes(data: bytes, magic: bytes) -> None:
    decode_or_refuse(magic + data)


@settings(max_examples=200)
@given(
    st.sampled_from(GOOD),
    st.lists(
        st.tuples(
            st.integers(0, 700) | st.integers(0, 10**6),
            st.sampled_from(["set", "cut", "add"]),
            st.binary(min_size=1, max_size=6),
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_damaged_files(kind: str, damages: list[tuple[int, str, bytes]]) -> None:
    data = bytearray(sample(kind))
    for place, what, new in damages:
        at = place % len(data)
        end = at if what == "add" else at + len(new)
        data[at:end] = b"" if what == "cut" else new
    decode_or_refuse(bytes(data))


@given(
    st.binary(max_size=200),
    st.sampled_from([b"Exif\0\0MM\0*\0\0\0\x08", b"Exif\0\0II*\0\x08\0\0\0"]),
)
def test_damaged_exif_does_not_cost_the_photo(body: bytes, start: bytes) -> None:
    plain = encode(upright(), "JPEG", quality=95)
    block = start + body
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(block)) + block
    photo = decode_or_refuse(plain[:2] + segment + plain[2:])
    assert photo is not None


def test_decoding_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for kind in GOOD:
        decode_or_refuse(sample(kind))
        decode_or_refuse(sample(kind)[:200])
    for _, make in BAD.values():
        decode_or_refuse(make())
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_not_changed() -> None:
    data = sample("jpeg")
    before = io.BytesIO(data).read()
    decode_photo(data)
    assert data == before

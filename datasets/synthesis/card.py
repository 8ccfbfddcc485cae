"""Draw what hangs on a chest: the badge card, and the things that must not be taken for one.

Everything is drawn flat, RGB and alpha 0..255, at `DETAIL` pixels per millimetre.
"""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.canvas import Pixels

DETAIL = 4  # pixels per millimetre; a QR of 18 mm needs its 25 modules readable
COMPANY_CARD = (75.0, 100.0)  # millimetres, the badge of the company's rules
ID1_CARD = (54.0, 85.6)  # ISO/IEC 7810 ID-1, what many others wear

Colour = tuple[int, int, int]
T = TypeVar("T")

BACKS = 0.4  # cards that show their back, or nothing: on a lanyard they turn

BLUES: tuple[Colour, ...] = (
    (0, 86, 179),
    (18, 60, 140),
    (0, 120, 200),
    (40, 110, 190),
    (10, 40, 96),
)
OTHERS: tuple[Colour, ...] = (
    (190, 30, 40),
    (0, 120, 70),
    (230, 120, 20),
    (60, 60, 66),
    (110, 50, 130),
)
SKINS: tuple[Colour, ...] = (
    (236, 200, 172),
    (214, 168, 132),
    (176, 124, 88),
    (122, 82, 58),
    (84, 56, 42),
)
NAMES = ("NGUYEN VAN A", "LI WEI", "WANG FANG", "A. PETROV", "J. SMITH", "CHEN JUN", "M. GARCIA")
ROLES = ("TECHNICIAN", "ENGINEER", "INSTALLER", "SERVICE", "STAFF", "NETWORK", "FIELD TEAM")


def _sheet(size: tuple[float, float], colour: Colour, alpha: int = 255) -> Pixels:
    height, width = round(size[1] * DETAIL), round(size[0] * DETAIL)
    return np.full((height, width, 4), (*colour, alpha), np.float32)


def _bytes(image: Pixels) -> NDArray[np.uint8]:
    """The colours as bytes: OpenCV writes and smooths edges on bytes only."""
    return np.ascontiguousarray(np.clip(image[..., :3], 0, 255).astype(np.uint8))


def _box(image: Pixels, box: tuple[float, float, float, float], colour: Colour) -> None:
    """Fill a rectangle given as x1, y1, x2, y2 in millimetres."""
    x1, y1, x2, y2 = (round(v * DETAIL) for v in box)
    image[max(y1, 0) : y2, max(x1, 0) : x2, :3] = colour


def _text(image: Pixels, text: str, at: tuple[float, float], height: float, colour: Colour) -> None:
    """Write with capitals `height` millimetres tall, baseline at `at`, millimetres."""
    scale = height * DETAIL / 21  # Hershey simplex capitals are 21 px at scale 1
    thick = max(round(height * DETAIL / 9), 1)
    place = (round(at[0] * DETAIL), round(at[1] * DETAIL))
    rgb = _bytes(image)
    cv2.putText(rgb, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick, cv2.LINE_AA)
    image[..., :3] = rgb


def _choice(rng: np.random.Generator, options: tuple[T, ...]) -> T:
    return options[int(rng.integers(len(options)))]


def qr_code(rng: np.random.Generator, side: float, text: str | None = None) -> Pixels:
    """A QR code, of a made-up number if not of `text`, `side` mm wide, quiet zone included."""
    number = f"ID-{int(rng.integers(10**6)):06d}"
    modules = cv2.QRCodeEncoder.create().encode(number if text is None else text)
    pixels = round(side * DETAIL)
    big = cv2.resize(modules, (pixels, pixels), interpolation=cv2.INTER_NEAREST)
    return np.repeat(np.asarray(big, np.float32)[..., None], 3, axis=2)


def portrait(rng: np.random.Generator, size: tuple[float, float]) -> Pixels:
    """A passport photo without a face: backdrop, head, hair and shoulders as plain shapes."""
    image = _sheet(
        size, _choice(rng, ((235, 240, 246), (70, 130, 200), (200, 60, 60), (170, 190, 205)))
    )
    rgb = _bytes(image)
    h, w = rgb.shape[:2]
    skin = tuple(
        int(v) for v in np.clip(np.array(_choice(rng, SKINS)) + rng.normal(0, 8, 3), 0, 255)
    )
    clothes = _choice(
        rng, ((40, 44, 60), (60, 90, 150), (230, 230, 232), (90, 90, 90), (30, 60, 110))
    )
    hair = _choice(rng, ((20, 18, 18), (46, 32, 24), (90, 66, 44), (120, 120, 120)))
    centre = (w // 2, int(h * 0.42))
    cv2.ellipse(
        rgb,
        (w // 2, int(h * 1.05)),
        (int(w * 0.46), int(h * 0.36)),
        0,
        0,
        360,
        clothes,
        -1,
        cv2.LINE_AA,
    )
    cv2.rectangle(rgb, (int(w * 0.42), int(h * 0.5)), (int(w * 0.58), int(h * 0.76)), skin, -1)
    cv2.ellipse(
        rgb,
        (centre[0], int(h * 0.36)),
        (int(w * 0.25), int(h * 0.25)),
        0,
        0,
        360,
        hair,
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(
        rgb,
        (centre[0], int(h * 0.46)),
        (int(w * 0.2), int(h * 0.22)),
        0,
        0,
        360,
        skin,
        -1,
        cv2.LINE_AA,
    )
    image[..., :3] = cv2.GaussianBlur(rgb, (0, 0), DETAIL * 0.35)
    return image


def _back(rng: np.random.Generator, size: tuple[float, float]) -> Pixels:
    """A pale card with a band, a bar code and small print, or less."""
    width, height = size
    paper = np.clip(rng.uniform(205, 252) + rng.normal(0, 5, 3), 0, 255)
    image = _sheet(size, (int(paper[0]), int(paper[1]), int(paper[2])))
    ink = _choice(rng, ((70, 76, 88), (120, 124, 130), (40, 60, 120), (150, 60, 60)))
    top = height * 0.08
    if rng.random() < 0.5:  # a band in the company's colour
        top = height * float(rng.uniform(0.12, 0.24))
        _box(image, (0, 0, width, top), _choice(rng, BLUES if rng.random() < 0.5 else OTHERS))
        top += height * 0.04
    elif rng.random() < 0.3:  # a magnetic stripe
        _box(image, (0, top, width, top + height * 0.14), (44, 44, 50))
        top += height * 0.18
    if rng.random() < 0.4:
        _bar_code(image, rng, (width * 0.06, top, width * 0.45, top + height * 0.12))
        top += height * 0.16
    step = height * 0.11
    for row in range(int(rng.integers(0, 7))):
        long = width * float(rng.uniform(0.3, 0.84))
        y = top + row * step
        _box(image, (width * 0.08, y, width * 0.08 + long, min(y + step * 0.28, height)), ink)
    return image


def _bar_code(
    image: Pixels, rng: np.random.Generator, box: tuple[float, float, float, float]
) -> None:
    """Upright black bars in a box given in millimetres."""
    x, y1, x2, y2 = box
    while x < x2:
        wide = float(rng.uniform(0.3, 1.2))
        _box(image, (x, y1, x + wide, y2), (24, 24, 28))
        x += wide + float(rng.uniform(0.3, 1.2))


def draw_card(
    rng: np.random.Generator, number: str | None = None
) -> tuple[Pixels, tuple[float, float]]:
    """A badge card in its holder and its size in millimetres, holder included.

    Two in three have the company's 75 × 100 mm, the others the ID-1 format; upright or lying.
    Two in five show the back, or the blank paper of a visitor's pass: pale, with a band, a bar code
    and a few lines at most. With `number` it is the company's: in its format and blue, with that
    staff number on it and in its QR code if it has one.
    """
    size = COMPANY_CARD if rng.random() < 0.67 or number else ID1_CARD
    back = number is None and rng.random() < BACKS
    lying = rng.random() < (0.6 if back else 0.35)
    width, height = (size[1], size[0]) if lying else size
    if back:
        return _hold(_back(rng, (width, height)), rng, (width, height))
    theme = _choice(rng, BLUES if rng.random() < 0.8 or number else OTHERS)
    paper: Colour = (250, 251, 253) if rng.random() < 0.7 else (226, 238, 250)
    if rng.random() < 0.12:  # a card with a full-colour ground
        paper = tuple(int(0.55 * v + 0.45 * 255) for v in theme)  # type: ignore[assignment]
    image = _sheet((width, height), paper)
    ink: Colour = (30, 34, 44)
    head = height * float(rng.uniform(0.14, 0.26))
    _box(image, (0, 0, width, head), theme)
    if rng.random() < 0.5:
        _box(image, (0, height * float(rng.uniform(0.9, 0.95)), width, height), theme)
    _logo(image, rng, (head * 0.6, head * 0.5), head * 0.28, (255, 255, 255))
    _text(
        image,
        _choice(rng, ("TELECOM", "NETCOM", "FIBRE+", "CONNECT")),
        (head * 1.05, head * 0.65),
        head * 0.26,
        (255, 255, 255),
    )
    body = height - head
    if lying:
        photo = (width * 0.3, body * 0.72)
        place = (width * 0.05, head + body * 0.1)
        text_x, text_y, step = place[0] + photo[0] + 4, head + body * 0.24, body * 0.17
        code = body * 0.36
        code_at = (width - code - 4, height - code - body * 0.1)
    else:
        photo = (width * 0.46, body * 0.48)
        place = ((width - photo[0]) / 2 if rng.random() < 0.6 else width * 0.07, head + body * 0.05)
        text_x, text_y, step = width * 0.1, place[1] + photo[1] + body * 0.11, body * 0.095
        code = width * 0.27
        code_at = (width - code - 4, height - code - body * 0.07)
    _paste(image, portrait(rng, photo)[..., :3], place)
    name, role, made_up = (
        _choice(rng, NAMES),
        _choice(rng, ROLES),
        f"{int(rng.integers(10**5)):05d}",
    )
    lines = (
        name,
        role,
        f"NO. {made_up if number is None else number}",
        "DEPT. 3",
    )
    shown = max(int(rng.integers(2, 5)), 2 if number is None else 3)
    for row, line in enumerate(lines[:shown]):
        tall = step * (0.5 if row == 0 else 0.36)
        _text(image, line, (text_x, text_y + row * step), tall, theme if row == 0 else ink)
    if rng.random() < 0.7:
        _paste(image, qr_code(rng, code, number), code_at)
    return _hold(image, rng, (width, height))


def _hold(
    image: Pixels, rng: np.random.Generator, size: tuple[float, float]
) -> tuple[Pixels, tuple[float, float]]:
    """Put the card in a plastic holder: a rim on all sides, a slot above, glare over it."""
    rim = float(rng.uniform(1.5, 4.0))
    outer = (size[0] + 2 * rim, size[1] + 2 * rim)
    clear = rng.random() < 0.7
    colour: Colour = (
        (208, 214, 220) if clear else _choice(rng, ((30, 32, 36), (240, 240, 240), (20, 70, 150)))
    )
    held = _sheet(outer, colour, 165 if clear else 255)
    edge = round(rim * DETAIL)
    held[edge : edge + image.shape[0], edge : edge + image.shape[1]] = image
    _round_corners(held, 3.0)
    if rng.random() < 0.55:
        _glare(held, rng)
    return held, outer


def _paste(image: Pixels, patch: Pixels, at: tuple[float, float]) -> None:
    x, y = round(at[0] * DETAIL), round(at[1] * DETAIL)
    height = min(patch.shape[0], image.shape[0] - y)
    width = min(patch.shape[1], image.shape[1] - x)
    image[y : y + height, x : x + width, :3] = patch[:height, :width]


def _logo(
    image: Pixels, rng: np.random.Generator, at: tuple[float, float], radius: float, colour: Colour
) -> None:
    rgb = _bytes(image)
    centre = (round(at[0] * DETAIL), round(at[1] * DETAIL))
    r = max(round(radius * DETAIL), 2)
    kind = int(rng.integers(3))
    if kind == 0:
        cv2.circle(rgb, centre, r, colour, max(r // 3, 1), cv2.LINE_AA)
    elif kind == 1:
        cv2.ellipse(rgb, centre, (r, r // 2), 30, 0, 300, colour, max(r // 3, 1), cv2.LINE_AA)
    else:
        corners = np.array([(0, -r), (r, r), (-r, r)]) + centre
        cv2.fillPoly(rgb, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    image[..., :3] = rgb


def _round_corners(image: Pixels, radius: float) -> None:
    h, w = image.shape[:2]
    r = round(radius * DETAIL)
    mask = np.zeros((h, w), np.uint8)
    cv2.rectangle(mask, (r, 0), (w - r, h), 255, -1)
    cv2.rectangle(mask, (0, r), (w, h - r), 255, -1)
    for x in (r, w - r - 1):
        for y in (r, h - r - 1):
            cv2.circle(mask, (x, y), r, 255, -1, cv2.LINE_AA)
    image[..., 3] *= mask.astype(np.float32) / 255


def _glare(image: Pixels, rng: np.random.Generator) -> None:
    """A soft slanted band of light over the plastic."""
    h, w = image.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    slant = x * float(rng.uniform(0.4, 1.2)) + y * float(rng.uniform(-1.0, 1.0))
    slant = (slant - slant.min()) / max(float(np.ptp(slant)), 1e-6)
    middle, wide = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.05, 0.2))
    band = np.exp(-(((slant - middle) / wide) ** 2)) * float(rng.uniform(0.25, 0.8))
    image[..., :3] += (255 - image[..., :3]) * band[..., None]


def draw_phone(rng: np.random.Generator) -> tuple[Pixels, tuple[float, float]]:
    """A phone, 70 × 148 mm, its back or its dark screen."""
    size = (70.0, 148.0)
    image = _sheet(size, _choice(rng, ((24, 26, 30), (60, 64, 70), (200, 204, 210), (40, 60, 100))))
    if rng.random() < 0.5:
        _box(image, (3, 5, 67, 143), _choice(rng, ((8, 9, 12), (30, 36, 50))))
    else:
        _box(image, (6, 6, 30, 32), (14, 15, 18))
        _logo(image, rng, (35, 74), 6, (150, 152, 156))
    _round_corners(image, 8.0)
    if rng.random() < 0.7:
        _glare(image, rng)
    return image, size


def draw_pen(rng: np.random.Generator) -> tuple[Pixels, tuple[float, float]]:
    """The part of one or two pens that looks out of a pocket, 24 × 52 mm."""
    size = (24.0, 52.0)
    image = _sheet(size, (0, 0, 0), 0)
    for x in (4.0, 15.0)[: int(rng.integers(1, 3))]:
        colour = _choice(rng, ((20, 22, 26), (180, 184, 190), (20, 60, 160), (190, 30, 30)))
        x1, x2 = round(x * DETAIL), round((x + 7) * DETAIL)
        top = round(float(rng.uniform(0, 10)) * DETAIL)
        image[top:, x1:x2] = (*colour, 255)
        image[top : top + 3 * DETAIL, x1:x2, :3] = (210, 212, 216)
        image[top + 2 * DETAIL : top + 30 * DETAIL, x2 - DETAIL : x2 + DETAIL] = (
            200,
            202,
            206,
            255,
        )
    return image, size


def draw_print(rng: np.random.Generator, pocket: bool) -> tuple[Pixels, tuple[float, float]]:
    """A logo over the pocket (60-90 mm) or a printed picture on a shirt (180-260 mm)."""
    if pocket:
        size = (float(rng.uniform(55, 90)), float(rng.uniform(16, 34)))
    else:
        size = (float(rng.uniform(160, 240)), float(rng.uniform(90, 220)))
    ground = _choice(rng, (*BLUES, *OTHERS, (245, 245, 245), (235, 225, 200)))
    solid = rng.random() < 0.5
    image = _sheet(size, ground, 235 if solid else 0)
    ink = _choice(rng, ((250, 250, 250), (20, 20, 26), (230, 190, 40)))
    drawn = _sheet(size, (0, 0, 0), 0)
    tall = size[1] * 0.26
    text = _choice(rng, ("TELECOM", "BROOKLYN", "NETWORK", "SPORT 84", "FIBRE+", "1987"))
    _text(
        drawn,
        text,
        (size[0] * 0.1, size[1] * 0.6),
        min(tall, size[0] / len(text) * 0.85),
        (255, 255, 255),
    )
    if not pocket:
        _logo(drawn, rng, (size[0] * 0.5, size[1] * 0.22), size[1] * 0.14, (255, 255, 255))
        _text(
            drawn, _choice(rng, ROLES), (size[0] * 0.1, size[1] * 0.85), tall * 0.4, (255, 255, 255)
        )
    ink_alpha = drawn[..., :1] / 255
    image[..., :3] = image[..., :3] * (1 - ink_alpha) + np.array(ink, np.float32) * ink_alpha
    image[..., 3:] = np.maximum(image[..., 3:], ink_alpha * 235)
    return image, size

"""Measure `badge.card` on cards of known kinds: `python -m models.card_study [--data DATA]`.

Made-up cards are seen at several distances (pixels per millimetre: a phone's 12-megapixel selfie
to the hips has about 3), turned, from the side, blurred and compressed; without the extra `ocr`
only the QR code is read. With `--data` the real cards of `badge_manual` follow: their numbers are
not known, so that any number given must not be found.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.records import read_sources
from datasets.sources import BY_NAME
from datasets.synthesis import card as drawing
from vision import Box, Label, Verdict, decode_photo, read_policy
from vision.card import crop
from vision.card_text import ReadText, text_reader
from vision.colour import light_gains
from vision.labels import LABELS
from vision.manifest import ClassFacts
from vision.photo import PhotoLimits
from vision.policy import RuleId
from vision.rules.badge_card import badge_card
from vision.rules.context import Answer, CardQuestion, Context
from vision.scene import Person

Pixels = npt.NDArray[np.uint8]
Reader = Callable[[], ReadText | None]

FINENESS = (0.5, 1.0, 1.5, 2.0, 3.0)  # pixels per millimetre
CLOTHS = ((30, 50, 100), (60, 90, 150), (40, 42, 46), (120, 122, 126))  # uniforms, RGB
KINDS = ("own", "another's", "red", "square")
NUMBER, OTHER = "SZ10086", "SZ20417"
_SEEN = ClassFacts(label=Label.BADGE, supported=True, present=0.5, absent=0.1, why="given")


def make_photo(rng: np.random.Generator, kind: str, fineness: float) -> tuple[Pixels, Box]:
    """A card of a kind on cloth, as a phone takes it; and its box.

    Args:
        rng: every choice.
        kind: one of `KINDS`.
        fineness: pixels per millimetre.
    """
    if kind == "square":
        image, size = drawing.draw_print(rng, pocket=False)
        size = (90.0, 90.0)
        image[..., 3] = 255
    else:
        number = OTHER if kind == "another's" else NUMBER
        image, size = drawing.draw_card(rng, number)
    if kind == "red":  # the same card in red for blue and pink for white
        image[..., :3] = image[..., [2, 1, 0]] * np.array([1.0, 0.75, 0.75], np.float32)
    width, height = size[0] * fineness, size[1] * fineness
    side = int(1.8 * max(width, height))
    cloth = np.array(CLOTHS[int(rng.integers(len(CLOTHS)))], np.float32)
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) / 2
    turn = float(rng.normal(0, 0.1))
    cos, sin = np.cos(turn), np.sin(turn)
    quad = flat * [width * float(rng.uniform(0.88, 1)), height] @ [[cos, sin], [-sin, cos]]
    quad = (quad + side / 2 + rng.normal(0, 0.012, (4, 2)) * width).astype(np.float32)
    rows, columns = image.shape[:2]
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    # Drawn at twice the size and reduced, as a lens and a sensor average.
    shrunk = cv2.GaussianBlur(image, (0, 0), max(0.25 * drawing.DETAIL / fineness, 0.1))
    matrix = cv2.getPerspectiveTransform(corners, quad * 2)
    laid = cv2.warpPerspective(shrunk, matrix, (side * 2, side * 2))
    alpha = laid[..., 3:] / 255
    photo = cv2.resize(
        laid[..., :3] * alpha + cloth * (1 - alpha), (side, side), interpolation=cv2.INTER_AREA
    )
    photo = cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.4, 0.9)))
    photo = photo * float(rng.uniform(0.75, 1.05)) + rng.normal(0, 3, photo.shape)
    _, jpeg = cv2.imencode(".jpg", photo.clip(0, 255).astype(np.uint8)[..., ::-1])
    decoded = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
    taken = np.ascontiguousarray(decoded[..., ::-1])
    (x1, y1), (x2, y2) = quad.min(axis=0), quad.max(axis=0)
    return taken, Box(Label.BADGE, 0.9, float(x1), float(y1), float(x2), float(y2))


def wearer(pixels: Pixels, badge: Box) -> Person:
    """Somebody who fills the picture and wears the badge on the chest."""
    height, width = pixels.shape[:2]
    person = Box(Label.PERSON, 0.9, 0.0, 0.0, float(width), float(height))
    return Person(box=person, torsos=(replace(person, label=Label.WORKWEAR),), badges=(badge,))


def context_of(pixels: Pixels, number: str, reader: Reader = text_reader) -> Context:
    """What the rule is given for one picture, taken as it is for the whole photo."""
    policy = read_policy()
    return Context(
        pixels=pixels,
        gains=light_gains(pixels),
        facts={name: _SEEN.model_copy(update={"label": name}) for name in LABELS},
        colours=policy.colours,
        settings=policy.rules[RuleId.BADGE_CARD],
        min_head=0,
        card=CardQuestion(number, lambda box: crop(pixels, box), reader),
    )


def judge(pixels: Pixels, badge: Box, number: str, reader: Reader = text_reader) -> Answer:
    """The rule's answer about one card."""
    return badge_card(wearer(pixels, badge), context_of(pixels, number, reader))


def real_cards(data: Path) -> Iterator[tuple[Pixels, Box]]:
    """Every drawn box of `badge_manual`."""
    for record in read_sources(data, [BY_NAME["badge_manual"]]):
        for label, box in record.boxes:
            if label is Label.BADGE:
                whole = decode_photo(record.path.read_bytes(), 4096, PhotoLimits(min_side=1))
                yield whole.pixels, Box(label, 0.9, *box)


def _line(name: str, answers: list[Answer]) -> str:
    counts = Counter(a.verdict for a in answers)
    shares = "  ".join(
        f"{verdict} {counts[verdict] / len(answers):4.0%}"
        for verdict in (Verdict.PASS, Verdict.FAIL, Verdict.UNSURE)
    )
    reasons = Counter(str(a.reason) for a in answers)
    why = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    return f"{name:22s} {len(answers):4d}  {shares}   {why}\n"


def main() -> None:
    """Print the shares of the verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with badge_manual")
    parser.add_argument("--cards", type=int, default=40, help="of each kind and distance")
    options = parser.parse_args()
    for kind in KINDS:
        for fineness in FINENESS:
            rng = np.random.default_rng(7)
            photos = [make_photo(rng, kind, fineness) for _ in range(options.cards)]
            answers = [judge(pixels, box, NUMBER) for pixels, box in photos]
            sys.stdout.write(_line(f"{kind}, {fineness} px/mm", answers))
            sys.stdout.flush()
    if options.data:
        answers = [judge(pixels, box, NUMBER) for pixels, box in real_cards(options.data)]
        sys.stdout.write(_line("real cards", answers))


if __name__ == "__main__":
    main()

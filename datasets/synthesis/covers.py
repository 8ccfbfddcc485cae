"""Real shoe covers, cut out of training pictures along outlines drawn by hand."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datasets.records import read_sources
from datasets.sources import BY_NAME
from datasets.splits import split_of
from datasets.synthesis.canvas import Pixels, Points
from datasets.synthesis.clothes import to_lab

XY = tuple[float, float]
OUTLINES = Path(__file__).with_name("cover_outlines.json")


@dataclass(frozen=True)
class Outline:
    """A cover drawn round by hand (`cover_outlines.json`); all in shares of its labelled box.

    Attributes:
        view: `side`, or `front` (the toe points at the camera).
        picture: stem in `shoe_covers`.
        number: of the box in its label file.
        toe: tip.
        heel: rear end.
        mouth: middle of the opening.
        outline: the plastic alone; the opening stays free, so that the real leg shows in it.
    """

    view: Literal["side", "front"]
    picture: str
    number: int
    toe: XY
    heel: XY
    mouth: XY
    outline: tuple[XY, ...]


def read_outlines() -> list[Outline]:
    """All outlines."""
    rows = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return [Outline(**row) for row in rows]


@dataclass(frozen=True)
class Cutout:
    """A cover with its alpha; the points are in pixels of `rgba`."""

    rgba: Pixels
    toe: Points
    heel: Points
    mouth: Points


@dataclass(frozen=True)
class Covers:
    """Cut-outs by view."""

    side: tuple[Cutout, ...]
    front: tuple[Cutout, ...]


def cut_covers(data: Path) -> Covers:
    """Cut the outlined covers out of the training pictures of `shoe_covers`.

    Raises:
        ValueError: an outline is of a validation picture.
    """
    records = {r.path.stem: r for r in read_sources(data, (BY_NAME["shoe_covers"],))}

    def cut(outline: Outline) -> Cutout:
        record = records[outline.picture]
        if split_of(record) != "train":
            raise ValueError(f"{outline.picture} is a validation picture")
        x1, y1, x2, y2 = (round(v) for v in record.boxes[outline.number][1])
        with Image.open(record.path) as image:
            patch = image.convert("RGB").crop((x1, y1, x2, y2))
        rgb = np.asarray(patch, np.float32)
        size = np.array([rgb.shape[1], rgb.shape[0]], np.float32)
        plane = np.zeros(rgb.shape[:2], np.uint8)
        cv2.fillPoly(plane, [np.round(np.array(outline.outline) * size).astype(np.int32)], 255)
        _drop_white(rgb, plane)
        soft = cv2.GaussianBlur(plane, (0, 0), max(float(size.max()) / 250, 0.6))
        rgba = np.concatenate([rgb, soft[..., None].astype(np.float32)], axis=2)
        toe, heel, mouth = (
            np.asarray(np.array(p) * size, np.float32)
            for p in (outline.toe, outline.heel, outline.mouth)
        )
        return Cutout(rgba, toe, heel, mouth)

    outlines = read_outlines()
    return Covers(
        side=tuple(cut(o) for o in outlines if o.view == "side"),
        front=tuple(cut(o) for o in outlines if o.view == "front"),
    )


def _drop_white(rgb: Pixels, plane: NDArray[np.uint8]) -> None:
    """Erase the white page at the outline's rim: bright and colourless pixels."""
    lab = to_lab(rgb)
    page = (lab[..., 0] > 90) & (np.hypot(lab[..., 1], lab[..., 2]) < 7)
    rim = plane - cv2.erode(plane, np.ones((9, 9), np.uint8))
    plane[page & (rim > 0)] = 0

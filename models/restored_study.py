"""Study the comparison of before and after: what it finds, and what it finds that is not there.

`python -m models.restored_study DATA [PAIRS]` makes second pictures of the real rooms in DATA: the
camera moved and turned a little (a homography, and a smooth field of shifts for the depth of the
room), other exposure, white balance and noise, JPEG. Tools cut out of shop pictures are laid into
one of the two, or into both at different places. The same seed makes the same pictures. The rooms
are real; the second look at them is not, so that the figures flatter what a real visit gives.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from vision.detections import Box, iou, share_inside
from vision.labels import Label
from vision.photo import decode_photo
from vision.restored import Comparison, compare

Pixels = npt.NDArray[np.uint8]
ROOMS = ("room_clean", "room_houses", "room_messy", "indoor_homes_vve")
THINGS = "tools_workshop"
CORNER_SHIFT = 0.05  # of the long edge, how far the corners of the picture move
DEPTH_SHIFT = 0.008  # of the long edge, how far depth shifts things against each other
THING_SIZE = (0.1, 0.22)  # long edge of a thing, of the long edge of the picture
SAME_BOX = 0.25  # IoU from which a change is found where it is


@dataclass(frozen=True)
class Case:
    """Two pictures and the truth about them: label and box of what changed, None for nothing."""

    kind: str
    before: Pixels
    after: Pixels
    truth: Box | None = None


class Studio:
    """Makes pairs from real rooms and cut-out things."""

    def __init__(self, data: Path, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        paths = [p for room in ROOMS for p in sorted((data / room / "images").iterdir())]
        self._rooms = [paths[i] for i in self._rng.permutation(len(paths))]
        self._things = [t for t in map(_cut_out, sorted((data / THINGS / "images").iterdir()))
                        if t is not None]  # fmt: skip

    def cases(self, pairs: int) -> Iterator[Case]:
        """Of every room one pair of each kind."""
        for number, path in enumerate(self._rooms[:pairs]):
            room = _read(path)
            yield Case("nothing", room, self._again(room)[0])
            other = _read(self._rooms[(number + 1) % len(self._rooms)])
            yield Case("another place", room, other)
            places = self._places()
            thing = self._thing(room)
            there, elsewhere = (_lay(room, thing, place) for place in places)
            after, warp = self._again(there[0])
            yield Case("new", room, after, _seen(there[1], warp, Label.NEW))
            after, warp = self._again(room)
            yield Case("gone", there[0], after, _seen(there[1], warp, Label.GONE))
            after, warp = self._again(elsewhere[0])
            yield Case("moved", there[0], after, _seen(elsewhere[1], warp, Label.MOVED))

    def _thing(self, room: Pixels) -> Pixels:
        thing = self._things[self._rng.integers(len(self._things))]
        ratio = self._rng.uniform(*THING_SIZE) * max(room.shape[:2]) / max(thing.shape[:2])
        turned = np.rot90(thing, int(self._rng.integers(4)))
        return np.asarray(cv2.resize(turned, None, fx=ratio, fy=ratio), np.uint8)

    def _places(self) -> list[tuple[float, float]]:
        """Two, left and right in the lower two thirds."""
        low, high = self._rng.uniform(0.35, 0.6, 2)
        left, right = self._rng.uniform(0.12, 0.25), self._rng.uniform(0.55, 0.68)
        return [(left, low), (right, high)]

    def _again(self, room: Pixels) -> tuple[Pixels, Any]:
        """The same room a moment later, and the homography that leads there."""
        height, width = room.shape[:2]
        side = max(height, width)
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        away = self._rng.uniform(-CORNER_SHIFT, CORNER_SHIFT, (4, 2)).astype(np.float32) * side
        warp = cv2.getPerspectiveTransform(corners, corners + away)
        picture = cv2.warpPerspective(room, warp, (width, height), borderMode=cv2.BORDER_REFLECT)
        coarse = self._rng.uniform(-1, 1, (5, 5, 2)).astype(np.float32) * DEPTH_SHIFT * side
        shifts = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        xs, ys = np.meshgrid(
            np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        )
        moved = cv2.remap(picture, xs + shifts[..., 0], ys + shifts[..., 1], cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_REFLECT)  # fmt: skip
        light = (moved / 255.0) ** self._rng.uniform(0.75, 1.35)
        light = light * self._rng.uniform(0.8, 1.15) * self._rng.uniform(0.93, 1.07, 3)
        noisy = light * 255 + self._rng.normal(0, 3, moved.shape)
        code = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8))[1]
        return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8), warp


def _read(path: Path) -> Pixels:
    return decode_photo(path.read_bytes()).pixels


def _cut_out(path: Path) -> Pixels | None:
    """RGBA of a thing on white; None where the ground is not white or the thing is not one."""
    pixels = _read(path)
    border = np.concatenate([pixels[:4].reshape(-1, 3), pixels[:, :4].reshape(-1, 3)])
    if np.percentile(border, 10) < 240:
        return None
    mask = (pixels.min(axis=2) < 232).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
    _, names, stats, _ = cv2.connectedComponentsWithStats(mask)
    if len(stats) < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, width, height, area = stats[largest]
    if not 0.02 < area / mask.size < 0.6 or min(width, height) < 60:
        return None
    alpha = ((names == largest) * 255).astype(np.uint8)[y : y + height, x : x + width]
    return np.dstack([pixels[y : y + height, x : x + width], alpha])


def _lay(room: Pixels, thing: Pixels, place: tuple[float, float]) -> tuple[Pixels, Box]:
    """A copy of the room with the thing's upper left corner at a place, and the thing's box."""
    x, y = int(place[0] * room.shape[1]), int(place[1] * room.shape[0])
    part = thing[: room.shape[0] - y, : room.shape[1] - x]
    alpha = cv2.GaussianBlur(part[..., 3:], (3, 3), 0)[..., None] / 255.0
    laid = room.copy()
    under = laid[y : y + part.shape[0], x : x + part.shape[1]]
    under[:] = part[..., :3] * alpha + under * (1 - alpha)
    return laid, Box(Label.NEW, 1.0, x, y, x + part.shape[1], y + part.shape[0])


def _seen(box: Box, warp: Any, label: Label) -> Box:
    corners = np.array([[[box.x1, box.y1], [box.x2, box.y1], [box.x2, box.y2], [box.x1, box.y2]]],
                       np.float32)  # fmt: skip
    points = cv2.perspectiveTransform(corners, warp)[0]
    return Box(label, 1.0, *map(float, (*points.min(axis=0), *points.max(axis=0))))


def _hits(case: Case, found: Comparison) -> bool:
    truth = case.truth
    return truth is not None and any(
        iou(box, truth) >= SAME_BOX or share_inside(truth, box) > 0.8 for box in found.changes
    )


def main(data: Path, pairs: int = 100) -> None:
    """Print the table."""
    rows: dict[str, Counter[str]] = {}
    for case in track(Studio(data).cases(pairs), description="Pairs", transient=True):
        found = compare(case.before, case.after)
        row = rows.setdefault(case.kind, Counter())
        row["pairs"] += 1
        row["compared"] += found.obstacle is None
        row["place found"] += _hits(case, found)
        row["named right"] += case.truth is not None and any(
            box.label is case.truth.label and iou(box, case.truth) > 0 for box in found.changes
        )
        extra = [b for b in found.changes if case.truth is None or iou(b, case.truth) == 0]
        row["with other changes"] += bool(extra)
    columns = ("pairs", "compared", "place found", "named right", "with other changes")
    table = Table("changed", *columns)
    for kind, row in rows.items():
        table.add_row(kind, *(str(row[column]) for column in columns))
    Console().print(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))

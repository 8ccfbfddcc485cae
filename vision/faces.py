"""Where faces are, and pictures in which nobody can tell whose they are."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from vision.detections import Box, share_inside
from vision.labels import Label
from vision.scene import HEADS_PER_BODY, Person, Scene

MARGIN = 0.12  # of a box's size, added on every side
HELMET_RIM = 0.55  # of a helmet's height: where the shell ends in front and the forehead begins
FACE_BELOW_HELMET = 1.1  # of a helmet's height: from its lower edge to the chin
CELLS = 5  # mosaic cells across a face; from 8 on faces can be told apart
CUT_OFF = 0.02  # of the height: somebody who begins above this has the head outside the picture


def find_faces(scene: Scene) -> tuple[Box, ...]:
    """Where a face may be: rather one too many than one too few.

    A bare head is one as a whole; below the rim of a helmet on a head there is one; sunglasses
    have one around them. A person on whom none of these was seen has one at the top.

    Args:
        scene: with boxes down to the score under which a thing is taken not to be there.

    Returns:
        Boxes labelled HEAD, in pixels of the decoded photo.
    """
    faces = [face for person in scene.people for face in _of_person(person, scene.size)]
    loose = {Label.HEAD: _grown, Label.SUNGLASSES: _around_glasses}
    faces += [loose[box.label](box) for box in scene.loose if box.label in loose]
    return tuple(face for i, face in enumerate(faces) if not _is_inside(face, faces[:i]))


def _of_person(person: Person, size: tuple[int, int]) -> list[Box]:
    faces = [_grown(head) for head in person.heads]
    bare = max((head.score for head in person.heads), default=0.0)
    faces += [_below(helmet) for helmet in person.helmets if helmet.score > bare]
    faces += [_around_glasses(glasses) for glasses in person.sunglasses]
    if faces or person.box.y1 <= CUT_OFF * size[1]:
        return faces
    head = person.box.height / HEADS_PER_BODY * 1.5  # many are seen to the hips only
    x, _ = person.box.centre
    return [
        replace(person.box, label=Label.HEAD, x1=x - head, x2=x + head, y2=person.box.y1 + head)
    ]


def _grown(box: Box) -> Box:
    wide, high = MARGIN * box.width, MARGIN * box.height
    return Box(Label.HEAD, box.score, box.x1 - wide, box.y1 - high, box.x2 + wide, box.y2 + high)


def _below(helmet: Box) -> Box:
    """The helmet itself stays to be seen: its colour is judged."""
    top = helmet.y1 + HELMET_RIM * helmet.height
    bottom = helmet.y2 + FACE_BELOW_HELMET * helmet.height
    return replace(helmet, label=Label.HEAD, y1=top, y2=bottom)


def _around_glasses(glasses: Box) -> Box:
    """Glasses are about as wide as the face, which is about 1.4 times as high as wide."""
    x, y = glasses.centre
    wide = 0.6 * glasses.width
    return Box(Label.HEAD, glasses.score, x - wide, y - 0.9 * wide, x + wide, y + 1.9 * wide)


def _is_inside(face: Box, others: Sequence[Box]) -> bool:
    return any(share_inside(face, other) > 0.9 for other in others)


def blur_faces(
    pixels: npt.NDArray[np.uint8], faces: Sequence[Box], scale: float = 1.0
) -> npt.NDArray[np.uint8]:
    """A copy in which faces are a coarse mosaic, smoothed: what made them faces is not there.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        faces: boxes, for example of `find_faces`.
        scale: pixels of the boxes per pixel of the picture.
    """
    blurred = pixels.copy()
    height, width = pixels.shape[:2]
    for face in faces:
        x1, y1 = max(0, int(face.x1 / scale)), max(0, int(face.y1 / scale))
        x2, y2 = min(width, -int(-face.x2 / scale // 1)), min(height, -int(-face.y2 / scale // 1))
        if x2 - x1 < 1 or y2 - y1 < 1:
            continue
        blurred[y1:y2, x1:x2] = _mosaic(blurred[y1:y2, x1:x2])
    return blurred


def _mosaic(part: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """At most `CELLS` colours a side, with soft borders between them."""
    height, width = part.shape[:2]
    cell = max(1.0, max(height, width) / CELLS)
    cells = (max(1, round(width / cell)), max(1, round(height / cell)))
    coarse = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, np.uint8)

"""Faces: where they may be, and that nothing of them is left."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.networks import box, checker_of
from tests.vision.pictures import canvas, encode
from vision import Box, Label, Shot
from vision.detections import share_inside
from vision.faces import blur_faces

PERSON = box(Label.PERSON, 200, 60, 440, 470)
HELMET = box(Label.HELMET, 270, 65, 370, 145)
HEAD = box(Label.HEAD, 275, 70, 365, 190)
GLASSES = box(Label.SUNGLASSES, 285, 120, 355, 140)
LOOSE = box(Label.HEAD, 560, 20, 600, 70)
FACE_UNDER_HELMET = box(Label.HEAD, 285, 125, 355, 215)


def faces_of(*sees: Box) -> tuple[Box, ...]:
    report = checker_of(sees).check(encode(canvas()), Shot.SELFIE)
    return report.faces


@pytest.mark.parametrize(
    ("sees", "face"),
    [
        ((PERSON, HEAD), HEAD),
        ((PERSON, HELMET), FACE_UNDER_HELMET),
        ((PERSON, GLASSES), box(Label.HEAD, 290, 110, 350, 170)),
        ((PERSON,), box(Label.HEAD, 285, 65, 355, 130)),  # nothing seen on somebody
        ((LOOSE,), LOOSE),
        ((PERSON, replace(HEAD, score=0.25)), HEAD),  # unclear
    ],
    ids=["bare head", "helmet", "sunglasses", "person only", "loose head", "unclear head"],
)
def test_a_face_is_covered(sees: tuple[Box, ...], face: Box) -> None:
    assert max(share_inside(face, found) for found in faces_of(*sees)) > 0.95


def test_the_helmet_stays_to_be_seen() -> None:
    (found,) = faces_of(PERSON, HELMET)
    shell = replace(HELMET, y2=HELMET.y1 + 0.5 * HELMET.height)
    assert share_inside(shell, found) == 0


def test_hair_that_looks_a_little_like_a_helmet_hides_no_chest() -> None:
    (found,) = faces_of(PERSON, HEAD, replace(HELMET, score=0.25))
    assert found.y2 < HEAD.y2 + 20


def test_nobody_has_no_face_and_legs_have_none() -> None:
    assert faces_of() == ()
    assert faces_of(box(Label.PERSON, 200, 0, 440, 300)) == ()


def test_detail_goes_and_the_rest_stays() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (480, 640, 3), np.uint8)
    face = box(Label.HEAD, 600.5, -20, 700, 90)  # reaches out of the picture
    blurred = blur_faces(pixels, [face])
    x1, x2, y2 = 600, 640, 90
    outside = np.ones((480, 640), bool)
    outside[:y2, x1:x2] = False
    assert np.array_equal(blurred[outside], pixels[outside])
    steps = np.abs(np.diff(blurred[:y2, x1:x2].astype(int), axis=1))
    assert steps.max() <= 16  # was 255: no edge is left that could be a feature
    assert not np.shares_memory(blurred, pixels)


@pytest.mark.parametrize("place", [(700, 10, 800, 90), (10, 10, 10, 10), (-90, -90, -5, -5)])
def test_faces_outside_the_picture_do_nothing(place: tuple[float, ...]) -> None:
    pixels = canvas()
    assert np.array_equal(blur_faces(pixels, [box(Label.HEAD, *place)]), pixels)


def test_scale() -> None:
    pixels = canvas()
    small, large = (box(Label.HEAD, *(v * k for v in (80, 60, 240, 300))) for k in (1, 2))
    assert np.array_equal(blur_faces(pixels, [small]), blur_faces(pixels, [large], 2.0))

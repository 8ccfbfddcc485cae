"""Caps and hoods: bare heads that must not be taken for helmets."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.boxes import Box, inside
from datasets.synthesis.body import EAR_L, EAR_R, EYE_L, EYE_R, MOUTH_L, MOUTH_R, Body
from datasets.synthesis.canvas import Canvas, DoubtfulError, measure_light
from datasets.synthesis.headwear import add_headwear, find_face
from tests.synthesis.figures import standing
from vision.labels import Label

HEAD: Box = (208.0, 86.0, 272.0, 172.0)
FACE = {EYE_L: (252, 122), EYE_R: (228, 122), EAR_L: (270, 128), EAR_R: (210, 128)}
KINDS = ("cap", "knitted cap", "hood")


def bareheaded(head: Box = HEAD) -> tuple[Canvas, Body]:
    canvas, body = standing()
    points = body.points.copy()
    for number, at in FACE.items():
        points[number, :2] = at
    canvas.boxes.append((Label.HEAD, head))
    canvas.known |= {Label.HEAD, Label.HELMET}
    return canvas, replace(body, points=points)


def put_on(canvas: Canvas, body: Body, kind: str, seed: int = 0) -> None:
    light = measure_light(canvas.pixels, body.mask)
    add_headwear(canvas, body, light, np.random.default_rng(seed), kind)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_the_head_stays_a_bare_one_and_its_box_holds_what_is_on_it(kind: str, seed: int) -> None:
    canvas, body = bareheaded()
    before = canvas.pixels.copy()
    put_on(canvas, body, kind, seed)
    (head,) = [box for label, box in canvas.boxes if label is Label.HEAD]
    assert inside(HEAD, head) == pytest.approx(1)
    assert head[3] == HEAD[3]  # the chin is where it was
    assert HEAD[1] - 12 < head[1] < HEAD[1]
    assert Label.HELMET not in {label for label, _ in canvas.boxes}
    changed = np.abs(canvas.pixels - before).max(axis=2) > 12
    assert changed[90:108, 225:256].mean() > 0.9  # the hair
    assert not changed[132:150, 232:249].any()  # nose and mouth
    assert not changed[230:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_pixels(kind: str) -> None:
    (one, body), (other, _) = bareheaded(), bareheaded()
    put_on(one, body, kind, 3)
    put_on(other, body, kind, 3)
    assert np.array_equal(one.pixels, other.pixels)


def test_the_visor_follows_the_nose() -> None:
    for shift in (-14, 14):
        canvas, body = bareheaded()
        body.points[0, 0] += shift
        assert np.sign(find_face(canvas, body).turn) == np.sign(shift)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "head not boxed as bare"),
        ({EYE_L: (241, 122), EYE_R: (239, 122)}, "turned away"),
        ({EYE_L: (228, 122), EYE_R: (252, 122)}, "turned away"),
        ({EYE_L: (245, 145), EYE_R: (235, 110)}, "head laid aside"),
        ({EAR_L: (205, 128), EAR_R: (205, 128)}, "turned away"),
        ({MOUTH_L: (240, 300), MOUTH_R: (240, 300)}, "forehead not where it should be"),
    ],
)
def test_doubtful_faces_are_left_alone(change: dict[int, tuple[float, float]], reason: str) -> None:
    canvas, body = bareheaded()
    if not change:
        canvas.boxes.pop()
    for number, at in change.items():
        body.points[number, :2] = at
    with pytest.raises(DoubtfulError, match=reason):
        find_face(canvas, body)


def test_a_helmet_is_no_place_for_a_cap() -> None:
    canvas, body = bareheaded()
    canvas.boxes.append((Label.HELMET, (205.0, 80.0, 275.0, 120.0)))
    with pytest.raises(DoubtfulError, match="something on the head"):
        put_on(canvas, body, "cap")


def test_a_head_cut_off_by_the_picture_gets_nothing() -> None:
    canvas, body = bareheaded()
    canvas.pixels = canvas.pixels[88:]
    moved = replace(
        body, points=body.points - np.array([0, 88, 0, 0], np.float32), mask=body.mask[88:]
    )
    canvas.boxes[-1] = (Label.HEAD, (208.0, 0.0, 272.0, 84.0))
    with pytest.raises(DoubtfulError, match="cut off"):
        put_on(canvas, moved, "cap")


def test_a_far_head_is_too_small() -> None:
    canvas, body = bareheaded((232.0, 110.0, 248.0, 150.0))
    with pytest.raises(DoubtfulError, match="too small"):
        find_face(canvas, body)

"""Crops below the chin."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from datasets.boxes import Box
from datasets.records import Record
from datasets.torsos import LEAST_SIDE, crop, torso
from vision.labels import Label

SIZE = 600, 900
HEAD = (Label.HEAD, (250.0, 60.0, 350.0, 180.0))
BADGE = (Label.BADGE, (270.0, 330.0, 320.0, 400.0))
KNOWN = frozenset({Label.BADGE, Label.HEAD, Label.HELMET})


def of(
    *boxes: tuple[Label, Box],
    known: frozenset[Label] = KNOWN,
    size: tuple[int, int] = SIZE,
    path: Path = Path("p.webp"),
) -> Record:
    return Record("badge_manual", path, size, "g", boxes, known)


def cut(record: Record, seed: int = 0) -> tuple[Box, Record] | None:
    return torso(record, np.random.default_rng(seed))


@pytest.mark.parametrize(
    "record",
    [
        of(HEAD, BADGE, known=frozenset({Label.HEAD})),  # nobody looked for badges
        of(BADGE),  # no head to cut off
        of(HEAD, (Label.HEAD, (400.0, 70.0, 490.0, 180.0))),  # two people as near
        of((Label.HEAD, (200.0, 500.0, 400.0, 740.0))),  # nothing below the chin
        of((Label.HEAD, (290.0, 60.0, 310.0, 84.0)), size=(600, 130)),  # too small to see a card
    ],
)
def test_pictures_without_a_chest_to_show(record: Record) -> None:
    assert cut(record) is None


def test_a_smaller_head_behind_does_not_matter() -> None:
    assert cut(of(HEAD, (Label.HEAD, (500.0, 100.0, 530.0, 140.0)))) is not None


@given(
    seed=st.integers(0, 10**6),
    head=st.tuples(st.integers(0, 450), st.integers(0, 500), st.integers(30, 150)),
    helmet=st.booleans(),
)
def test_boxes_stay_on_what_they_were_drawn_around(
    seed: int, head: tuple[int, int, int], helmet: bool
) -> None:
    """Whatever is cut, a box of the crop moved back lies in its own box and in the crop."""
    x, y, tall = head
    label = Label.HELMET if helmet else Label.HEAD
    found = cut(of((label, (float(x), float(y), x + 0.8 * tall, float(y + tall))), BADGE), seed)
    if found is None:
        return
    (left, top, right, bottom), cropped = found
    assert (right - left, bottom - top) == cropped.size
    assert min(cropped.size) >= LEAST_SIDE - 1
    assert left >= 0
    assert right <= SIZE[0]
    assert bottom <= SIZE[1]
    assert (top >= y + 0.7 * tall) or helmet
    for kind, (x1, y1, x2, y2) in cropped.boxes:
        whole = dict([BADGE, (label, (x, y, x + 0.8 * tall, y + tall))])[kind]
        assert max(whole[0], left) <= x1 + left < x2 + left <= min(whole[2], right)
        assert max(whole[1], top) <= y1 + top < y2 + top <= min(whole[3], bottom)


def test_a_label_cut_in_half_is_not_known() -> None:
    """A third of a badge at the edge is neither a badge nor none."""
    unclear = 0
    for seed in range(40):
        found = cut(of(HEAD, (Label.BADGE, (200.0, 330.0, 260.0, 900.0))), seed)
        assert found is not None
        badges = [box for label, box in found[1].boxes if label == Label.BADGE]
        assert bool(badges) == (Label.BADGE in found[1].known)
        unclear += not badges
    assert 0 < unclear < 40


def test_the_pixels_are_those_of_the_place(tmp_path: Path) -> None:
    pixels = np.zeros((900, 600, 3), np.uint8)
    pixels[330:400, 270:320] = 255  # the badge
    path = tmp_path / "p.png"
    Image.fromarray(pixels).save(path)
    record = of(HEAD, BADGE, path=path)
    found = cut(record)
    assert found is not None
    area, cropped = found
    picture = np.asarray(crop(record, area))
    assert picture.shape[1::-1] == cropped.size
    (x1, y1, x2, y2) = (round(v) for v in dict(cropped.boxes)[Label.BADGE])
    assert picture[y1:y2, x1:x2].min() == 255
    assert picture.sum() == picture[y1:y2, x1:x2].sum()

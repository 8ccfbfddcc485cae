"""What a picture knows after its people were dressed, and how it is cropped."""

from dataclasses import replace

import numpy as np
import pytest

from datasets.boxes import Box, inside
from datasets.synthesis import people
from datasets.synthesis.canvas import Canvas
from tests.synthesis.figures import drawn_covers, standing
from vision.labels import Label

TORSO = (175.0, 172.0, 305.0, 350.0)
FAR = (380.0, 200.0, 460.0, 330.0)


def _learned(edited: dict[str, list[Box]], *others: Label, knows: bool = False) -> Canvas:
    canvas, _ = standing()
    canvas.boxes += [(label, FAR) for label in others]
    if knows:
        canvas.known.add(Label.BADGE)
    people.learn(canvas, edited)
    return canvas


def test_an_edited_chest_makes_badges_known() -> None:
    assert Label.BADGE in _learned({"chest": [TORSO], "top": []}).known
    assert Label.BADGE not in _learned({"chest": [], "top": []}).known


def test_other_people_make_badges_unknown() -> None:
    crowd = [Label.PLAINWEAR, Label.WORKWEAR]
    assert Label.BADGE not in _learned({"chest": [TORSO], "top": []}, *crowd).known
    assert Label.BADGE in _learned({"chest": [TORSO], "top": []}, *crowd, knows=True).known


@pytest.mark.parametrize(
    ("other", "known"), [(Label.VEST, False), (Label.WORKWEAR, False), (Label.PLAINWEAR, True)]
)
def test_strips_are_unknown_beside_other_work_clothes(other: Label, known: bool) -> None:
    canvas = _learned({"chest": [], "top": [TORSO]}, other)
    assert (Label.STRIP in canvas.known) is known


def test_a_crop_keeps_whole_cards_and_shifts_boxes() -> None:
    canvas, body = standing()
    card = (225.0, 260.0, 246.0, 288.0)
    canvas.boxes.append((Label.BADGE, card))
    rng = np.random.default_rng(0)
    crops = [people.propose_crop(canvas, body, [card], rng) for _ in range(60)]
    found = [crop for crop in crops if crop is not None]
    assert found
    for crop in found:
        assert inside(card, crop) in (0.0, pytest.approx(1.0))
        part = people.apply_crop(canvas, crop)
        assert part.pixels.shape[:2] == (crop[3] - crop[1], crop[2] - crop[0])
        for _, (x1, y1, x2, y2) in part.boxes:
            assert 0 <= x1 < x2 <= part.size[0]
            assert 0 <= y1 < y2 <= part.size[1]


@pytest.mark.parametrize("seed", range(25))
def test_dressed_people_have_consistent_labels(seed: int) -> None:
    canvas, body = standing()
    outcome = people.dress(canvas, [body], np.random.default_rng(seed), drawn_covers())
    labels = {label for label, _ in canvas.boxes}
    done = set(outcome.done)
    assert (Label.BADGE in labels) == any(d.startswith("chest/card") for d in done)
    assert (Label.STRIP in labels) == bool(done & {"top/strips", "top/strips on other"})
    if Label.STRIP in labels:
        assert Label.WORKWEAR in labels
        assert Label.PLAINWEAR not in labels
    if "top/plain blue" in done:  # blue alone makes no work clothes
        assert not labels & {Label.WORKWEAR, Label.PLAINWEAR}
        assert Label.WORKWEAR not in canvas.known


def test_a_vest_is_not_dyed_over() -> None:
    refused = 0
    for seed in range(12):
        canvas, body = standing()
        canvas.boxes.append((Label.VEST, TORSO))
        outcome = people.dress(canvas, [body], np.random.default_rng(seed), drawn_covers())
        assert not outcome.edited["top"] or outcome.done["top/printed stripes"]
        refused += sum("vest" in reason for reason in outcome.refused)
    assert refused


def test_a_body_without_a_mask_is_left_alone() -> None:
    canvas, body = standing()
    before = canvas.pixels.copy()
    empty = replace(body, mask=np.zeros_like(body.mask))
    people.dress(canvas, [empty], np.random.default_rng(0), drawn_covers())
    np.testing.assert_array_equal(canvas.pixels, before)

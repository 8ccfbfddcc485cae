"""The drawn card: proportions, a QR code that reads, transparency."""

import cv2
import numpy as np
import pytest

from datasets.synthesis import card


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(20))
def test_a_card_has_the_proportions_of_a_badge(seed: int) -> None:
    drawing, size = card.draw_card(_rng(seed))
    assert drawing.shape[1] / drawing.shape[0] == pytest.approx(size[0] / size[1], rel=0.02)
    assert drawing.shape[2] == 4
    assert drawing.min() >= 0
    assert drawing.max() <= 255
    # Without the holder's rim, equal on all sides, it is one of the two formats.
    formats = [f for w, h in (card.COMPANY_CARD, card.ID1_CARD) for f in ((w, h), (h, w))]
    rims = [((size[0] - w) / 2, (size[1] - h) / 2) for w, h in formats]
    assert any(a == pytest.approx(b) and 1 <= a <= 5 for a, b in rims)


def test_both_formats_and_both_ways_up_are_drawn() -> None:
    sizes = [card.draw_card(_rng(seed))[1] for seed in range(60)]
    assert {w > h for w, h in sizes} == {True, False}
    assert {max(s) > 95 for s in sizes} == {True, False}


def test_some_cards_are_pale_backs_unless_a_number_must_be_on_them() -> None:
    def inked(number: str | None, seed: int) -> bool:
        """Whether a tenth of the card is coloured or dark."""
        drawing = card.draw_card(_rng(seed), number)[0][..., :3]
        return bool((np.ptp(drawing, axis=2) > 60).mean() > 0.1 or (drawing < 120).mean() > 0.1)

    assert 0.6 < np.mean([inked(None, seed) for seed in range(80)]) < 0.97
    assert all(inked("SZ-10234", seed) for seed in range(20))


def test_the_qr_code_reads() -> None:
    code = np.pad(card.qr_code(_rng(3), 20.0), ((20, 20), (20, 20), (0, 0)), constant_values=255)
    big = cv2.resize(code.astype(np.uint8), None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(big)
    assert text.startswith("ID-")


@pytest.mark.parametrize("draw", [card.draw_phone, card.draw_pen])
def test_near_misses_have_no_card_proportions(draw) -> None:  # type: ignore[no-untyped-def]
    drawing, (width, height) = draw(_rng(1))
    assert height / width > 1.9  # an upright card: 1.33 or 1.59
    assert drawing[..., 3].max() == 255


def test_same_seed_same_card() -> None:
    first, _ = card.draw_card(_rng(7))
    again, _ = card.draw_card(_rng(7))
    np.testing.assert_array_equal(first, again)

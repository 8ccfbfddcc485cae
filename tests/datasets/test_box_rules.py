"""The rules that turn a source's way of boxing into ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.box_rules import HEAD_ASPECT, to_bare_head, to_shell, to_whole_head
from datasets.boxes import Box
from datasets.records import _clip
from datasets.sources import SOURCES


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 86, 100), (10.32, 10, 81.7, 62)),
        ((10, 20, 20, 30), (11.2, 21, 19.5, 26.2)),
        ((5, 5, 5, 5), (5, 5, 5, 5)),
    ],
)
def test_to_shell(box: Box, expected: Box) -> None:
    assert to_shell(box) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 85, 40), (0, 0, 85, 100)),  # hair only: down to the chin
        ((0, 0, 85, 100), (0, 0, 85, 100)),  # a whole head stays
        ((0, 0, 40, 100), (0, 0, 40, 100)),  # never shortened
        ((10, 20, 27, 25), (10, 20, 27, 40)),
    ],
)
def test_to_whole_head(box: Box, expected: Box) -> None:
    assert to_whole_head(box) == pytest.approx(expected)


@pytest.mark.parametrize("rule", [to_shell, to_bare_head])
@given(x=st.floats(-50, 50), y=st.floats(-50, 50), scale=st.floats(0.1, 10))
def test_loose_boxes_keep_their_part_wherever_they_lie(rule, x, y, scale) -> None:  # type: ignore[no-untyped-def]
    moved = rule((x, y, x + 86 * scale, y + 100 * scale))
    at = (x, y, x, y)
    expected = [o + scale * v for o, v in zip(at, rule((0.0, 0.0, 86.0, 100.0)), strict=True)]
    assert moved == pytest.approx(tuple(expected), abs=1e-6)


def test_a_bare_head_boxed_loosely_gets_the_shape_of_one() -> None:
    x1, y1, x2, y2 = to_bare_head((0.0, 0.0, 0.88, 1.0))
    assert (x2 - x1) / (y2 - y1) == pytest.approx(HEAD_ASPECT, abs=0.02)


def test_a_helmet_with_face_gets_the_shape_of_a_shell() -> None:
    x1, y1, x2, y2 = to_shell((0.0, 0.0, 0.86, 1.0))
    assert (x2 - x1) / (y2 - y1) == pytest.approx(1.37, abs=0.01)


@st.composite
def pictures_with_a_box(draw: st.DrawFn) -> tuple[tuple[int, int], Box]:
    size = draw(st.tuples(st.integers(8, 4000), st.integers(8, 4000)))
    share = st.floats(0, 1)
    xs = sorted((draw(share) * size[0], draw(share) * size[0]))
    ys = sorted((draw(share) * size[1], draw(share) * size[1]))
    return size, (xs[0], ys[0], xs[1], ys[1])


RULES = sorted(
    {target.rule for source in SOURCES for target in source.classes.values()},
    key=lambda rule: rule.__name__,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@given(case=pictures_with_a_box())
def test_converted_boxes_stay_inside_the_picture(rule, case) -> None:  # type: ignore[no-untyped-def]
    size, box = case
    x1, y1, x2, y2 = _clip(rule(box), size)
    assert 0 <= x1 <= x2 <= size[0]
    assert 0 <= y1 <= y2 <= size[1]
    if rule not in (to_shell, to_bare_head):
        assert (x1, y1, x2) == box[:3]  # only the lower edge moves


@given(case=pictures_with_a_box())
def test_shells_lie_in_their_box_and_heads_hold_theirs(case: tuple[tuple[int, int], Box]) -> None:
    _, box = case
    for rule in (to_shell, to_bare_head):
        x1, y1, x2, y2 = rule(box)
        assert box[0] <= x1 <= x2 <= box[2]
        assert box[1] <= y1 <= y2 <= box[3]
    head = to_whole_head(box)
    assert head[3] >= box[3]
    assert (head[2] - head[0]) <= HEAD_ASPECT * (head[3] - head[1]) + 1e-6

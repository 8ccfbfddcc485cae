"""The rules that turn a source's way of boxing into ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.records import _clip
from datasets.sources import HEAD_ASPECT, SHELL_SHARE, SOURCES, Box, to_shell, to_whole_head


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 86, 100), (0, 0, 86, 63)),
        ((10, 20, 20, 30), (10, 20, 20, 26.3)),
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
    assert (x1, y1, x2) == box[:3]  # only the lower edge moves


@given(case=pictures_with_a_box())
def test_shells_lie_in_their_box_and_heads_hold_theirs(case: tuple[tuple[int, int], Box]) -> None:
    _, box = case
    height = box[3] - box[1]
    assert to_shell(box)[3] - box[1] == pytest.approx(SHELL_SHARE * height)
    head = to_whole_head(box)
    assert head[3] >= box[3]
    assert (head[2] - head[0]) <= HEAD_ASPECT * (head[3] - head[1]) + 1e-6

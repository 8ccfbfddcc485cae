"""Boxes → people with their parts: whose helmet, which chest, who is the subject."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.networks import box
from vision import Box, Label, Person, Scene
from vision.detections import from_boxes
from vision.labels import LABELS
from vision.scene import understand

FLOORS = dict.fromkeys(Label, 0.2)
SIZE = (640, 480)

PERSON = box(Label.PERSON, 200, 20, 440, 470)
WIDE = replace(PERSON, x1=150, x2=490)
HELMET = box(Label.HELMET, 270, 25, 370, 105)
HEAD = box(Label.HEAD, 275, 30, 365, 150)
TORSO = box(Label.WORKWEAR, 215, 170, 425, 460)
BADGE = box(Label.BADGE, 300, 240, 340, 290)


def moved(thing: Box, dx: float, dy: float = 0.0) -> Box:
    return replace(thing, x1=thing.x1 + dx, x2=thing.x2 + dx, y1=thing.y1 + dy, y2=thing.y2 + dy)


def scaled(thing: Box, factor: float) -> Box:
    return replace(
        thing,
        x1=thing.x1 * factor,
        y1=thing.y1 * factor,
        x2=thing.x2 * factor,
        y2=thing.y2 * factor,
    )


def scene_of(*things: Box, size: tuple[int, int] = SIZE) -> Scene:
    return understand(from_boxes(things), size, FLOORS)


def only_person(*things: Box) -> Person:
    (person,) = scene_of(*things).people
    return person


def test_parts_go_to_their_person() -> None:
    strip = box(Label.STRIP, 225, 330, 415, 345, 0.875)
    vest = replace(TORSO, label=Label.VEST)
    glasses = box(Label.SUNGLASSES, 285, 80, 355, 100, 0.875)
    foot = box(Label.SHOES, 230, 430, 280, 470, 0.875)
    things = [replace(t, score=0.875) for t in (PERSON, HELMET, HEAD, TORSO, BADGE, vest)]
    person, helmet, head, torso, badge, vest = things

    scene = scene_of(*things, strip, glasses, foot)

    assert scene.people == (
        Person(
            box=person,
            helmets=(helmet,),
            heads=(head,),
            torsos=(torso,),
            vests=(vest,),
            badges=(badge,),
            sunglasses=(glasses,),
            strips=(strip,),
            feet=(foot,),
        ),
    )
    assert scene.loose == ()
    assert scene.subjects == scene.people


@pytest.mark.parametrize(
    ("helmet", "worn", "held", "loose"),
    [
        (HELMET, 1, 0, 0),
        (moved(HELMET, 0, -20), 1, 0, 0),  # the person's box ends at the hair
        (box(Label.HELMET, 340, 350, 430, 430), 0, 1, 0),
        (box(Label.HELMET, 500, 380, 580, 440), 0, 0, 1),
        (box(Label.HELMET, 20, 20, 90, 80), 0, 0, 1),
    ],
    ids=["on the head", "above the box", "held below", "on the table", "on the shelf"],
)
def test_where_a_helmet_is(helmet: Box, worn: int, held: int, loose: int) -> None:
    scene = scene_of(PERSON, HEAD, TORSO, helmet)
    (person,) = scene.people
    assert (len(person.helmets), len(person.held_helmets), len(scene.loose)) == (worn, held, loose)


def test_helmet_on_the_neighbour_is_not_mine() -> None:
    """Two people whose boxes overlap; only the right one wears a helmet."""
    dx = 170
    scene = scene_of(PERSON, moved(PERSON, dx), HEAD, moved(HELMET, dx), TORSO, moved(TORSO, dx))
    left, right = sorted(scene.people, key=lambda person: person.box.x1)
    assert (len(left.helmets), len(left.heads), len(left.torsos)) == (0, 1, 1)
    assert (len(right.helmets), len(right.heads), len(right.torsos)) == (1, 0, 1)
    assert scene.loose == ()


@pytest.mark.parametrize(
    ("badge", "chest", "stray", "loose"),
    [
        (BADGE, 1, 0, 0),
        (box(Label.BADGE, 230, 200, 260, 240), 1, 0, 0),
        (box(Label.BADGE, 300, 430, 330, 458), 0, 1, 0),
        (box(Label.BADGE, 300, 100, 330, 140), 0, 1, 0),
        (box(Label.BADGE, 520, 400, 560, 440), 0, 0, 1),
    ],
    ids=["chest", "pocket", "belt", "face", "table"],
)
def test_where_a_card_is(badge: Box, chest: int, stray: int, loose: int) -> None:
    scene = scene_of(PERSON, HEAD, TORSO, badge)
    (person,) = scene.people
    found = (len(person.badges), len(person.stray_badges), len(scene.loose))
    assert found == (chest, stray, loose)


def test_card_without_a_torso_box() -> None:
    """The head says where the chest begins."""
    chest, face = BADGE, box(Label.BADGE, 300, 60, 330, 100)
    person = only_person(WIDE, HEAD, replace(chest, score=0.8), replace(face, score=0.7))
    assert [badge.y1 for badge in person.badges] == [chest.y1]
    assert [badge.y1 for badge in person.stray_badges] == [face.y1]


def test_everything_under_its_floor_vanishes() -> None:
    things = [replace(t, score=0.19) for t in (PERSON, HELMET, HEAD, TORSO, BADGE)]
    scene = scene_of(*things)
    assert scene.people == ()
    assert scene.loose == ()
    assert scene.subjects == ()


def test_label_without_a_floor_vanishes() -> None:
    scene = understand(from_boxes([PERSON, HELMET]), SIZE, {Label.PERSON: 0.2})
    assert [person.box.label for person in scene.people] == [Label.PERSON]
    assert scene.people[0].helmets == ()


def test_torso_without_a_person_box_makes_a_person() -> None:
    person = only_person(replace(TORSO, score=0.5), HEAD, BADGE)
    assert person.box.label is Label.PERSON
    assert person.box.y1 < HEAD.y2
    assert len(person.heads) == len(person.torsos) == len(person.badges) == 1


def test_two_kinds_of_clothes_are_one_person() -> None:
    person = only_person(TORSO, replace(TORSO, label=Label.PLAINWEAR, score=0.5))
    assert [torso.label for torso in person.torsos] == [Label.WORKWEAR, Label.PLAINWEAR]
    assert person.torso is not None
    assert person.torso.label is Label.WORKWEAR


def test_person_boxed_twice_is_one_person() -> None:
    assert only_person(PERSON, replace(moved(PERSON, 5), score=0.6)).box.score == pytest.approx(0.9)


def test_weak_box_of_half_a_person_takes_nothing_away() -> None:
    """What a weak box inside a sure one would claim stays with the person."""
    echo = box(Label.PERSON, 250, 60, 400, 300, 0.3)
    glasses = box(Label.SUNGLASSES, 285, 80, 355, 100)
    person = only_person(PERSON, HEAD, TORSO, glasses, echo)
    assert person.box.score == pytest.approx(PERSON.score)
    assert len(person.sunglasses) == 1


def test_child_in_front_of_its_parent_is_somebody() -> None:
    child = tuple(moved(scaled(b, 0.5), 200, 220) for b in (PERSON, HEAD, TORSO))
    assert len(scene_of(*ME, *child).people) == 2


@pytest.mark.parametrize(
    ("things", "card", "chest"),
    [
        ((box(Label.PERSON, 100, 0, 500, 480),), (280, 400, 340, 460), True),
        ((box(Label.PERSON, 200, 0, 360, 470),), (260, 300, 300, 350), False),
        ((PERSON, HEAD, box(Label.WORKWEAR, 215, 170, 425, 479)), (300, 430, 330, 458), True),
        ((WIDE, HEAD, box(Label.WORKWEAR, 215, 170, 300, 250, 0.21)), BADGE, True),
    ],
    ids=["close-up of a chest", "legs below", "cut off above the belt", "doubtful torso box"],
)
def test_where_the_chest_ends(
    things: tuple[Box, ...], card: Box | tuple[float, float, float, float], chest: bool
) -> None:
    badge = card if isinstance(card, Box) else box(Label.BADGE, *card)
    person = only_person(*things, badge)
    assert (len(person.badges), len(person.stray_badges)) == (int(chest), int(not chest))


@pytest.mark.parametrize("label", [Label.LITTER, Label.SHOE_COVER, Label.TOOL])
def test_things_beside_people_stay_loose(label: Label) -> None:
    scene = scene_of(PERSON, box(label, 500, 400, 600, 470))
    assert [thing.label for thing in scene.loose] == [label]
    assert scene.all(label) == list(scene.loose)


def test_litter_belongs_to_nobody() -> None:
    scene = scene_of(PERSON, box(Label.LITTER, 300, 420, 340, 460))
    assert len(scene.all(Label.LITTER)) == 1


def test_feet_of_everybody_best_first() -> None:
    mine = box(Label.SHOES, 230, 430, 280, 470, 0.5)
    loose = box(Label.SHOE_COVER, 500, 400, 560, 470, 0.75)
    scene = scene_of(PERSON, mine, loose)
    assert scene.feet() == [loose, mine]


ME = (PERSON, HEAD, TORSO)


@pytest.mark.parametrize(
    "others",
    [
        (),
        tuple(scaled(b, 0.3) for b in ME),
        tuple(moved(scaled(b, 0.3), 480) for b in ME),
        tuple(scaled(b, 0.3) for b in ME) + tuple(moved(scaled(b, 0.25), 500) for b in ME),
    ],
    ids=["alone", "small on the left", "small on the right", "small on both sides"],
)
def test_subject_of_a_selfie_with_bystanders(others: tuple[Box, ...]) -> None:
    scene = scene_of(*ME, *others)
    (subject,) = scene.subjects
    assert subject.box.height == pytest.approx(PERSON.height)


def test_subject_need_not_be_the_first_or_the_surest() -> None:
    bystander = tuple(replace(scaled(b, 0.3), score=0.99) for b in ME)
    scene = scene_of(*bystander, *ME)
    (subject,) = scene.subjects
    assert subject.box.height == pytest.approx(PERSON.height)


def test_two_equal_people_have_no_subject() -> None:
    scene = scene_of(*(moved(b, -150) for b in ME), *(moved(b, 150) for b in ME))
    assert len(scene.people) == 2
    assert set(scene.subjects) == set(scene.people)


def test_empty_photo() -> None:
    scene = scene_of()
    assert (scene.people, scene.loose, scene.subjects) == ((), (), ())
    assert scene.feet() == []


@st.composite
def any_box(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, 600)), draw(st.integers(0, 440))
    width, height = draw(st.integers(0, 640)), draw(st.integers(0, 480))
    score = draw(st.sampled_from([0.125, 0.25, 0.5, 0.75, 1.0]))
    label = draw(st.sampled_from(LABELS))
    return Box(label, score, x, y, min(x + width, 640), min(y + height, 480))


@given(st.lists(any_box(), max_size=15))
def test_no_box_is_lost_or_counted_twice(things: list[Box]) -> None:
    """Whatever the network says: what is over its floor is on one person or loose, once.

    Only a head that is not where a head must be is on nobody.
    """
    scene = scene_of(*things)

    found = list(scene.loose)
    for p in scene.people:
        found += (*p.helmets, *p.held_helmets, *p.heads, *p.torsos, *p.vests, *p.badges)
        found += (*p.stray_badges, *p.sunglasses, *p.strips, *p.feet)
    apart = {Label.PERSON, Label.TOOL, Label.HEAD}  # a tool in a hand is nobody's part
    expected = [b for b in things if b.score >= FLOORS[b.label] and b.label not in apart]
    assert Counter(b for b in found if b.label not in apart) == Counter(expected)
    assert set(scene.subjects) <= set(scene.people)
    assert bool(scene.subjects) == bool(scene.people)
    areas = [p.box.area for p in scene.people]
    assert areas == sorted(areas, reverse=True)


@given(st.lists(any_box(), max_size=12))
def test_order_of_detections_does_not_matter(things: list[Box]) -> None:
    distinct = [replace(b, score=1 - i / 32) for i, b in enumerate(things)]
    assert scene_of(*distinct[::-1]) == scene_of(*distinct)

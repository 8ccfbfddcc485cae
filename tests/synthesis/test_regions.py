"""Where people are looked for."""

from pathlib import Path

from datasets.records import Record
from datasets.synthesis.regions import MAX_PEOPLE, regions_of
from vision.labels import Label

Box = tuple[float, float, float, float]


def _record(*boxes: tuple[Label, Box]) -> Record:
    return Record("x", Path("x.webp"), (640, 480), "x/x", boxes, frozenset())


def test_people_come_first() -> None:
    person, torso = (100.0, 50.0, 220.0, 400.0), (110.0, 100.0, 210.0, 220.0)
    (region,) = regions_of(_record((Label.PERSON, person), (Label.WORKWEAR, torso)))
    assert region[0] < person[0]
    assert region[3] > person[3]


def test_torsos_are_grown_to_people() -> None:
    torso = (110.0, 150.0, 210.0, 270.0)
    (region,) = regions_of(_record((Label.PLAINWEAR, torso)))
    assert region[1] < 150 - 0.5 * 120  # the head
    assert region[3] > 270 + 1.5 * 120  # the legs


def test_small_people_are_left_alone() -> None:
    assert regions_of(_record((Label.PERSON, (0.0, 0.0, 40.0, 100.0)))) == []


def test_without_boxes_the_whole_picture_is_looked_at() -> None:
    assert regions_of(_record()) == [(0.0, 0.0, 640.0, 480.0)]


def test_a_crowd_is_cut_to_its_largest() -> None:
    people = [(Label.PERSON, (50.0 * k, 0.0, 50.0 * k + 90, 200.0 + k)) for k in range(8)]
    assert len(regions_of(_record(*people))) == MAX_PEOPLE

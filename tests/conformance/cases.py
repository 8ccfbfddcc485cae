"""What the vectors ask: the tables of the rules' own tests, and what those leave out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from edge.phone_data import SERVER_ONLY
from tests.vision.networks import NOTHING, UNCLEAR
from tests.vision.pictures import NAVY, ORANGE, WHITE, Pixels, canvas, encode, paint
from tests.vision.test_rules import (
    BADGE,
    CASES,
    DRESSED,
    GLASSES,
    GOOD_COLOURS,
    HEAD,
    HELMET,
    LEFT,
    LITTER,
    NEIGHBOUR,
    PERSON,
    PLAIN,
    RIGHT,
    SLEEVE,
    STRIP,
    TORSO,
    VEST,
    WORN,
    Painted,
    blurred,
    burnt_out,
    dark,
    scored,
)
from vision import Box, Label, Shot
from vision.manifest import MessFacts, RuleFacts
from vision.policy import RuleId
from vision.rules import RULES

MESS = MessFacts(present=0.6, absent=0.3, why="chosen for the tests")
OWN_THRESHOLDS = tuple(
    RuleFacts(rule=rule, label=label, supported=supported, present=0.3, absent=0.1, why="chosen")
    for rule, label, supported in (
        (RuleId.HELMET_WORN, Label.HELMET, True),
        (RuleId.UNIFORM_WORN, Label.PLAINWEAR, True),
        (RuleId.BADGE_WORN, Label.BADGE, False),
        (RuleId.SHOES_COVERS, Label.SHOE_COVER, True),
        (RuleId.SITE_CLEAN, Label.LITTER, True),
    )
)
EVERYTHING = (*WORN, BADGE, STRIP, SLEEVE, GLASSES, LEFT, RIGHT, LITTER)


@dataclass(frozen=True)
class Case:
    """What the network sees in which picture.

    Attributes:
        name: of the case.
        sees: boxes in pixels of the network's input.
        shot: None lets the scene decide.
        picture: the bytes of a PNG.
        unsupported: labels the manifest says the network cannot see.
        advisory: whether the policy's rules are all advisory.
        mess: what the network says of the place; None if its manifest has no thresholds for it.
        own_thresholds: whether some rules have thresholds of their own, `OWN_THRESHOLDS`.
    """

    name: str
    sees: tuple[Box, ...]
    shot: Shot | None
    picture: bytes
    unsupported: tuple[Label, ...] = ()
    advisory: bool = False
    mess: float | None = None
    own_thresholds: bool = False


def picture(*shows: Painted, pixels: Pixels | None = None) -> bytes:
    """A sharp, well lit grey picture with some rectangles in it."""
    pixels = canvas() if pixels is None else pixels
    for painted in shows:
        paint(pixels, painted.place, painted.colour)
    return encode(pixels, compress_level=9)


def cases() -> Iterator[Case]:
    """Every case, in a fixed order."""
    for shot, case in CASES:
        if case.rule not in SERVER_ONLY:
            yield Case(f"{case.rule}: {case.name}", case.sees, shot, picture(*case.shows))
    yield from _colours()
    yield from _unsupported()
    yield from _poor()
    yield from _shots()
    yield from _scenes()
    yield from _mess()
    yield from _own_thresholds()


def _colours() -> Iterator[Case]:
    """Helmets and clothes between right and wrong, and lights of one colour."""
    for place, colour in ((HELMET, ORANGE), (TORSO, NAVY)):
        for share in (0.2, 0.3, 0.4, 0.5, 0.6):
            part = replace(place, y2=place.y1 + share * place.height)
            shows = (Painted(place, WHITE), Painted(part, colour))
            yield Case(f"{share:.0%} of the {place.label}", WORN, Shot.SELFIE, picture(*shows))
    yield Case("right colours", DRESSED, Shot.SELFIE, picture(*GOOD_COLOURS))
    for name, light in (("warm", (1.3, 1.0, 0.6)), ("cold", (0.7, 1.0, 1.4))):
        lit = (canvas() * np.array(light)).clip(0, 255).astype(np.uint8)
        yield Case(f"{name} light", DRESSED, Shot.SELFIE, picture(*GOOD_COLOURS, pixels=lit))


def _unsupported() -> Iterator[Case]:
    """Whatever one class less leaves of the answers."""
    shots = {label: shot for shot, case in CASES for label in sorted(RULES[case.rule].needs)}
    for label in (*shots, Label.STRIP, Label.TOOL):
        shot = shots.get(label, Shot.SELFIE)
        yield Case(f"no {label} known", EVERYTHING, shot, picture(*GOOD_COLOURS), (label,))
    yield Case("vest, no strips known", (*WORN, VEST), Shot.SELFIE, picture(), (Label.STRIP,))


def _poor() -> Iterator[Case]:
    """Photos on which nothing can be told."""
    for name, data in (("dark", dark()), ("burnt out", burnt_out()), ("blurred", blurred())):
        for what, sees in (("good", DRESSED), ("bad", (PERSON, HEAD, PLAIN))):
            yield Case(f"{name}, {what}", sees, Shot.SELFIE, data)


def _shots() -> Iterator[Case]:
    """Guessed shots, shots of which nothing is asked, rules that only advise."""
    for name, sees in (
        ("selfie", WORN),
        ("person without parts", (PERSON,)),
        ("torso alone", (TORSO,)),
        ("feet", (LEFT, RIGHT)),
        ("legs", (Box(Label.PERSON, 0.9, 200, 2, 440, 470),)),
        ("nothing", ()),
        ("litter", (LITTER,)),
        ("faint torso", (scored(TORSO, UNCLEAR),)),
    ):
        yield Case(f"guessed: {name}", sees, None, picture())
    for shot in (Shot.SITE_BEFORE, Shot.KIT):
        yield Case(f"nothing asked of {shot}", WORN, shot, picture())
    yield Case("only advice", (PERSON, HEAD, PLAIN), Shot.SELFIE, picture(), advisory=True)


def _scenes() -> Iterator[Case]:
    """Parts, doubles, neighbours: everything thrown about at random, the same on every run."""
    yield Case("everything at once", EVERYTHING, Shot.SELFIE, picture(*GOOD_COLOURS))
    yield Case("faint vest", (*WORN, scored(VEST, UNCLEAR)), Shot.SELFIE, picture())
    yield Case("somebody beside", (*DRESSED, *NEIGHBOUR), Shot.SELFIE, picture(*GOOD_COLOURS))
    chance = np.random.default_rng(0)
    things = (*DRESSED, HEAD, PLAIN, VEST, GLASSES, LEFT, RIGHT, LITTER, *NEIGHBOUR)
    for number in range(60):
        chosen = chance.choice(len(things), size=chance.integers(3, len(things)), replace=False)
        sees = tuple(_moved(things[index], chance) for index in chosen)
        shot = (Shot.SELFIE, Shot.SHOES, Shot.SITE_AFTER, None)[number % 4]
        yield Case(f"thrown about {number}", sees, shot, picture(*GOOD_COLOURS))


def _moved(box: Box, chance: np.random.Generator) -> Box:
    """Somewhere near, a little larger or smaller, surer or less sure."""
    dx, dy, dw, dh = chance.normal(0, 12, 4)
    x1, y1 = float(np.clip(box.x1 + dx, 0, 600)), float(np.clip(box.y1 + dy, 0, 440))
    x2 = float(np.clip(box.x2 + dx + dw, x1 + 8, 640))
    y2 = float(np.clip(box.y2 + dy + dh, y1 + 8, 480))
    return Box(box.label, float(chance.uniform(0.1, 0.98)), x1, y1, x2, y2)


def _mess() -> Iterator[Case]:
    """What the whole place looks like, with and without things on the floor."""
    faint = scored(LITTER, UNCLEAR)
    for mess in (0.1, 0.3, 0.45, 0.6, 0.9):
        for name, sees in (("nothing", ()), ("litter", (LITTER,)), ("faint litter", (faint,))):
            yield Case(f"mess {mess}, {name}", sees, Shot.SITE_AFTER, picture(), mess=mess)


def _own_thresholds() -> Iterator[Case]:
    """Scores that are one thing for a rule with its own thresholds, another for the rest."""
    worn = (PERSON, HELMET, PLAIN, BADGE)
    feet = (LEFT, RIGHT)
    for score in (NOTHING, 0.2, UNCLEAR, 0.55):
        for shot, things in ((Shot.SELFIE, worn), (Shot.SHOES, feet), (Shot.SITE_AFTER, (LITTER,))):
            sees = tuple(thing if thing is PERSON else scored(thing, score) for thing in things)
            yield Case(f"{shot} seen with {score}", sees, shot, picture(), own_thresholds=True)

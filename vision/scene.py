"""Detections → Scene: people with their parts, and things that belong to nobody.

A helmet counts as worn only where a head must be: at the top of its person. A card counts as a
badge only on a chest. What fits no body stays loose: a helmet on a table, litter on the floor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vision.detections import Box, Detections, iou, share_inside
from vision.labels import Label

MIN_INSIDE = 0.6  # share of a part's area inside its person (boxes are drawn loosely)
SAME_THING = 0.5  # IoU above which helmet and bare head, or two torsos, are one place
SAME_PERSON = 0.55  # IoU above which two boxes are one person
ECHO = 0.5  # a person's box with less than this share of the score of one it overlaps is that one
OVERLAP = 0.7  # ... if this share of the smaller of the two lies in the other
TRUSTED = 0.25  # a torso or head seen worse than this says too little about where the chest is
LOW_CARD = 0.5  # of a person's height: so far below their box a card may still be theirs
EDGE = 0.02  # of the picture: what ends nearer to its edge than this goes on outside
CLEAR_SUBJECT = 0.75  # everybody else's head must be smaller than this share of the subject's
HEADS_PER_BODY = 7.0  # a standing adult is about seven heads tall
CHEST_HEADS = 2.1  # ... and the belt is this many below the chin
SHELL_SHARE = 0.63  # of a head with a helmet on it: shapes of both in `datasets/DATA_CARD.md`

HEAD_PARTS = (Label.HELMET, Label.HEAD, Label.SUNGLASSES)
TORSOS = (Label.WORKWEAR, Label.PLAINWEAR)
FEET = (Label.SHOES, Label.SHOE_COVER, Label.SLIPPER)


@dataclass(frozen=True)
class Person:
    """One person and what is on them; lists are best score first.

    Attributes:
        box: the whole visible person.
        helmets: on the head.
        held_helmets: inside the person's box, but not on the head.
        heads: bare heads.
        torsos: work clothes and other clothes seen on the torso.
        badges: cards on the chest.
        stray_badges: cards on the person, but not on the chest (belt, hand).
    """

    box: Box
    helmets: tuple[Box, ...] = ()
    held_helmets: tuple[Box, ...] = ()
    heads: tuple[Box, ...] = ()
    torsos: tuple[Box, ...] = ()
    vests: tuple[Box, ...] = ()
    badges: tuple[Box, ...] = ()
    stray_badges: tuple[Box, ...] = ()
    sunglasses: tuple[Box, ...] = ()
    strips: tuple[Box, ...] = ()
    feet: tuple[Box, ...] = ()

    @property
    def head_place(self) -> Box | None:
        """Where the head is: bare head or helmet, whichever is seen better."""
        found = sorted(self.heads + self.helmets, key=lambda box: -box.score)
        return found[0] if found else None

    @property
    def torso(self) -> Box | None:
        """The torso seen best, vest included."""
        found = sorted(self.torsos + self.vests, key=lambda box: -box.score)
        return found[0] if found else None


@dataclass(frozen=True)
class Scene:
    """One photo, understood.

    Attributes:
        size: (width, height) of the decoded photo in pixels.
        people: largest first.
        loose: what belongs to nobody.
        subjects: whom a selfie may be of, nearest first: one, unless others are about as near.
        mess: probability that the place is messy; None if the network does not say.
    """

    size: tuple[int, int]
    people: tuple[Person, ...]
    loose: tuple[Box, ...]
    subjects: tuple[Person, ...]
    mess: float | None = None

    def feet(self) -> list[Box]:
        """Every visible foot, best score first; in a shoe photo the owner is often out of frame."""
        found = [foot for person in self.people for foot in person.feet]
        found += [box for box in self.loose if box.label in FEET]
        return sorted(found, key=lambda box: -box.score)

    def all(self, label: Label) -> list[Box]:
        """Every loose thing of one label, best score first."""
        return [box for box in self.loose if box.label == label]


def understand(
    detections: Detections, size: tuple[int, int], floors: Mapping[Label, float]
) -> Scene:
    """Make people with parts out of boxes.

    Args:
        detections: of the decoded photo.
        size: (width, height) of the decoded photo.
        floors: for each label the score under which a box is not there at all (`absent` of the
            manifest); labels without a floor are dropped.
    """
    boxes = [box for box in detections.boxes() if box.score >= floors.get(box.label, 1.0)]
    people = _people(boxes)
    parts: list[list[Box]] = [[] for _ in people]
    loose: list[Box] = []
    for box in boxes:
        if box.label == Label.PERSON:
            continue
        # Litter in front of somebody is still litter.
        owner = None if box.label == Label.LITTER else _owner(box, people)
        if owner is None:
            loose.append(box)
        else:
            parts[owner].append(box)
    built = [_dress(person, own, size[1]) for person, own in zip(people, parts, strict=True)]
    built.sort(key=lambda person: -person.box.area)
    return Scene(size, tuple(built), tuple(loose), _subjects(built, size), detections.mess)


def _people(boxes: Sequence[Box]) -> list[Box]:
    """Person boxes, and one for every torso that no person box explains."""
    people = [b for b in boxes if b.label == Label.PERSON]
    for torso in boxes:
        if torso.label not in TORSOS:
            continue
        if not any(share_inside(torso, person) >= MIN_INSIDE for person in people):
            # A torso is about 45 % of a person seen to the hips; the head is 1/3 above it.
            grown = replace(
                torso,
                label=Label.PERSON,
                x1=torso.x1 - 0.1 * torso.width,
                x2=torso.x2 + 0.1 * torso.width,
                y1=max(0.0, torso.y1 - 0.6 * torso.height),
            )
            people.append(grown)
    return _drop_doubles(sorted(people, key=lambda box: -box.score))


def _drop_doubles(people: Sequence[Box]) -> list[Box]:
    """One person now and then has several boxes, best first: two alike, or weak ones of a part."""
    kept: list[Box] = []
    for person in people:
        if not any(iou(person, o) >= SAME_PERSON or _echoes(person, o) for o in kept):
            kept.append(person)
    return kept


def _echoes(weak: Box, sure: Box) -> bool:
    """Whether a weak box is but a part of a surer one, or drawn loosely around it.

    A child in front of its parent is nested too, but about as sure.
    """
    nested = max(share_inside(weak, sure), share_inside(sure, weak)) >= OVERLAP
    return nested and weak.score < ECHO * sure.score


def _owner(part: Box, people: Sequence[Box]) -> int | None:
    """Index of the person a part belongs to.

    Of several people that contain the part, the one whose place for such a part is nearest: heads
    and helmets at the top, feet at the bottom, the rest in the middle, in units of person height.
    """
    best: tuple[float, int] | None = None
    for index, person in enumerate(people):
        room = _room(part, person)
        if share_inside(part, room) < MIN_INSIDE:
            continue
        x, y = part.centre
        if part.label in HEAD_PARTS:
            place = person.y1 + part.height / 2
        elif part.label in FEET:
            place = person.y2 - part.height / 2
        else:
            place = y
        away = abs(y - place) / max(person.height, 1) + abs(x - person.centre[0]) / max(
            person.width, 1
        )
        if best is None or away < best[0]:
            best = (away, index)
    return None if best is None else best[1]


def _room(part: Box, person: Box) -> Box:
    """Where a part of this person may lie.

    A person's box now and then ends at the hair: a helmet or head may stick out above it. In a
    close-up of a chest it often ends above the card.
    """
    if part.label in HEAD_PARTS:
        return replace(person, y1=person.y1 - part.height)
    if part.label == Label.BADGE:
        return replace(person, y2=person.y2 + LOW_CARD * person.height)
    return person


def _dress(person: Box, parts: Sequence[Box], bottom: float) -> Person:
    """Sort one person's parts, best score first, into what they are on the body.

    Args:
        person: their box.
        parts: what belongs to them.
        bottom: the picture's lower edge, pixels.
    """

    def of(*labels: Label) -> tuple[Box, ...]:
        return tuple(p for p in parts if p.label in labels)

    heads = tuple(h for h in of(Label.HEAD) if _on_top(h, person))
    helmets = tuple(h for h in of(Label.HELMET) if _on_top(h, person))
    torsos = of(*TORSOS)
    chest = _chest(person, torsos + of(Label.VEST), heads, helmets, bottom)
    badges = of(Label.BADGE)
    return Person(
        box=person,
        helmets=helmets,
        held_helmets=tuple(h for h in of(Label.HELMET) if h not in helmets),
        heads=heads,
        torsos=torsos,
        vests=of(Label.VEST),
        badges=tuple(b for b in badges if centre_in(b, chest)),
        stray_badges=tuple(b for b in badges if not centre_in(b, chest)),
        sunglasses=of(Label.SUNGLASSES),
        strips=of(Label.STRIP),
        feet=of(*FEET),
    )


def _on_top(part: Box, person: Box) -> bool:
    """Whether a helmet or head is where this person's head must be.

    Its upper edge lies within one and a half of its own heights below the person's upper edge, or
    within a fifth of the person (arms raised above the head lift the person's box).
    """
    return part.y1 - person.y1 <= max(1.5 * part.height, 0.2 * person.height)


def _chest(
    person: Box, torsos: Sequence[Box], heads: Sequence[Box], helmets: Sequence[Box], bottom: float
) -> Box:
    """Where a badge may hang: from the neck down to just above the belt.

    What is cut off by the picture's lower edge is cut off above the belt: there the chest goes
    down to the edge, where cards on long lanyards hang.
    """
    torso = max(torsos, key=lambda box: box.score, default=None)
    if torso is not None and torso.score >= TRUSTED:
        cut_off = torso.y2 >= (1 - EDGE) * bottom
        return replace(torso, y2=torso.y1 + (1.0 if cut_off else 0.85) * torso.height)
    head = max((*heads, *helmets), key=lambda box: box.score, default=None)
    if head is not None and head.score >= TRUSTED:
        return chest_below(head, person)
    # Without a head either: a close-up of a chest (wide), or a body cut off at the neck (tall).
    share = 0.45 if person.height >= 1.8 * person.width else 1.0 + LOW_CARD
    return replace(person, y2=person.y1 + share * person.height)


def chest_below(head: Box, person: Box) -> Box:
    """From the chin (of a head, or of one under a helmet) to the belt, as wide as the person.

    It may end below the person's box, where that is cut off by the picture.
    """
    height = head.height / (SHELL_SHARE if head.label == Label.HELMET else 1.0)
    chin = head.y1 + height
    return replace(person, y1=chin, y2=chin + CHEST_HEADS * height)


def centre_in(part: Box, place: Box) -> bool:
    """Whether the middle of a part lies in a place."""
    x, y = part.centre
    return place.x1 <= x <= place.x2 and place.y1 <= y <= place.y2


def _subjects(people: Sequence[Person], size: tuple[int, int]) -> tuple[Person, ...]:
    """The person nearest to the camera and the middle, and everybody who is about as near.

    Nearness is the size of the head: boxes of whole people say more about where the picture ends.
    """

    def nearness(person: Person) -> float:
        off = abs(person.box.centre[0] / size[0] - 0.5)
        head = person.head_place
        height = max(head.width, head.height) if head else person.box.height / HEADS_PER_BODY
        return height * (1 - off)

    ranked = sorted(people, key=nearness, reverse=True)
    return tuple(p for p in ranked if nearness(p) >= CLEAR_SUBJECT * nearness(ranked[0]))

"""Chest: is it in the picture, so that something can be missed there?"""

from dataclasses import replace

from vision.detections import Box
from vision.rules.context import Context
from vision.scene import Person, chest_below

CHEST_SEEN = 0.7  # of the chest's height must be in the picture before something is missed there


def seen_chest(person: Person, context: Context) -> Box | None:
    """Where the chest surely is: a torso or vest, or else what lies below a head."""
    torso = context.seen(person.torsos + person.vests)
    if torso is not None:
        return torso
    head = context.seen(person.heads + person.helmets)
    if head is None or context.seen((person.box,)) is None:
        return None
    below = chest_below(head, person.box)
    seen = replace(below, y2=min(below.y2, person.box.y2))
    return seen if seen.height >= CHEST_SEEN * below.height else None

"""The label space: every kind of thing a detector of this project may name.

One list, `LABELS`, serves the training sources, the network and the rules. The order is the order
of the network's output channels, so new labels go at its end.
"""

from enum import StrEnum


class Label(StrEnum):
    """What one box is. A model's manifest lists the subset it can really see."""

    PERSON = "person"
    HELMET = "helmet"  # the shell only, worn or not
    HEAD = "head"  # a bare head, hair to chin
    WORKWEAR = "workwear"  # torso in work clothes, a vest over it included
    PLAINWEAR = "plainwear"  # torso in other clothes
    VEST = "vest"  # reflective or high-visibility vest
    SHOES = "shoes"  # one foot in any footwear without a cover
    BADGE = "badge"  # the card itself, without the lanyard
    SUNGLASSES = "sunglasses"
    SHOE_COVER = "shoe_cover"  # one foot in a disposable cover
    SLIPPER = "slipper"
    LITTER = "litter"
    TOOL = "tool"
    STRIP = "strip"  # one reflective strip
    # What `vision.restored` finds between two pictures; no network names them.
    NEW = "new"
    GONE = "gone"
    MOVED = "moved"


CHANGES = (Label.NEW, Label.GONE, Label.MOVED)
LABELS: tuple[Label, ...] = tuple(label for label in Label if label not in CHANGES)

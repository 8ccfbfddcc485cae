"""Choose the pictures and the regions in which people are looked for."""

from datasets.boxes import Box
from datasets.records import Record
from vision.labels import Label

PEOPLE_SOURCES = (
    "panly_workwear",
    "construction_ppe",
    "minhnkb",
    "badge_kphan_noid",
    "coco128",
    "coco_tiny",
    "rf100_construction_safety",
)
"""Sources with people large enough to edit; only their training pictures are used."""

MIN_TORSO = 90.0  # pixels; below, a 75-mm card is under 12 px wide
MIN_PERSON = 190.0  # pixels of height, the same for whole people
MAX_PEOPLE = 4  # a crowd hides chests and feet

TORSOS = frozenset({Label.WORKWEAR, Label.PLAINWEAR, Label.VEST})


def grow(box: Box, left: float, up: float, down: float) -> Box:
    """Widen a box by shares of its own size: `left` on both sides, `up` above, `down` below."""
    x1, y1, x2, y2 = box
    w, h = x2 - x1, y2 - y1
    return x1 - left * w, y1 - up * h, x2 + left * w, y2 + down * h


def regions_of(record: Record) -> list[Box]:
    """Where to look for bodies: person boxes, else around torso boxes, else the whole picture.

    Empty where no person is large enough.
    """
    people = [box for label, box in record.boxes if label is Label.PERSON]
    torsos = [box for label, box in record.boxes if label in TORSOS]
    if people:
        large = [b for b in people if b[3] - b[1] >= MIN_PERSON and b[2] - b[0] >= MIN_TORSO / 2]
        regions = [grow(b, 0.15, 0.06, 0.05) for b in large]
    elif torsos:
        large = [b for b in torsos if b[3] - b[1] >= MIN_TORSO]
        # A torso box is about 0.35 of a standing person: the head above, the legs below.
        regions = [grow(b, 0.45, 0.65, 1.7) for b in large]
    else:
        regions = [(0.0, 0.0, float(record.size[0]), float(record.size[1]))]
    regions.sort(key=lambda b: b[1] - b[3])
    return regions[:MAX_PEOPLE]

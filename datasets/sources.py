"""The table of training sources: how each one's own classes become our label space.

Two facts about public sets shape this table:

* **Labels are partial.** A source boxes only its own classes, so an unboxed helmet in a set without
  a helmet class says nothing. `Source.known` lists the labels about which a source is exhaustive;
  training masks the loss of every other label (`models.masked_loss`), evaluation skips them.
* **Helmets and bare heads are boxed in two ways.** Our `helmet` is the shell and our `head` is hair
  to chin. Sources that box helmet and face together, loosely, or only the hair, are converted by a
  rule of proportion (`datasets.box_rules`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from datasets.box_rules import (
    BoxRule,
    as_drawn,
    to_bare_head,
    to_hips,
    to_shell,
    to_whole_head,
    upper_body,
)
from datasets.boxes import Box
from vision.labels import LABELS, Label

Drawn = list[tuple[str, Box]]
"""One picture's boxes as the source draws them: its own class name, box."""


@dataclass(frozen=True)
class Target:
    """Where one class of a source goes.

    `label` None means: drop the box. With `hides`, a picture that holds such a box says nothing
    about those labels (an unsuitable shoe is still a shoe: neither a positive nor a negative).
    """

    label: Label | None
    rule: BoxRule = as_drawn
    hides: frozenset[Label] = frozenset()


@dataclass(frozen=True)
class Source:
    """One collection of pictures.

    Attributes:
        name: folder name.
        classes: the source's class name → our label; classes not listed are dropped.
        known: labels about which the source is exhaustive, present or absent.
        some: labels of which it, or another network for it (`read_sources`' `filled`), boxes some
            things and leaves out others: the boxes are trained on, the rest of the picture says
            nothing about them.
        held_out: labels it is exhaustive about in its validation pictures alone, which were gone
            through by hand (`added/corrections.csv`); those for training are as with `some`.
        refine: renames classes of one picture where their meaning hangs on the others in it.
        refined: the class names that `refine` makes.
        group: file stem → group; a group is never divided between training and validation.
        val_share: share of the groups held out; more where a class has few pictures, none where
            the pictures are rendered or too alike to measure with.
        pinned: groups placed by hand, where a hash would waste the few there are.
        repeat: how often an epoch shows each training picture; more for scarce classes.
        added: CSV of boxes drawn for this project (`datasets/added/`) in place of label files.
        synthetic: rendered or composed; never used for validation.
    """

    name: str
    classes: Mapping[str, Target]
    known: frozenset[Label]
    some: frozenset[Label] = frozenset()
    held_out: frozenset[Label] = frozenset()
    refine: Callable[[Drawn], Drawn] = field(default=lambda drawn: drawn)
    refined: tuple[str, ...] = ()
    group: Callable[[str], str] = field(default=lambda stem: stem)
    val_share: float = 0.15
    pinned: Mapping[str, Literal["train", "val"]] = field(default_factory=dict)
    repeat: int = 1
    added: str | None = None
    synthetic: bool = False


def _prefix_groups(*prefixes: str) -> Callable[[str], str]:
    """Stems that start with one of `prefixes` form one group each, all others stand alone."""

    def group(stem: str) -> str:
        return next((p for p in prefixes if stem.startswith(p)), stem)

    return group


def _frames(stem: str) -> str:
    """Frames of a few videos: the part of the name before the number."""
    return re.split(r"\d", stem.lstrip("-"), maxsplit=1)[0] or "numbered"


def _site_sequences(stem: str) -> str:
    """`construction_ppe` up to number 1116 is one group; from 1117 on its pictures stand alone.

    Up to there a few scenes (one man on a roof in some 200 pictures) come back turned, tinted and
    cut, as a look at all of them shows; `index.json` names only 32 of them.
    """
    return "sequences" if int(re.sub(r"\D", "", stem)) <= 1116 else stem


def _rendered_suits(drawn: Drawn) -> Drawn:
    """A rendered `uniform` is jacket and trousers together, in any colour.

    With strips, and with the head in the picture, it surely is a work suit seen from the top; else
    it decides nothing about clothes.
    """
    names = {name for name, _ in drawn}
    if "strip" not in names or not names & {"helmet", "bare_head"}:
        suit = "suit_unclear"
    elif names & {"shoe", "shoe_cover"}:
        suit = "suit_to_ankles"
    else:
        suit = "suit_to_hips"
    return [(suit if name == "uniform" else name, box) for name, box in drawn]


def _cover_groups(stem: str) -> str:
    """`shoe_covers/groups.tsv`: three video clips, and stills that show the same photo again."""
    if stem.startswith("vve_"):
        return "_".join(stem.split("_")[:2])
    same = {"kg02": "kg01", "cs01": "ru02", "ni03": "ru02", "ni05": "ni04", "gg08": "gg05"}
    return same.get(stem, stem)


def _known(*labels: Label) -> frozenset[Label]:
    return frozenset(labels)


L = Label
_T = Target
_OUTDOOR_ABSENT = frozenset({L.SHOE_COVER})  # building sites: nobody wears shoe covers there
_SHELL = _T(L.HELMET)
_WITH_FACE = _T(L.HELMET, to_shell)
_HEAD = _T(L.HEAD)
_LOOSE_HEAD = _T(L.HEAD, to_bare_head)
_HAIR = _T(L.HEAD, to_whole_head)


SOURCES: tuple[Source, ...] = (
    Source(
        "panly_workwear",
        {"helmet": _SHELL, "no_helmet": _HEAD, "wear": _T(L.WORKWEAR), "no_wear": _T(L.PLAINWEAR)},
        _known(L.HELMET, L.HEAD, L.WORKWEAR, L.PLAINWEAR) | _OUTDOOR_ABSENT,
        some=_known(L.PERSON, L.SHOES),  # added/filled.csv
    ),
    Source(
        "rf100_construction_safety",
        # no-vest may be work clothes or street clothes: it decides neither.
        {"helmet": _SHELL, "no-helmet": _HAIR, "person": _T(L.PERSON), "vest": _T(L.VEST)},
        _known(L.PERSON, L.HELMET, L.HEAD, L.VEST) | _OUTDOOR_ABSENT,
        some=_known(L.STRIP, L.SHOES),  # added/filled.csv
    ),
    Source(
        "construction_ppe",
        {
            "helmet": _SHELL,
            "no_helmet": _HAIR,
            "Person": _T(L.PERSON),
            "vest": _T(L.VEST),
            # Boxes of boots lie beside them or hold a leg too (DATA_CARD.md); shoes of validation
            # pictures were boxed by hand.
            "boots": _T(None, hides=_known(L.SHOES, L.SLIPPER)),
            "no_boots": _T(None, hides=_known(L.SHOES, L.SLIPPER)),
        },
        _known(L.PERSON, L.HELMET, L.HEAD, L.VEST, L.SHOES) | _OUTDOOR_ABSENT,
        some=_known(L.PERSON, L.HEAD, L.SHOES, L.STRIP),  # added/filled.csv
        held_out=_known(L.SHOES),  # street shoes are not boxed
        group=_site_sequences,
        pinned={"sequences": "train"},
    ),
    Source(
        "syook",
        {
            "person": _T(L.PERSON),
            "hard-hat": _SHELL,
            "vest": _T(L.VEST),
            "boots": _T(L.SHOES),
        },
        _known(L.PERSON, L.HELMET, L.VEST, L.SHOES) | _OUTDOOR_ABSENT,
        held_out=_known(L.SHOES),  # visitors' street shoes are not boxed
    ),
    Source(
        "minhnkb",
        {
            "helmet": _SHELL,
            "safety vest": _T(L.VEST),
            "person with full safety": _T(L.PERSON),
            "person with partial safety": _T(L.PERSON),
            "person without safety": _T(L.PERSON),
        },
        _known(L.PERSON, L.HELMET, L.VEST) | _OUTDOOR_ABSENT,
        some=_known(L.STRIP, L.SHOES),  # added/filled.csv
    ),
    Source(
        "css_v28_clean",
        {
            "Hardhat": _SHELL,
            "NO-Hardhat": _HAIR,
            "Person": _T(L.PERSON),
            "Safety Vest": _T(L.VEST),
        },
        _known(L.PERSON, L.HELMET, L.HEAD, L.VEST) | _OUTDOOR_ABSENT,
        some=_known(L.STRIP),  # added/filled.csv
    ),
    Source(
        "gdut_hwd_colour",
        # The colour names become facts for the colour rule's validation, not labels.
        {"none": _HEAD} | dict.fromkeys(("red", "blue", "white", "yellow"), _WITH_FACE),
        _known(L.HELMET, L.HEAD) | _OUTDOOR_ABSENT,
    ),
    Source(
        "helmets_univer",
        {"helmet": _WITH_FACE, "head": _LOOSE_HEAD},
        _known(L.HELMET, L.HEAD) | _OUTDOOR_ABSENT,
    ),
    Source(
        "worker_fan",
        {"Safty helmet": _WITH_FACE, "No helmet": _HEAD},
        _known(L.HELMET, L.SUNGLASSES) | _OUTDOOR_ABSENT,
        some=_known(L.HEAD),  # the near rows of a class room; two of three heads are not boxed
    ),
    Source(
        "hard_hat_sample",
        {"helmet": _WITH_FACE, "head": _LOOSE_HEAD},
        _known(L.HELMET, L.HEAD) | _OUTDOOR_ABSENT,
    ),
    Source(
        "arpit_helmet",
        {"helmet": _SHELL, "nohelmet": _HEAD},
        _known(L.HELMET, L.HEAD) | _OUTDOOR_ABSENT,
    ),
    Source("aditya_vest", {"person_with_helmet": _SHELL}, _known(L.HELMET) | _OUTDOOR_ABSENT),
    Source(
        "sanjukin76",
        {
            "people": _T(L.PERSON),
            "hard_hat": _SHELL,
            "safety_vest": _T(L.VEST),
            "steel_toe_boot": _T(L.SHOES),
        },
        _known(L.PERSON, L.HELMET, L.VEST, L.SHOES) | _OUTDOOR_ABSENT,
        some=_known(L.STRIP),  # added/filled.csv
    ),
    Source(
        # badge_princeid is left out: the same 59 pictures stand here with card-only boxes (pi_*).
        "badge_manual",
        {"id_badge": _T(L.BADGE)},
        _known(L.BADGE, L.HELMET, L.VEST, L.SHOE_COVER, L.SUNGLASSES),
        some=_known(L.HEAD, L.PERSON),  # added/filled.csv
        group=_prefix_groups("pi_", "vk_"),
        pinned={"pi_": "train", "vk_": "val"},  # one classroom; one man
        val_share=0.35,
        repeat=4,
    ),
    Source(
        # Students without a badge: near-misses for badge and sunglasses (spectacles among them).
        "badge_kphan_noid",
        {},
        _known(L.BADGE, L.SUNGLASSES, L.HELMET, L.VEST, L.STRIP, L.SHOE_COVER),
        some=_known(L.HEAD, L.PERSON, L.SHOES),  # added/filled.csv
        val_share=0.35,
    ),
    Source(
        "sunglasses_selfies",
        {"sunglasses": _T(L.SUNGLASSES)},
        _known(L.SUNGLASSES, L.VEST, L.STRIP, L.BADGE, L.SHOE_COVER),
        some=_known(L.HEAD, L.PERSON),  # added/filled.csv
        val_share=0.3,
        repeat=2,
        added="sunglasses_selfies.csv",
    ),
    Source(
        "shoe_covers",
        {
            "shoe_cover_worn": _T(L.SHOE_COVER),
            "shoe_cover_loose": _T(L.SHOE_COVER),
            "suit_boot_worn": _T(None, hides=_known(L.SHOES, L.SHOE_COVER)),
        },
        _known(L.SHOE_COVER, L.SHOES, L.BADGE, L.HELMET, L.VEST),
        group=_cover_groups,
        pinned={"vve_sofa-01": "train", "vve_sofa-03": "train", "vve_carpet-3": "val"},
        val_share=0.35,
        repeat=5,
    ),
    Source(
        "shoes_workshoe_labelled",
        {"work_shoe": _T(L.SHOES)},
        _known(L.SHOES, L.SHOE_COVER, L.HELMET, L.VEST),
        group=_frames,
        val_share=0.0,
    ),
    # tools_workshop is left out: a tool that fills the picture taught the network to call any
    # large thing a tool.
    Source(
        "rendered",
        {
            "person": _T(L.PERSON),
            "helmet": _SHELL,
            "bare_head": _HEAD,
            "suit_to_ankles": _T(L.WORKWEAR, upper_body),
            "suit_to_hips": _T(L.WORKWEAR, to_hips),
            "suit_unclear": _T(None, hides=_known(L.WORKWEAR, L.PLAINWEAR)),
            "strip": _T(L.STRIP),
            "badge": _T(L.BADGE),
            "shoe_cover": _T(L.SHOE_COVER),
            "shoe": _T(L.SHOES),
            "litter": _T(L.LITTER),
        },
        frozenset(LABELS) - {L.TOOL},
        refine=_rendered_suits,
        refined=("suit_to_ankles", "suit_to_hips", "suit_unclear"),
        val_share=0.0,
        repeat=2,
        synthetic=True,
    ),
    Source("coco128", {"person": _T(L.PERSON)}, _known(L.PERSON, L.VEST, L.BADGE, L.SHOE_COVER)),
    Source("coco_tiny", {"person": _T(L.PERSON)}, _known(L.PERSON, L.VEST, L.BADGE, L.SHOE_COVER)),
    *(
        # Rooms without people: negatives for everything worn.
        Source(name, {}, frozenset(LABELS) - {L.LITTER, L.TOOL, L.SHOES, L.SLIPPER})
        for name in ("room_clean", "room_messy", "room_houses", "indoor_homes_vve")
    ),
)

COMPOSITES = Source(
    # Made by `datasets.synthesis`, so not in SOURCES: the folder of public pictures lacks it. What
    # a picture is exhaustive about stands in the folder's known.json, one list a picture.
    "composites",
    {str(label): _T(label) for label in LABELS},
    frozenset(),
    val_share=0.0,
    synthetic=True,
)


def _reviewed(name: str, val_share: float) -> Source:
    """Photos of a running service; a group is one technician, written before the `_`."""
    return Source(
        name,
        {str(label): _T(label) for label in LABELS},
        frozenset(),  # known.json, one list a picture
        group=lambda stem: stem.partition("_")[0],
        val_share=val_share,
        repeat=3,
    )


REVIEWED = _reviewed("reviewed", 0.0)  # from `ppe dataset import`
RELABELLED = _reviewed("relabelled", 0.0)  # from a labelling tool, by `ppe dataset convert`
HELD_OUT = _reviewed("reviewed_held_out", 1.0)  # never in SOURCES: no shipped figure rests on it
OWN_SOURCES = (REVIEWED, RELABELLED, HELD_OUT)
"""What `ppe dataset build --reviewed` takes, where it is there."""

BY_NAME: Mapping[str, Source] = {
    source.name: source for source in (*SOURCES, COMPOSITES, *OWN_SOURCES)
}

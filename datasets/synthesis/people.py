"""Dress the people of one photo: which edits, on whom, and what the picture then knows."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from datasets.boxes import Box, inside, overlap, shift
from datasets.synthesis import chest, clothes, feet, film, headwear, strips
from datasets.synthesis.body import HIP_L, HIP_R, NOSE, SHOULDER_L, SHOULDER_R, Body
from datasets.synthesis.canvas import Canvas, DoubtfulError, Light, bounds, measure_light
from datasets.synthesis.covers import Covers
from vision.labels import Label

CROPPED = 0.6  # of the pictures in which one person alone was edited
CROP_TRIES = 12
MIN_CROP = 150.0  # pixels of the shorter side
KEPT = 0.3  # share of a box that a crop must show for the box to stay
MIN_TORSO = 50.0  # pixels of height above which an unedited torso could show a badge or strips

# Weights per person. Every label and its near-misses are drawn independently of each other, so
# that no edit predicts another label.
TOPS = {
    "strips": 0.5,
    "plain blue": 0.12,
    "strips on other": 0.14,
    "printed stripes": 0.06,
    "": 0.18,
}
CHESTS = {
    "card lanyard": 0.38, "card clip": 0.15, "card belt": 0.05, "lanyard": 0.13, "phone": 0.05,
    "pen": 0.05, "logo": 0.06, "print": 0.06, "": 0.07,
}  # fmt: skip
TIE = 0.3  # worn whatever else is, so that a tie says nothing of a badge
HEADS = {"cap": 0.16, "knitted cap": 0.05, "hood": 0.06, "": 0.73}  # bare ones alone
FEET = {"covers": 0.35, "film covers": 0.3, "blue shoes": 0.15, "": 0.2}


@dataclass
class Outcome:
    """What was done to one photo and what was refused."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    added: list[Box] = field(default_factory=list)  # what an edit drew and labelled
    subjects: list[Body] = field(default_factory=list)  # whoever was edited
    dyed: list[Body] = field(default_factory=list)  # whose clothes were
    # Trunks whose chest or clothes are now exactly known, pixels.
    edited: dict[str, list[Box]] = field(default_factory=lambda: {"chest": [], "top": []})


def draw_weighted(rng: np.random.Generator, weights: dict[str, float]) -> str:
    """One key, with the weights as odds."""
    keys = list(weights)
    odds = np.array([weights[k] for k in keys])
    return keys[int(rng.choice(len(keys), p=odds / odds.sum()))]


def dress(canvas: Canvas, bodies: list[Body], rng: np.random.Generator, covers: Covers) -> Outcome:
    """Edit up to three people of a photo; boxes and known labels of `canvas` follow."""
    outcome = Outcome()
    before = set(canvas.boxes)
    for body in bodies[:3]:
        if body.mask.sum() < 2000:
            continue
        light = measure_light(canvas.pixels, body.mask)
        edited = False
        if _dress_top(canvas, body, light, rng, outcome):
            outcome.edited["top"].append(trunk(body))
            outcome.dyed.append(body)
            edited = True
        if rng.random() < TIE:
            edited |= _try(outcome, "chest/tie", canvas, _chest_edit(body, light, rng, "tie"))
        thing = draw_weighted(rng, CHESTS)
        if thing and _try(outcome, f"chest/{thing}", canvas, _chest_edit(body, light, rng, thing)):
            outcome.edited["chest"].append(trunk(body))
            edited = True
        hat = draw_weighted(rng, HEADS)
        if hat and _try(outcome, f"head/{hat}", canvas, _head_edit(body, light, rng, hat)):
            edited = True
        what = draw_weighted(rng, FEET)
        if what and _try(
            outcome, f"feet/{what}", canvas, _feet_edit(body, light, rng, what, covers)
        ):
            edited = True
        if edited:
            outcome.subjects.append(body)
    outcome.added = [box for label, box in canvas.boxes if (label, box) not in before]
    return outcome


def trunk(body: Body) -> Box:
    """Box of shoulders and hips, a little wider."""
    points = np.stack([body.at(n) for n in (SHOULDER_L, SHOULDER_R, HIP_L, HIP_R)])
    return bounds(points, 0.15 * body.shoulders)


def frame(canvas: Canvas, outcome: Outcome, rng: np.random.Generator) -> Canvas:
    """Crop to one person or keep the whole photo, and decide what the picture knows.

    Selfies and half-lengths are what technicians send, so a person alone is often cropped; one in
    dyed clothes is cropped wherever other people's clothes would leave the strips unknown.
    """
    whole = Canvas(canvas.pixels, list(canvas.boxes), set(canvas.known))
    learn(whole, outcome.edited)
    dyed = bool(outcome.edited["top"])
    alone = len(outcome.subjects) == 1
    if not (alone and rng.random() < CROPPED) and (not dyed or Label.STRIP in whole.known):
        return whole
    subjects = outcome.dyed if dyed else outcome.subjects
    for _ in range(CROP_TRIES):
        subject = subjects[int(rng.integers(len(subjects)))]
        crop = propose_crop(canvas, subject, outcome.added, rng)
        if crop is None:
            continue
        part = apply_crop(canvas, crop)
        learn(part, {k: [shift(b, crop) for b in boxes] for k, boxes in outcome.edited.items()})
        if not dyed or Label.STRIP in part.known:
            return part
    return whole


def learn(canvas: Canvas, edited: Mapping[str, list[Box]]) -> None:
    """Decide about which of the edited labels the picture is exhaustive.

    Badge: after a chest edit, with nobody else of a size to wear a visible one. Strips: after an
    edit of the clothes, with nobody else in view but torsos labelled as plain clothes.
    """
    knew_badges = Label.BADGE in canvas.known  # the source says so itself
    canvas.known -= {Label.BADGE, Label.STRIP}
    others = {"chest": 0, "top": 0}
    for label, box in canvas.boxes:
        if label not in (Label.PERSON, Label.WORKWEAR, Label.PLAINWEAR, Label.VEST):
            continue
        if box[3] - box[1] < MIN_TORSO:
            continue
        for kind, mine in edited.items():
            if kind == "top" and label is Label.PLAINWEAR:
                continue
            if not any(inside(m, box) > 0.5 or inside(box, m) > 0.5 for m in mine):
                others[kind] += 1
    if knew_badges or (edited["chest"] and others["chest"] <= 1):
        canvas.known.add(Label.BADGE)
    if edited["top"] and others["top"] == 0:
        canvas.known.add(Label.STRIP)


def _try(outcome: Outcome, name: str, canvas: Canvas, edit: Callable[[Canvas], None]) -> bool:
    """Run one edit on a copy; keep it only if it was not doubtful."""
    trial = Canvas(canvas.pixels.copy(), list(canvas.boxes), set(canvas.known))
    try:
        edit(trial)
    except DoubtfulError as reason:
        outcome.refused[f"{name}: {reason}"] += 1
        return False
    canvas.pixels, canvas.boxes, canvas.known = trial.pixels, trial.boxes, trial.known
    outcome.done[name] += 1
    return True


def _chest_edit(
    body: Body, light: Light, rng: np.random.Generator, thing: str
) -> Callable[[Canvas], None]:
    def edit(canvas: Canvas) -> None:
        if thing.startswith("card "):
            chest.add_badge(canvas, body, light, rng, thing.removeprefix("card "))
        elif thing == "tie":
            chest.add_tie(canvas, body, light, rng)
        else:
            chest.add_near_miss(canvas, body, light, rng, thing)

    return edit


def _head_edit(
    body: Body, light: Light, rng: np.random.Generator, hat: str
) -> Callable[[Canvas], None]:
    def edit(canvas: Canvas) -> None:
        headwear.add_headwear(canvas, body, light, rng, hat)

    return edit


def _feet_edit(
    body: Body, light: Light, rng: np.random.Generator, what: str, covers: Covers
) -> Callable[[Canvas], None]:
    def edit(canvas: Canvas) -> None:
        if what == "covers":
            feet.add_covers(canvas, body, light, rng, covers)
        elif what == "film covers":
            film.add_film(canvas, body, light, rng)
        else:
            feet.dye_shoes(canvas, body, rng)

    return edit


def _dress_top(
    canvas: Canvas, body: Body, light: Light, rng: np.random.Generator, outcome: Outcome
) -> bool:
    """Recolour and sew; returns whether every strip on this person is now known."""
    kind = draw_weighted(rng, TOPS)
    if not kind:
        return False

    def edit(trial: Canvas) -> None:
        top = clothes.find_top(trial, body)
        garments = [top]
        if kind != "printed stripes":
            try:
                garments.append(clothes.find_trousers(trial, body))
            except DoubtfulError as reason:
                outcome.refused[f"trousers: {reason}"] += 1
        if kind in ("strips", "plain blue"):
            dye = _vary(clothes.UNIFORM_BLUES[int(rng.integers(4))], rng)
            for garment in garments:
                clothes.recolour(trial, garment, dye)
        elif kind == "strips on other" and rng.random() < 0.6:
            dye = _vary(clothes.OTHER_CLOTHES[int(rng.integers(5))], rng)
            for garment in garments:
                clothes.recolour(trial, garment, dye)
        if kind.startswith("strips"):
            strips.add_strips(trial, body, garments, light, rng)
        elif kind == "printed stripes":
            strips.add_printed_stripes(trial, body, top, light, rng)
        if kind != "printed stripes":
            _relabel_torso(trial, body, top, kind)

    return _try(outcome, f"top/{kind}", canvas, edit)


def _vary(lab: tuple[float, float, float], rng: np.random.Generator) -> tuple[float, float, float]:
    shift = rng.normal(0, (4.0, 3.0, 4.0))
    return lab[0] + float(shift[0]), lab[1] + float(shift[1]), lab[2] + float(shift[2])


def _relabel_torso(canvas: Canvas, body: Body, top: clothes.Garment, kind: str) -> None:
    """A torso that became a uniform is `workwear`; a vest cannot have stayed on it.

    Raises:
        DoubtfulError: the torso's own box is not found, so that its label would stay wrong.
    """
    torso = clothes.torso_of(body, top)
    for label, box in canvas.boxes:
        if label is Label.VEST and overlap(box, torso) > 0.3:
            raise DoubtfulError("wears a vest")
    if Label.WORKWEAR not in canvas.known:
        return
    rated = [
        (overlap(box, torso), number)
        for number, (label, box) in enumerate(canvas.boxes)
        if label in (Label.WORKWEAR, Label.PLAINWEAR)
    ]
    if not rated or max(rated)[0] < 0.45:
        raise DoubtfulError("torso box not found")
    number = max(rated)[1]
    label, box = canvas.boxes[number]
    if kind == "plain blue" and label is Label.PLAINWEAR:
        # Blue alone makes no work clothes: which of the two it is now, nobody can say.
        del canvas.boxes[number]
        canvas.known -= {Label.WORKWEAR, Label.PLAINWEAR}
    else:
        canvas.boxes[number] = (Label.WORKWEAR, box)


def propose_crop(
    canvas: Canvas, subject: Body, added: list[Box], rng: np.random.Generator
) -> Box | None:
    """A crop around one person's upper body, as in a selfie, or None if it cuts things badly."""
    width, height = canvas.size
    strips_drawn = {box for label, box in canvas.boxes if label is Label.STRIP}
    span = subject.shoulders
    middle, nose = subject.at(SHOULDER_L, SHOULDER_R), subject.at(NOSE)
    wide = span * float(rng.uniform(2.2, 4.6))
    tall = wide * float(rng.uniform(0.9, 1.5))
    x1 = float(middle[0]) - wide * float(rng.uniform(0.38, 0.62))
    y1 = float(nose[1]) - span * float(rng.uniform(0.75, 1.4))
    crop = (
        float(max(int(x1), 0)), float(max(int(y1), 0)),
        float(min(int(x1 + wide), width)), float(min(int(y1 + tall), height)),
    )  # fmt: skip
    if min(crop[2] - crop[0], crop[3] - crop[1]) < MIN_CROP:
        return None
    for box in added:
        # Strips may be cut like sleeves are; of a card or a shoe cover the whole must show.
        enough = 0.4 if box in strips_drawn else 0.98
        if 0 < inside(box, crop) < enough:
            return None
    # A box mostly cut off is neither a positive nor a negative.
    rest = [inside(box, crop) for _, box in canvas.boxes if box not in added]
    return None if any(0.1 < share < KEPT for share in rest) else crop


def apply_crop(canvas: Canvas, crop: Box) -> Canvas:
    """The part of a canvas inside a crop; boxes mostly outside are dropped, others cut."""
    x1, y1, x2, y2 = (int(v) for v in crop)
    boxes = [
        (label, (max(b[0] - x1, 0.0), max(b[1] - y1, 0.0), min(b[2], x2) - x1, min(b[3], y2) - y1))
        for label, b in canvas.boxes
        if inside(b, crop) >= KEPT
    ]
    return Canvas(canvas.pixels[y1:y2, x1:x2].copy(), boxes, set(canvas.known))

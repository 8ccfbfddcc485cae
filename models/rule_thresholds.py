"""Verdicts → the thresholds of a rule: those of the classes it rests on, where its own are better.

A class's thresholds (`models.thresholds`) say when a box is what it says. A rule asks something
else: "is the chest in the picture" does not mind whether a torso is taken for work clothes or for
other clothes. So for some rules both thresholds of some classes are set again, on photos whose true
verdict is known, as to make wrong answers cheap.

The cost of an answer is chosen, not found: a wrong PASS costs as much as eight photos sent to a
reviewer, a wrong FAIL as much as five. Both truths count alike, however many photos each has.

With so few photos thresholds fit themselves to them. So the figures that go with the thresholds are
not of the photos that set them: each half is measured with the thresholds of the other. A rule
keeps the classes' own thresholds unless these figures are cheaper than those of the classes' own.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.records import Record
from models.truth import judgements, seen_by_eye, truth_of
from models.verdicts import Tally
from vision.checker import Checker, poor_photo
from vision.colour import light_gains
from vision.detector import FLOOR
from vision.findings import Finding, Verdict
from vision.labels import LABELS, Label
from vision.manifest import ClassFacts, Manifest, RuleFacts
from vision.policy import RuleId
from vision.quality import measure_quality
from vision.rules import RULES
from vision.rules.context import Context
from vision.scene import Scene, understand

WRONG_PASS, WRONG_FAIL, UNSURE = 8.0, 5.0, 1.0  # costs; a right answer costs nothing
MIN_PHOTOS = 8  # of each truth; fewer set nothing
# A class that its boxes do not support may still serve a rule that is as seldom wrong as this.
MAX_WRONG_PASS, MAX_WRONG_FAIL = 0.05, 0.1
STEPS = (0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
ROUNDS = 2  # over all knobs; a third changed nothing
LEAST = 0.16  # `present` is never lower: what is seen as faintly as that is noise
BAND = 0.6  # largest `absent` as a share of `present`: there is always room for UNSURE

# Which classes' thresholds a rule may have for itself. Those in one bracket move together.
KNOBS: Mapping[RuleId, tuple[tuple[Label, ...], ...]] = {
    RuleId.FACE_NO_SUNGLASSES: ((Label.SUNGLASSES,), (Label.HEAD, Label.HELMET)),
    RuleId.BADGE_WORN: (
        (Label.BADGE,),
        (Label.WORKWEAR, Label.PLAINWEAR, Label.VEST),
        (Label.HEAD, Label.HELMET),
    ),
    RuleId.UNIFORM_WORN: ((Label.WORKWEAR,), (Label.PLAINWEAR,)),
    RuleId.UNIFORM_REFLECTIVE: (
        (Label.VEST,),
        (Label.STRIP,),
        (Label.WORKWEAR, Label.PLAINWEAR),
    ),
    RuleId.SHOES_COVERS: ((Label.SHOE_COVER,), (Label.SHOES,)),
}

Facts = dict[Label, ClassFacts]


@dataclass(frozen=True)
class Photo:
    """A photo as a rule gets it, with the truth; `side` is the half it belongs to."""

    name: str
    side: bool
    truth: Verdict
    scene: Scene
    context: Context


def fitted(
    checker: Checker, records: Iterable[Record], data: Path
) -> tuple[Manifest, dict[RuleId, Tally]]:
    """The checker's manifest with thresholds of its own for every rule that has knobs.

    Returns:
        The manifest, and for each of these rules the answers of each half of the photos with the
        thresholds of the other. Rules with too few photos get no thresholds of their own.
    """
    manifest = checker.detector.manifest
    supported = {facts.label for facts in manifest.classes if facts.supported}
    rules = [facts for facts in manifest.rules if facts.rule not in KNOBS]
    tallies: dict[RuleId, Tally] = {}
    for rule, photos in look(checker, records, data).items():
        chosen = choose(rule, photos, supported)
        if chosen is not None:
            rules += chosen[0]
            tallies[rule] = chosen[1]
    return manifest.model_copy(update={"rules": tuple(rules)}), tallies


def look(checker: Checker, records: Iterable[Record], data: Path) -> dict[RuleId, list[Photo]]:
    """Scenes of the photos that decide a rule with knobs; photos too poor to judge are left out."""
    eyes, judged = seen_by_eye(data), judgements()
    found: dict[RuleId, list[Photo]] = {rule: [] for rule in KNOBS}
    floors = dict.fromkeys(LABELS, FLOOR)
    for record in records:
        key = record.source, record.path.name
        truth = truth_of(record, eyes.get(key), judged.get(key))
        asked = [rule for rule in KNOBS if rule in truth]
        if not asked:
            continue
        photo = checker.decode(record.path.read_bytes())
        if poor_photo(measure_quality(photo.pixels), checker.policy.quality):
            continue
        height, width = photo.pixels.shape[:2]
        scene = understand(checker.detector.detect(photo.pixels), (width, height), floors)
        ratio = max(width, height) / checker.detector.manifest.input_side
        for rule in asked:
            context = Context(
                pixels=photo.pixels,
                gains=light_gains(photo.pixels),
                facts=_supported(checker.detector.manifest, rule),
                colours=checker.policy.colours,
                settings=checker.policy.rules[rule],
                min_head=checker.policy.quality.min_head * ratio,
            )
            side = hashlib.sha256(record.group.encode()).digest()[0] < 128
            found[rule].append(Photo(record.name, side, truth[rule], scene, context))
    return found


def _supported(manifest: Manifest, rule: RuleId) -> Facts:
    """The classes' own facts, where the search begins; those with a knob count as supported."""
    knobs = {label for group in KNOBS[rule] for label in group}
    return {
        facts.label: facts.model_copy(update={"supported": facts.supported or facts.label in knobs})
        for facts in manifest.classes
    }


def choose(
    rule: RuleId, photos: Sequence[Photo], supported: Collection[Label]
) -> tuple[tuple[RuleFacts, ...], Tally] | None:
    """A rule's own thresholds, and what each half of the photos gets from those of the other half.

    Where that is no cheaper than the classes' own thresholds there are none, and the answers are
    those of the classes' own.

    Args:
        rule: one of `KNOBS`.
        photos: from `look`.
        supported: labels that are supported for every rule.

    Returns:
        None if there are too few photos to set anything.
    """
    numbers = [sum(p.truth is truth for p in photos) for truth in (Verdict.PASS, Verdict.FAIL)]
    if min(numbers) < MIN_PHOTOS:
        return None
    before = _tally(rule, photos, _as_supported(photos[0].context.facts, supported))
    crossed = Tally()
    for side in (True, False):
        facts = _best(rule, [p for p in photos if p.side is side])
        for photo, finding in _judge(rule, [p for p in photos if p.side is not side], facts):
            crossed.add(photo.name, photo.truth, finding)
    if _dear(crossed) >= _dear(before):
        return (), before
    facts = _best(rule, photos)
    labels = [label for group in KNOBS[rule] for label in group]
    figures, why = crossed.figures(), _why(crossed)
    good = (figures["wrong_pass"] or 0) <= MAX_WRONG_PASS and (
        figures["wrong_fail"] or 0
    ) <= MAX_WRONG_FAIL
    chosen = tuple(
        RuleFacts(
            rule=rule,
            label=label,
            supported=good or label in supported,
            present=facts[label].present,
            absent=facts[label].absent,
            why=why,
        )
        for label in labels
    )
    return chosen, crossed


def _best(rule: RuleId, photos: Sequence[Photo]) -> Facts:
    """Turn one knob after the other to the middle of where the photos cost least.

    The middle is as far as can be from where these photos, and so others like them, would go wrong.
    """
    facts = dict(photos[0].context.facts)
    best = _cost(rule, photos, facts)
    for _ in range(ROUNDS):
        for group in KNOBS[rule]:
            for turn in (_present, _absent):
                trials = [
                    facts | {label: turn(facts[label], step) for label in group} for step in STEPS
                ]
                costs = [_cost(rule, photos, trial) for trial in trials]
                if min(costs) <= best:
                    best = min(costs)
                    cheapest = [t for t, cost in zip(trials, costs, strict=True) if cost == best]
                    facts = cheapest[len(cheapest) // 2]
    return facts


Turn = Callable[[ClassFacts, float], ClassFacts]


def _present(facts: ClassFacts, step: float) -> ClassFacts:
    present = max(step, LEAST)
    return facts.model_copy(
        update={"present": present, "absent": min(facts.absent, BAND * present)}
    )


def _absent(facts: ClassFacts, step: float) -> ClassFacts:
    return facts.model_copy(update={"absent": min(step, BAND * facts.present)})


def _judge(rule: RuleId, photos: Sequence[Photo], facts: Facts) -> Iterator[tuple[Photo, Finding]]:
    for photo in photos:
        context = replace(photo.context, facts=facts)
        yield photo, RULES[rule].find(photo.scene, context, advisory=False)


def _as_supported(facts: Facts, supported: Collection[Label]) -> Facts:
    """As the classes are without thresholds of a rule's own."""
    return {
        label: f.model_copy(update={"supported": label in supported}) for label, f in facts.items()
    }


def _cost(rule: RuleId, photos: Sequence[Photo], facts: Facts) -> float:
    return _dear(_tally(rule, photos, facts))


def _tally(rule: RuleId, photos: Sequence[Photo], facts: Facts) -> Tally:
    tally = Tally()
    for photo, finding in _judge(rule, photos, facts):
        tally.add(photo.name, photo.truth, finding)
    return tally


def _dear(tally: Tally) -> float:
    """What the answers cost, both truths counting alike."""
    cost = 0.0
    for truth, other, wrong in (
        (Verdict.FAIL, Verdict.PASS, WRONG_PASS),
        (Verdict.PASS, Verdict.FAIL, WRONG_FAIL),
    ):
        total = wrong * tally.counts[truth, other] + UNSURE * tally.counts[truth, Verdict.UNSURE]
        cost += total / max(1, tally.total(truth))
    return cost


def _why(crossed: Tally) -> str:
    figures = crossed.figures()
    return (
        f"set on {figures['photos']} validation photos at costs {WRONG_PASS:g} for a wrong PASS, "
        f"{WRONG_FAIL:g} for a wrong FAIL, {UNSURE:g} for UNSURE; each half measured with the "
        f"thresholds of the other: wrong PASS {figures['wrong_pass']}, wrong FAIL "
        f"{figures['wrong_fail']}, UNSURE {figures['unsure']}"
    )

"""What every rule is given besides the scene, and the shapes of a rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vision.card import Closeup
from vision.card_text import ReadText
from vision.colour import ColourRange, Floats
from vision.detections import Box
from vision.findings import Finding, Reason, Verdict
from vision.labels import Label
from vision.manifest import ClassFacts, MessFacts
from vision.policy import RuleId, RuleSettings
from vision.scene import Person, Scene


@dataclass(frozen=True)
class CardQuestion:
    """Whose number should be on the badge, and how to look.

    Attributes:
        number: the technician's.
        closeup: cuts a box of the decoded photo out of the photo as it was taken.
        reader: what reads the text of a card; it gives None without the extra `ocr`.
    """

    number: str
    closeup: Callable[[Box], Closeup]
    reader: Callable[[], ReadText | None]


@dataclass(frozen=True)
class Context:
    """Pixels, light and figures.

    Attributes:
        pixels: RGB uint8, shape (height, width, 3), the decoded photo.
        gains: light correction, from `vision.colour.light_gains`.
        facts: thresholds of the network's classes.
        colours: the policy's colour names.
        settings: the policy's figures for the rule at hand.
        min_head: smallest head to judge, in pixels of the decoded photo.
        card: what rules about the badge's card need; None if no number was given.
        mess: thresholds of the network's word on messy places; None if it has none.
        before: pixels of the picture taken before the work, as `pixels`; None if there is none.
    """

    pixels: npt.NDArray[np.uint8]
    gains: Floats
    facts: dict[Label, ClassFacts]
    colours: dict[str, ColourRange]
    settings: RuleSettings
    min_head: float
    before: npt.NDArray[np.uint8] | None = None
    card: CardQuestion | None = None
    mess: MessFacts | None = None

    def supports(self, label: Label) -> bool:
        """Whether the network was shown to see such things."""
        return label in self.facts and self.facts[label].supported

    def seen(self, boxes: Sequence[Box]) -> Box | None:
        """The best box that surely is what it says."""
        sure = [box for box in boxes if box.score >= self.facts[box.label].present]
        return max(sure, key=lambda box: box.score, default=None)

    def hinted(self, boxes: Sequence[Box]) -> Box | None:
        """The best box that cannot be ruled out (surely seen ones included)."""
        some = [box for box in boxes if box.score >= self.facts[box.label].absent]
        return max(some, key=lambda box: box.score, default=None)


@dataclass(frozen=True)
class Answer:
    """What a rule says; the checker makes a Finding of it."""

    verdict: Verdict
    reason: Reason
    boxes: tuple[Box, ...] = ()
    value: float | None = None
    threshold: float | None = None
    detail: str = ""


def by_score(verdict: Verdict, reason: Reason, box: Box, context: Context) -> Answer:
    """An answer that rests on one detection: its score against the class's `present`."""
    return Answer(verdict, reason, (box,), box.score, context.facts[box.label].present)


Judge = Callable[[Scene, Context], Answer]
PersonJudge = Callable[[Person, Context], Answer]


@dataclass(frozen=True)
class Rule:
    """One rule: what it needs, and how it judges.

    Attributes:
        id: its name in policies.
        needs: what the network must be able to see for it.
        judge: gives the answer.
        compares: it needs the picture from before the work; without one it is not asked.
        asks_number: it needs the technician's number; without one it is not asked.
    """

    id: RuleId
    needs: frozenset[Label]
    judge: Judge
    compares: bool = False
    asks_number: bool = False

    def find(self, scene: Scene, context: Context, advisory: bool) -> Finding:
        """The finding for one photo."""
        if all(context.supports(label) for label in self.needs):
            answer = self.judge(scene, context)
        else:
            answer = Answer(Verdict.UNSURE, Reason.NOT_SUPPORTED)
        return Finding(
            rule=self.id,
            verdict=answer.verdict,
            reason=answer.reason,
            score=max((box.score for box in answer.boxes), default=None),
            value=answer.value,
            threshold=answer.threshold,
            boxes=answer.boxes,
            clause=context.settings.clause,
            advisory=advisory,
            detail=answer.detail,
        )


def of_subject(judge: PersonJudge) -> Judge:
    """Ask a rule of the person a selfie is of; UNSURE if there is none to ask it of.

    Where several people may be meant, a verdict that is the same for each of them holds for the
    one who is.
    """

    def judge_scene(scene: Scene, context: Context) -> Answer:
        if not scene.subjects:
            return Answer(Verdict.UNSURE, Reason.NO_PERSON)
        first, *others = (_of_person(judge, person, context) for person in scene.subjects)
        if not others:
            return first
        alike = all(other.verdict is first.verdict for other in others)
        if alike and first.verdict is not Verdict.UNSURE:
            boxes = (box for answer in (first, *others) for box in answer.boxes)
            return replace(first, boxes=tuple(boxes))
        people = tuple(person.box for person in scene.subjects)
        return Answer(Verdict.UNSURE, Reason.SUBJECT_UNCLEAR, boxes=people)

    return judge_scene


def _of_person(judge: PersonJudge, person: Person, context: Context) -> Answer:
    """What a rule says of somebody, if they are near enough to be judged."""
    head = person.head_place
    if head is not None and max(head.width, head.height) < context.min_head:
        return Answer(
            Verdict.UNSURE,
            Reason.SUBJECT_TOO_SMALL,
            boxes=(head,),
            value=max(head.width, head.height),
            threshold=context.min_head,
        )
    return judge(person, context)

"""Corrections: what people said about checked photos, as lines that training data is made of.

The service writes them (`ppe corrections export`), the data engine reads them. The format is
described in docs/corrections.md; a reader may rely on `FORMAT` and skips fields it does not know.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from vision.findings import Reason, Verdict
from vision.labels import Label
from vision.policy import RuleId, Shot

FORMAT: Literal["ppe-corrections/1"] = "ppe-corrections/1"
LINES = "corrections.jsonl"
"""Name of the lines inside an archive."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Edge = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class DrawnBox(_Frozen):
    """One thing in the photo, as a person draws it.

    Attributes:
        label: what it is.
        xyxy: left, top, right, bottom in pixels of the upright picture.
    """

    label: Label
    xyxy: tuple[Edge, Edge, Edge, Edge]

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        left, top, right, bottom = self.xyxy
        if left >= right or top >= bottom:
            raise ValueError("a box has its right edge right of its left, its bottom below its top")
        return self


class MarkedBox(DrawnBox):
    """One thing in the photo, and who says so.

    Attributes:
        score: the network's, 0 to 1; None: a person drew the box or moved its edges.
    """

    score: Annotated[float, Field(ge=0, le=1)] | None


class RuleAnswer(_Frozen):
    """One rule's answer by the network and by a person.

    Attributes:
        rule: which rule.
        advisory: it may not fail the photo.
        model: the network's and the rules' verdict.
        reason: why they gave it.
        final: the person's; None where the photo was rejected as a whole, because then nobody
            answered the single rule.
    """

    rule: RuleId
    advisory: bool
    model: Verdict
    reason: Reason
    final: Verdict | None

    @property
    def is_overruled(self) -> bool:
        """A person gave another verdict."""
        return self.final is not None and self.final is not self.model


class Correction(_Frozen):
    """One photo that a person has decided on: one line of the file.

    Attributes:
        format: name and version of this format.
        check_id: random; of several lines about one check the one decided last counts.
        sha256: of the photo as it was sent, in hexadecimal digits.
        file: the picture inside the archive; None where the photo's time was over or none were
            asked for.
        width: of the upright picture that the boxes are drawn in, pixels.
        height: of the same.
        faces_blurred: whether a mosaic lies on faces in the picture, so that it shows no eyes and
            no bare head as a photo would.
        group: the same for all photos of one technician, and no other; a split into training and
            validation keeps a group together. It cannot be led back to an account from outside.
        shot: what the photo was taken for.
        detections: evidence boxes of the report, the network's; not everything it saw.
        boxes: all boxes as the person left them, the network's that were kept among them; None:
            nobody touched the boxes, which says nothing about them.
        rules: every rule asked, in the policy's order.
        verdict: the model's, of the photo.
        final_verdict: the person's, of the photo.
        decision: `accept`: the rules' answers stand as in `final`; `reject`: the photo was refused
            as a whole (a picture of a screen, somebody else's photo), nothing is said about rules.
        decided_by: role of who decided, never a name.
        decided_at: when, with zone.
        checked_at: when the photo was sent, with zone.
        model: name and version of the network.
        policy: name and version of the policy.
    """

    format: Literal["ppe-corrections/1"] = FORMAT
    check_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    sha256: Sha256
    file: str | None = Field(pattern=r"^photos/[0-9a-f]{64}\.jpg$")
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    faces_blurred: bool = False
    group: str = Field(pattern=r"^[0-9a-f]{16}$")
    shot: Shot
    detections: tuple[MarkedBox, ...]
    boxes: tuple[MarkedBox, ...] | None
    rules: tuple[RuleAnswer, ...]
    verdict: Verdict
    final_verdict: Verdict
    decision: Literal["accept", "reject"]
    decided_by: Literal["supervisor", "admin"]
    decided_at: AwareDatetime
    checked_at: AwareDatetime
    model: dict[str, str]
    policy: dict[str, str]

    @model_validator(mode="after")
    def _answers_fit_the_decision(self) -> Self:
        answered = [rule.final is not None for rule in self.rules]
        if any(answered) if self.decision == "reject" else not all(answered):
            raise ValueError("every rule has a final verdict after accept, none after reject")
        return self

    @property
    def looked_at(self) -> frozenset[Label]:
        """Labels whose boxes a person went through; empty where nobody touched the boxes."""
        if self.boxes is None:
            return frozenset()
        return frozenset(box.label for box in (*self.detections, *self.boxes))


def to_line(correction: Correction) -> str:
    """One line of the file, its newline included."""
    return correction.model_dump_json() + "\n"


def read_lines(lines: Iterable[str]) -> Iterator[Correction]:
    """The corrections of a file, blank lines skipped.

    Raises:
        pydantic.ValidationError: a line is no correction of this format.
    """
    for line in lines:
        if line.strip():
            yield Correction.model_validate_json(line)


def newest(corrections: Iterable[Correction]) -> list[Correction]:
    """One per check, the one decided last; several exports may overlap."""
    found: dict[str, Correction] = {}
    for correction in corrections:
        before = found.get(correction.check_id)
        if before is None or before.decided_at <= correction.decided_at:
            found[correction.check_id] = correction
    return list(found.values())

"""The manifest that stands beside a network file: what it is, what it can see, how well."""

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vision.errors import ModelError
from vision.labels import Label
from vision.policy import RuleId

DEFAULT_MANIFEST = Path(__file__).resolve().parent.parent / "models" / "manifest.json"


class ClassFacts(BaseModel):
    """What is known about one output channel.

    `supported` is true only where the class was measured on real validation pictures and found
    good enough to give verdicts; rules that need another class answer `not_supported_by_model`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Label
    supported: bool
    present: float = Field(ge=0, le=1, description="score from which a thing counts as seen")
    absent: float = Field(ge=0, le=1, description="score below which a thing counts as not there")
    why: str = Field(description="the measurement that set the thresholds")

    @model_validator(mode="after")
    def _ordered(self) -> "ClassFacts":
        if self.absent > self.present:
            raise ValueError("absent must not be above present")
        return self


class MessFacts(BaseModel):
    """The network's second output: the probability that a picture shows a messy place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    present: float = Field(ge=0, le=1, description="probability from which a place is messy")
    absent: float = Field(ge=0, le=1, description="probability below which it is not")
    why: str = Field(description="the measurement that set the thresholds")

    @model_validator(mode="after")
    def _ordered(self) -> "MessFacts":
        if self.absent > self.present:
            raise ValueError("absent must not be above present")
        return self


class RuleFacts(ClassFacts):
    """Thresholds of one class that hold for one rule only, in place of the class's own.

    A class's own thresholds are set on boxes; these on photos whose true verdict is known, for a
    chosen cost of each kind of wrong answer (`ppe model verdicts --set`).
    """

    rule: RuleId


class Manifest(BaseModel):
    """`manifest.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: str
    file: str = Field(pattern=r"^[\w.-]+$", description="beside the manifest, no folders")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    input_side: int = Field(gt=0, multiple_of=32, description="long edge of the input, pixels")
    classes: tuple[ClassFacts, ...] = Field(min_length=1)
    rules: tuple[RuleFacts, ...] = ()
    mess: MessFacts | None = Field(
        default=None, description="only where the second output decides `site.clean`"
    )
    licence: str
    trained_on: tuple[str, ...]
    metrics: dict[str, Any]

    @model_validator(mode="after")
    def _distinct(self) -> "Manifest":
        if len({facts.label for facts in self.classes}) < len(self.classes):
            raise ValueError("classes: a label stands twice")
        pairs = {(facts.rule, facts.label) for facts in self.rules}
        if len(pairs) < len(self.rules):
            raise ValueError("rules: a label stands twice for one rule")
        for rule, label in pairs:
            if self.facts(label) is None:
                raise ValueError(f"rules: {rule} names {label}, which is none of the classes")
        return self

    def facts(self, label: Label) -> ClassFacts | None:
        """Facts of one label; None if the network has no such channel."""
        return next((c for c in self.classes if c.label == label), None)

    def facts_for(self, rule: RuleId) -> dict[Label, ClassFacts]:
        """Facts of every label as one rule is to use them."""
        own: dict[Label, ClassFacts] = {facts.label: facts for facts in self.classes}
        return own | {facts.label: facts for facts in self.rules if facts.rule == rule}

    def floors(self) -> dict[Label, float]:
        """For each label the score under which no rule looks at a box.

        Labels that the network was not shown to see, for no rule, are left out.
        """
        floors: dict[Label, float] = {}
        for facts in (*self.classes, *self.rules):
            if facts.supported:
                floors[facts.label] = min(facts.absent, floors.get(facts.label, 1.0))
        return floors


def read_manifest(path: Path = DEFAULT_MANIFEST) -> Manifest:
    """Read and validate a manifest.

    Raises:
        ModelError: `model.missing`, `model.manifest_invalid`.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ModelError("model.missing", f"no manifest at {path}: {error.strerror}") from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise ModelError("model.manifest_invalid", f"{path}: {error}") from error


def read_verified_model(manifest: Manifest, folder: Path) -> bytes:
    """The bytes of the network file, after their sha256 was compared with the manifest's.

    Raises:
        ModelError: `model.missing`, `model.hash_mismatch`.
    """
    path = folder / manifest.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError("model.missing", f"no network file at {path}: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != manifest.sha256:
        raise ModelError(
            "model.hash_mismatch",
            f"{path} has sha256 {found}, the manifest says {manifest.sha256}; "
            "fetch the file and its manifest again",
        )
    return data

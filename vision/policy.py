"""The policy: which rule is asked of which photo, and with which figures. Data, not code."""

from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vision.colour import ColourRange
from vision.errors import PolicyError

POLICIES = Path(__file__).parent / "policies"
DEFAULT_POLICY = POLICIES / "telecom.yaml"


class Shot(StrEnum):
    """What a photo is taken for."""

    SELFIE = "selfie"
    SHOES = "shoes"
    SITE_BEFORE = "site_before"
    SITE_AFTER = "site_after"
    KIT = "kit"


class RuleId(StrEnum):
    """Every rule there is; `vision.rules.RULES` has a judge for each."""

    HELMET_WORN = "helmet.worn"
    HELMET_COLOUR = "helmet.colour"
    UNIFORM_WORN = "uniform.worn"
    UNIFORM_COLOUR = "uniform.colour"
    UNIFORM_REFLECTIVE = "uniform.reflective"
    BADGE_WORN = "badge.worn"
    BADGE_CARD = "badge.card"
    FACE_NO_SUNGLASSES = "face.no_sunglasses"
    SHOES_COVERS = "shoes.covers"
    SHOES_NO_SLIPPERS = "shoes.no_slippers"
    SITE_CLEAN = "site.clean"
    SITE_RESTORED = "site.restored"


class Weight(StrEnum):
    """Whether a rule may fail the photo."""

    REQUIRED = "required"
    ADVISORY = "advisory"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QualityLimits(_Strict):
    """When a photo is too poor to judge; figures of `vision.quality.Quality`."""

    min_sharpness: float = Field(ge=0)
    max_dark: float = Field(ge=0, le=1)
    max_glare: float = Field(ge=0, le=1)
    min_head: float = Field(ge=0, description="pixels of the network's input")


class RuleSettings(_Strict):
    """One rule's clause and figures; a rule uses those that concern it."""

    clause: str = Field(min_length=1)
    colours: tuple[str, ...] = ()
    pass_share: float = Field(default=0.5, ge=0, le=1)
    fail_share: float = Field(default=0.2, ge=0, le=1)
    min_feet: int = Field(default=1, ge=1)
    min_card: float = Field(default=0, ge=0, description="short side, pixels of the full photo")
    aspect: tuple[float, float] = Field(
        default=(0, 1), description="lowest and highest short side over long side"
    )

    @model_validator(mode="after")
    def _ordered(self) -> "RuleSettings":
        if self.fail_share > self.pass_share:
            raise ValueError("fail_share must not be above pass_share")
        return self


class Policy(_Strict):
    """A validated policy file.

    `gallery`: whether the phone app takes pictures from the phone's gallery too; they may be old.
    """

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    work_order: tuple[Shot, ...]
    shots: dict[Shot, dict[RuleId, Weight]]
    quality: QualityLimits
    colours: dict[str, ColourRange]
    rules: dict[RuleId, RuleSettings]
    gallery: bool = False

    @model_validator(mode="after")
    def _coloured(self) -> "Policy":
        for name, found in self.colours.items():
            pairs = {"chroma": found.chroma, "lightness": found.lightness}
            for field, (low, high) in pairs.items():
                if low > high:
                    raise ValueError(f"colours.{name}.{field}: {low} is above {high}")
            if not all(0 <= hue <= 360 for hue in found.hue):
                raise ValueError(f"colours.{name}.hue: degrees go from 0 to 360")
        for rule in (RuleId.HELMET_COLOUR, RuleId.UNIFORM_COLOUR):
            if rule in self.rules and not self.rules[rule].colours:
                raise ValueError(f"rules.{rule}: name at least one colour")
        return self

    @model_validator(mode="after")
    def _complete(self) -> "Policy":
        for shot, asked in self.shots.items():
            for rule in asked:
                if rule not in self.rules:
                    raise ValueError(f"shots.{shot}: rule {rule!r} has no entry under rules")
        for rule, settings in self.rules.items():
            for colour in settings.colours:
                if colour not in self.colours:
                    raise ValueError(f"rules.{rule}: colour {colour!r} is not defined")
        for shot in self.work_order:
            if shot not in self.shots:
                raise ValueError(f"work_order: shot {shot!r} is not defined")
        return self


def read_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """Read and validate a policy file.

    Raises:
        PolicyError: `policy.missing`, `policy.invalid` (names the field).
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise PolicyError("policy.missing", f"cannot read {path}: {error}") from error
    try:
        return Policy.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2026-02-30
        raise PolicyError("policy.invalid", f"{path}: {error}") from error

"""Shapes that several routes share: names, the capture record, the report."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from vision import Label, Reason, Shot, Verdict
from vision.policy import RuleId


def clean(text: str) -> str:
    """Refuse what no keyboard types and no database takes."""
    if any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) < 0xE000 for c in text):
        raise ValueError("control characters are not allowed")
    return text


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(clean)]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$", examples=["SZ10086"])]
Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,64}$", examples=["WO-2026-0001"])]
Comment = Annotated[str, Field(max_length=2000), AfterValidator(clean)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(clean)]
FilterName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(clean)]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
PathId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class Strict(BaseModel):
    """What clients send: a field nobody knows is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")


class CaptureRecord(Strict):
    """What the app says about the making of a photo; believed no more than EXIF."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "taken_at": "2026-05-04T08:55:00+08:00",
                    "latitude": 31.2989,
                    "longitude": 120.5853,
                    "accuracy_m": 12,
                    "device": "phone app 1.4",
                    "model": "ppe 2026.11",
                    "policy": "telecom 2026.1",
                }
            ]
        },
    )

    taken_at: AwareDatetime | None = None
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(None, ge=0, le=1e6, allow_inf_nan=False)
    device: Annotated[str, Field(max_length=100), AfterValidator(clean)] | None = None
    model: Annotated[str, Field(max_length=100), AfterValidator(clean)] | None = Field(
        None, description="network that the phone itself checked with"
    )
    policy: Annotated[str, Field(max_length=100), AfterValidator(clean)] | None = Field(
        None, description="policy that the phone itself checked with"
    )
    sha256: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="of the photo's bytes when it was taken"
    )

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together")
        return self


class BoxOut(BaseModel):
    """Evidence, in pixels of the upright photo as taken."""

    label: Label
    score: float
    xyxy: tuple[float, float, float, float]


class FindingOut(BaseModel):
    """One rule's answer."""

    rule: RuleId
    verdict: Verdict
    reason: Reason
    detail: str
    advisory: bool
    score: float | None
    value: float | None
    threshold: float | None
    boxes: list[BoxOut]
    clause: str


class ReportOut(BaseModel):
    """The checker's answer, the same as `ppe check --json` prints."""

    shot: Shot
    shot_guessed: bool
    verdict: Verdict
    findings: list[FindingOut]
    quality: dict[str, float]
    capture: dict[str, Any]
    photo_size: tuple[int, int]
    sha256: str
    model: dict[str, str]
    policy: dict[str, str]
    timings: dict[str, float]


class Created(BaseModel):
    """A time of birth and an identifier."""

    id: str
    created_at: datetime

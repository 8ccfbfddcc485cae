"""What a photo is of: work order, technician and shot, from the sidecar, its folders or settings.

    INBOX/WO-2026-0001/selfie.jpg                 the file's name begins with the shot
    INBOX/WO-2026-0001/site_after/IMG_0042.jpg    a folder names the shot
    INBOX/WO-2026-0001@SZ10086/shoes-2.jpg        the technician behind an @
    INBOX/IMG_0042.jpg + INBOX/IMG_0042.json      a sidecar names everything

A sidecar goes before folders, folders before settings.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from edge.agent.errors import EdgeError
from vision import Shot

# The service's own patterns; a test holds them to docs/openapi.json.
Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
_NUMBER, _LOGIN = TypeAdapter[str](Number), TypeAdapter[str](Login)


class CaptureRecord(BaseModel):
    """What is known about the making of a photo; the service's shape."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    taken_at: AwareDatetime | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)
    device: str | None = Field(default=None, max_length=100)
    model: str | None = Field(default=None, max_length=100)
    policy: str | None = Field(default=None, max_length=100)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude come together")
        return self


class Sidecar(CaptureRecord):
    """`PHOTO.json` beside `PHOTO.jpg`; every field may be left out."""

    work_order: Number | None = None
    technician: Login | None = None
    shot: Shot | None = None


@dataclass(frozen=True)
class Filing:
    """Where a photo belongs.

    Attributes:
        work_order: its number.
        technician: login; None lets the service take the work order's.
        shot: what the photo was taken for.
        capture: the capture record as JSON text, None if nothing is known.
    """

    work_order: str
    technician: str | None
    shot: Shot
    capture: str | None = None


@dataclass(frozen=True)
class Defaults:
    """What the settings say of photos that say nothing themselves."""

    work_order: str | None = None
    technician: str | None = None
    shot: Shot | None = None


def sidecar_of(photo: Path) -> Path | None:
    """`IMG.json` or `IMG.jpg.json` beside `IMG.jpg`, if there is one."""
    for path in (photo.with_suffix(".json"), photo.with_name(photo.name + ".json")):
        if path.is_file():
            return path
    return None


def file_photo(photo: Path, inbox: Path, defaults: Defaults) -> Filing:
    """Decide where a photo in or below the inbox belongs.

    Raises:
        EdgeError: `edge.no_work_order`, `edge.no_shot`, `edge.name_invalid`,
            `edge.sidecar_invalid`.
    """
    sidecar = _read_sidecar(photo)
    folders = photo.relative_to(inbox).parts[:-1]
    orders = [name for name in folders if _shot_named(name) is None]
    order, _, technician = orders[0].partition("@") if orders else ("", "", "")
    # The innermost folder that names a shot, else the beginning of the file's name.
    shots = [shot for name in reversed(folders) if (shot := _shot_named(name))]
    shot = sidecar.shot or next(iter(shots), None) or _shot_begun(photo.stem) or defaults.shot
    number = sidecar.work_order or order or defaults.work_order
    login = sidecar.technician or technician or defaults.technician
    if number is None:
        raise EdgeError(
            "edge.no_work_order",
            f"{photo.name} is in no work order's folder: move it to {inbox.name}/ORDER/",
        )
    if shot is None:
        raise EdgeError(
            "edge.no_shot",
            f"{photo.name} does not say what it was taken for: put it into a folder named "
            f"{', '.join(Shot)}, or begin its name so",
        )
    return Filing(
        _valid(_NUMBER, number, "work order"),
        _valid(_LOGIN, login, "login") if login else None,
        shot,
        _capture_of(sidecar),
    )


def refiled(
    filing: Filing, work_order: str | None, technician: str | None, shot: Shot | None
) -> Filing:
    """The same with what is given put in its place.

    Raises:
        EdgeError: `edge.name_invalid`.
    """
    return Filing(
        _valid(_NUMBER, work_order, "work order") if work_order else filing.work_order,
        _valid(_LOGIN, technician, "login") if technician else filing.technician,
        shot or filing.shot,
        filing.capture,
    )


def _read_sidecar(photo: Path) -> Sidecar:
    path = sidecar_of(photo)
    if path is None:
        return Sidecar()
    try:
        return Sidecar.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        details = error.errors() if isinstance(error, ValidationError) else []
        fields = ["{}: {}".format(".".join(map(str, d["loc"])), d["msg"]) for d in details]
        raise EdgeError(
            "edge.sidecar_invalid", f"{path.name}: {'; '.join(fields) or 'cannot be read'}"
        ) from error


def _capture_of(sidecar: Sidecar) -> str | None:
    known: dict[str, Any] = sidecar.model_dump(include=set(CaptureRecord.model_fields))
    record = CaptureRecord(**known)
    return record.model_dump_json(exclude_none=True) if record != CaptureRecord() else None


def _shot_named(name: str) -> Shot | None:
    plain = name.lower().replace("-", "_").replace(" ", "_")
    return next((shot for shot in Shot if shot == plain), None)


def _shot_begun(stem: str) -> Shot | None:
    """`site-after (2)` begins with a shot, `selfies` does not."""
    plain = stem.lower().replace("-", "_").replace(" ", "_")
    for shot in Shot:
        if plain.startswith(shot) and not plain.removeprefix(shot)[:1].isalpha():
            return shot
    return None


def _valid(kind: TypeAdapter[str], text: str, what: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        raise EdgeError("edge.name_invalid", f"{text!r} cannot be a {what}") from error

"""Corrections out: decided checks as the lines and pictures that training data is made of.

The format is that of `vision.corrections`; docs/corrections.md describes it.
"""

import contextlib
import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, selectinload

from api import audit, pictures
from api.access import AnySelect
from api.db import Database
from api.decided import last_review_id
from api.errors import ApiError
from api.photos import PhotoStore
from api.tables import Account, Check, CheckFinding, Decision, Review, ReviewState, Role, Team
from vision import LABELS, ArgumentError, Label, Shot, Verdict
from vision.corrections import LINES, Correction, MarkedBox, RuleAnswer, to_line
from vision.policy import RuleId

SIDE = 2560  # longest side of an exported picture, pixels
BATCH = 50


@dataclass(frozen=True)
class Since:
    """Which decisions are exported.

    Attributes:
        after: only those made later: that of the last line, and the next export goes on there.
        overruled: only those that say something else than the model.
        limit: at most so many, the earliest first; None is all.
    """

    after: datetime | None = None
    overruled: bool = False
    limit: int | None = None


def decided(statement: AnySelect, since: Since) -> AnySelect:
    """Of a `select(Check.id)` those with a decision that stands, in the order of the decisions.

    People who were erased are left out.
    """
    statement = (
        statement.join(Review, Review.id == last_review_id())
        .join(Account, Account.id == Check.technician_id)
        .where(Check.review == ReviewState.DONE, Account.erased_at.is_(None))
        .order_by(Review.created_at, Review.id)
    )
    if since.after is not None:
        statement = statement.where(Review.created_at > since.after)
    if since.overruled:
        changed = select(CheckFinding.check_id).where(
            CheckFinding.verdict != CheckFinding.final_verdict
        )
        accepted = and_(Review.decision == Decision.ACCEPT, Check.id.in_(changed))
        statement = statement.where(or_(accepted, Review.boxes.is_not(None)))
    return statement if since.limit is None else statement.limit(since.limit)


def export(
    database: Database,
    store: PhotoStore | None,
    out: Path,
    since: Since,
    team: str | None,
    blur_faces: bool = False,
) -> int:
    """Write a file, whole or not at all; how many checks are in it.

    Args:
        database: with the decisions.
        store: with the photos; None writes the lines alone.
        out: the file.
        since: which decisions.
        team: only this team's, by name.
        blur_faces: in the pictures.

    Raises:
        ApiError: `request.not_found`, there is no such team.
        ArgumentError: `argument.output_unusable`.
    """
    with database.read() as session:
        statement = decided(select(Check.id), since)
        if team is not None:
            team_id = session.scalar(select(Team.id).where(Team.name == team))
            if team_id is None:
                raise ApiError("request.not_found", f"there is no team {team!r}")
            statement = statement.where(Check.team_id == team_id)
        ids = list(session.scalars(statement))
    with database.write() as session:
        audit.append(session, None, "corrections.exported", "corrections", checks=ids)
    parts = lines(database, ids) if store is None else archive(database, store, ids, blur_faces)
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(parts)
        part.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise ArgumentError(
            "argument.output_unusable", f"cannot write {out}: {error.strerror or error}"
        ) from error
    return len(ids)


def lines(database: Database, check_ids: Sequence[str]) -> Iterator[bytes]:
    """The lines alone, without pictures."""
    for rows in _batches(database, check_ids):
        for check, review, role in rows:
            yield to_line(_correction(check, review, role, None)).encode()


def archive(
    database: Database, store: PhotoStore, check_ids: Sequence[str], blur_faces: bool = False
) -> Iterator[bytes]:
    """A ZIP of pictures and lines, made while it is sent: no more than one picture in memory."""
    pipe = _Pipe()
    texts: list[str] = []
    written: set[str] = set()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as packed:  # type: ignore[call-overload]
        for rows in _batches(database, check_ids):
            for check, review, role in rows:
                picture = _picture(store, check, blur_faces)
                correction = _correction(check, review, role, picture)
                texts.append(to_line(correction))
                if picture is not None and correction.file not in (None, *written):
                    packed.writestr(str(correction.file), picture.jpeg)
                    written.add(str(correction.file))
                    yield pipe.take()
        packed.writestr(LINES, "".join(texts), zipfile.ZIP_DEFLATED)
    yield pipe.take()


Row = tuple[Check, Review, str]


def _batches(database: Database, check_ids: Sequence[str]) -> Iterator[list[Row]]:
    """Checks with their last decision and the role of who made it, in the order asked for.

    What was taken back since it was asked for is left out.
    """
    for start in range(0, len(check_ids), BATCH):
        wanted = check_ids[start : start + BATCH]
        with database.read() as session:
            found = _read(session, wanted)
        yield [found[check_id] for check_id in wanted if check_id in found]


def _read(session: Session, check_ids: Sequence[str]) -> dict[str, Row]:
    statement = (
        select(Check, Review, Account.role)
        .join(Review, Review.id == last_review_id())
        .join(Account, Account.id == Review.reviewer_id)
        .where(Check.id.in_(check_ids), Check.review == ReviewState.DONE)
        .options(selectinload(Check.findings))
    )
    return {check.id: (check, review, role) for check, review, role in session.execute(statement)}


@dataclass(frozen=True)
class _Picture:
    """A photo as it is exported: JPEG bytes, its size in pixels, whether faces are hidden."""

    jpeg: bytes
    width: int
    height: int
    faces_blurred: bool


def _picture(store: PhotoStore, check: Check, blur_faces: bool) -> _Picture | None:
    """The photo drawn anew, without metadata; None once its time is over.

    Also None where faces are to be blurred and nobody has written down where they are.

    The one place where pictures leave for training: what they may show is decided here.
    """
    if check.photo_deleted_at is not None or (blur_faces and check.faces is None):
        return None
    try:
        data = store.get(check.photo_sha256)
    except FileNotFoundError:  # retention came in between
        return None
    faces = check.faces or () if blur_faces else ()
    jpeg = pictures.without_metadata(data, SIDE, faces)
    with Image.open(io.BytesIO(jpeg)) as image:
        return _Picture(jpeg, *image.size, faces_blurred=bool(faces))


def _seen(boxes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a network can see in one picture, not what was moved between two."""
    return [box for box in boxes if Label(box["label"]) in LABELS]


def _correction(check: Check, review: Review, role: str, picture: _Picture | None) -> Correction:
    report = check.report
    width, height = report["photo_size"]
    scale = 1.0 if picture is None else picture.width / width
    size = (width, height) if picture is None else (picture.width, picture.height)
    evidence = [box for finding in report["findings"] for box in _seen(finding["boxes"])]
    seen = {(box["label"], tuple(box["xyxy"])): box for box in evidence}
    is_accepted = review.decision == Decision.ACCEPT
    reasons = {finding["rule"]: finding["reason"] for finding in report["findings"]}
    return Correction(
        check_id=check.id,
        sha256=check.photo_sha256,
        file=None if picture is None else f"photos/{check.photo_sha256}.jpg",
        width=size[0],
        height=size[1],
        faces_blurred=picture is not None and picture.faces_blurred,
        group=hashlib.sha256(f"ppe-corrections/{check.technician_id}".encode()).hexdigest()[:16],
        shot=Shot(check.shot),
        detections=_scaled(seen.values(), scale, size),
        boxes=None if review.boxes is None else _scaled(_seen(review.boxes), scale, size),
        rules=tuple(
            RuleAnswer(
                rule=RuleId(finding.rule),
                advisory=finding.advisory,
                model=Verdict(finding.verdict),
                reason=reasons[finding.rule],
                final=Verdict(finding.final_verdict) if is_accepted else None,
            )
            for finding in check.findings
        ),
        verdict=Verdict(check.verdict),
        final_verdict=Verdict(check.final_verdict),
        decision="accept" if is_accepted else "reject",
        # Only these two decide; who has another role by now decided as a supervisor.
        decided_by="admin" if role == Role.ADMIN else "supervisor",
        decided_at=review.created_at,
        checked_at=check.created_at,
        model=report["model"],
        policy=report["policy"],
    )


def _scaled(boxes: Any, scale: float, size: tuple[int, int]) -> tuple[MarkedBox, ...]:
    """Boxes in pixels of the exported picture; one that rounding left without a size is dropped."""
    scaled = []
    for box in boxes:
        edges = zip(box["xyxy"], size * 2, strict=True)
        xyxy = [min(round(value * scale, 1), float(edge)) for value, edge in edges]
        if xyxy[0] < xyxy[2] and xyxy[1] < xyxy[3]:
            scaled.append(MarkedBox(label=box["label"], xyxy=tuple(xyxy), score=box["score"]))
    return tuple(scaled)


class _Pipe:
    """A file that is written at one end and taken away at the other."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """As a file does."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """As a file does."""

    def take(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

"""Photos, checks, and what people said about them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.tables.base import ID_LENGTH, Base, Identified
from api.tables.people import Account
from api.tables.work import WorkOrder


class ReviewState(StrEnum):
    """Whether a person has to look, or has looked."""

    NONE = "none"
    OPEN = "open"
    DONE = "done"


class StoredPhoto(Base):
    """A photo that the store has. Taking or dropping one happens under this row's lock."""

    __tablename__ = "photos"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    stored_at: Mapped[datetime]


class Check(Identified, Base):
    """One photo that was checked.

    Attributes:
        photo_sha256: of the photo as sent; stays when the photo itself is deleted.
        photo_hash: perceptual, 64 bits as a signed number; None for a picture without structure.
        faces: where a face may be, x1, y1, x2, y2 in pixels of the upright photo as taken; None
            where nobody has looked.
        day: in the service's time zone, for statistics.
        verdict: the model's. final_verdict: after review, else the same.
        version: counts the decisions; whoever decides names the one they saw.
        search_pending: whether parts of other photos are still to be looked for (`api.searching`).
    """

    __tablename__ = "checks"

    technician_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    submitted_by: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.id"), index=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    shot: Mapped[str] = mapped_column(String(16))
    day: Mapped[date] = mapped_column(index=True)
    photo_sha256: Mapped[str] = mapped_column(String(64), index=True)
    photo_hash: Mapped[int | None] = mapped_column(BigInteger)
    photo_deleted_at: Mapped[datetime | None]
    faces: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))
    verdict: Mapped[str] = mapped_column(String(8))
    final_verdict: Mapped[str] = mapped_column(String(8))
    review: Mapped[ReviewState] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(default=1)
    search_pending: Mapped[bool] = mapped_column(default=False)
    model_version: Mapped[str] = mapped_column(String(100), index=True)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    capture: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    technician: Mapped[Account] = relationship(foreign_keys=technician_id)
    order: Mapped[WorkOrder] = relationship()
    findings: Mapped[list["CheckFinding"]] = relationship(order_by="CheckFinding.position")
    flags: Mapped[list["Flag"]] = relationship(
        foreign_keys="Flag.check_id", order_by="Flag.created_at, Flag.id"
    )

    __table_args__ = (
        Index("ix_checks_team_id_created_at", "team_id", "created_at"),
        Index("ix_checks_review_created_at", "review", "created_at"),
        Index("ix_checks_final_verdict_created_at", "final_verdict", "created_at"),
        Index(
            "ix_checks_search_pending",
            "created_at",
            sqlite_where=text("search_pending"),
            postgresql_where=text("search_pending"),
        ),
    )


class CheckFinding(Base):
    """One rule's verdict, for filters, statistics and corrections; the rest is in the report."""

    __tablename__ = "findings"

    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(64), index=True)
    verdict: Mapped[str] = mapped_column(String(8))
    final_verdict: Mapped[str] = mapped_column(String(8))
    advisory: Mapped[bool]


class FlagKind(StrEnum):
    """Why a supervisor is asked to look at a photo, whatever its verdict."""

    SAME_PHOTO = "same_photo"
    NEAR_DUPLICATE = "near_duplicate"
    CROPPED_COPY = "cropped_copy"
    RECAPTURED = "recaptured"
    OTHER_TIME = "other_time"
    OTHER_PLACE = "other_place"


class Flag(Identified, Base):
    """A question about a photo, never an accusation."""

    __tablename__ = "flags"

    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    kind: Mapped[FlagKind] = mapped_column(String(32), index=True)
    earlier_id: Mapped[str | None] = mapped_column(ForeignKey("checks.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class HashBand(Base):
    """A quarter of a perceptual hash: two hashes that differ in 3 bits share one of four."""

    __tablename__ = "hash_bands"

    band: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), primary_key=True)


class PhotoSketch(Base):
    """Keypoints of a photo that is still kept; `data` is of `api.sketch.Sketch`."""

    __tablename__ = "sketches"

    id: Mapped[int] = mapped_column(primary_key=True)
    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), unique=True)
    data: Mapped[bytes]


class SketchWord(Base):
    """A word of a sketch: photos that show the same have many in common.

    Hundreds a photo: so there is one index, no more, and no reference to `sketches`.
    """

    __tablename__ = "sketch_words"

    word: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sketch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Claim(Base):
    """An Idempotency-Key: being worked on while `check_id` is empty, answered once it is set."""

    __tablename__ = "claims"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    holder: Mapped[str] = mapped_column(String(ID_LENGTH))
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    check_id: Mapped[str | None] = mapped_column(ForeignKey("checks.id"))


class Decision(StrEnum):
    """What a supervisor says about a check."""

    ACCEPT = "accept"
    REJECT = "reject"
    REOPEN = "reopen"


class Review(Identified, Base):
    """One decision; `changes` maps rules to the verdicts given instead.

    `boxes` are all boxes as the reviewer left them, as `vision.corrections.MarkedBox` in pixels of
    the upright photo as taken; None if nobody touched them.
    """

    __tablename__ = "reviews"

    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    decision: Mapped[Decision] = mapped_column(String(8))
    comment: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, str]] = mapped_column(JSON)
    boxes: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    version: Mapped[int]


class Appeal(Identified, Base):
    """A technician asks for another look; the next review answers it."""

    __tablename__ = "appeals"

    check_id: Mapped[str] = mapped_column(ForeignKey("checks.id"), index=True)
    technician_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    text: Mapped[str] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("reviews.id"))
    check: Mapped[Check] = relationship()

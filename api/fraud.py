"""Questions about a photo: was it sent before, was it taken elsewhere or at another time?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.copies import Copy
from api.fingerprint import bands, distance, perceptual_hashes, to_unsigned
from api.settings import Settings
from api.tables import Check, FlagKind, HashBand, WorkOrder
from vision import Shot

EARTH_RADIUS_M = 6_371_000
MAX_CANDIDATES = 500  # of one lookup; the newest are looked at
BEFORE_AND_AFTER = {Shot.SITE_BEFORE, Shot.SITE_AFTER}


@dataclass(frozen=True)
class Looks:
    """Perceptual hashes of a photo and of its mirror image; None for one without structure."""

    plain: int | None
    mirrored: int | None

    @classmethod
    def of(cls, pixels: npt.NDArray[np.uint8]) -> "Looks":
        """Of a decoded photo."""
        return cls(*perceptual_hashes(pixels))

    def views(self) -> tuple[tuple[int | None, bool], ...]:
        """Each with whether it is that of the mirror image."""
        return (self.plain, False), (self.mirrored, True)


@dataclass(frozen=True)
class Question:
    """One flag to raise."""

    kind: FlagKind
    earlier_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def sent_before(
    session: Session, sha256: str, looks: Looks, shot: Shot, order_id: str, near: int
) -> Question | None:
    """The earlier check with the same photo, else the one with the most similar photo."""
    same = select(Check.id).where(Check.photo_sha256 == sha256).order_by(Check.created_at)
    earlier = session.scalar(same.limit(1))
    if earlier is not None:
        return Question(FlagKind.SAME_PHOTO, earlier)
    best: tuple[int, bool, str] | None = None
    views = [(value, turned) for value, turned in looks.views() if value is not None]
    for candidate in _candidates(session, [value for value, _ in views]):
        if candidate.order_id == order_id and {shot, candidate.shot} == BEFORE_AND_AFTER:
            continue  # the same place from the same spot is what these two shots are for
        for value, is_mirrored in views:
            bits = distance(value, to_unsigned(candidate.photo_hash))
            if bits <= near and (best is None or bits < best[0]):
                best = (bits, is_mirrored, candidate.id)
    if best is None:
        return None
    facts = {"distance": best[0], "mirrored": best[1]}
    return Question(FlagKind.NEAR_DUPLICATE, best[2], facts)


def is_cut_out_of(copy: Copy, shot: str, order_id: str) -> bool:
    """Whether it is worth a question that a photo shows what another one shows."""
    return copy.order_id != order_id or {shot, copy.shot} != BEFORE_AND_AFTER


def _candidates(session: Session, values: Sequence[int]) -> list[Any]:
    shared = [and_(HashBand.band == n, HashBand.value == v) for h in values for n, v in bands(h)]
    if not shared:
        return []
    ids = select(HashBand.check_id).where(or_(*shared))
    statement = (
        select(Check.id, Check.photo_hash, Check.order_id, Check.shot)
        .where(Check.id.in_(ids))
        .order_by(Check.created_at.desc())
        .limit(MAX_CANDIDATES)
    )
    return list(session.execute(statement))


def taken_elsewhere(
    order: WorkOrder, latitude: float | None, longitude: float | None, settings: Settings
) -> Question | None:
    """The photo's place against the work order's, where both are known."""
    if latitude is None or longitude is None or order.latitude is None or order.longitude is None:
        return None
    metres = _metres(latitude, longitude, order.latitude, order.longitude)
    if metres <= settings.place_tolerance_m:
        return None
    facts = {"metres": round(metres), "tolerance": settings.place_tolerance_m}
    return Question(FlagKind.OTHER_PLACE, facts=facts)


def taken_at_another_time(
    order: WorkOrder, taken_at: datetime | None, settings: Settings
) -> Question | None:
    """The photo's time against the work order's, where both are known."""
    if taken_at is None:
        return None
    early = (order.starts_at - taken_at).total_seconds() if order.starts_at else 0.0
    late = (taken_at - order.ends_at).total_seconds() if order.ends_at else 0.0
    seconds = max(early, late)
    if seconds <= settings.time_tolerance_s:
        return None
    facts = {
        "seconds": round(seconds),
        "before_start": early > late,
        "tolerance": settings.time_tolerance_s,
    }
    return Question(FlagKind.OTHER_TIME, facts=facts)


def _metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half_phi = math.sin((phi2 - phi1) / 2)
    half_lambda = math.sin(math.radians(lon2 - lon1) / 2)
    inner = half_phi**2 + math.cos(phi1) * math.cos(phi2) * half_lambda**2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(inner)))

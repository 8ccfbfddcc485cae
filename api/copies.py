"""Photos cut out of earlier ones: found by words, held against keypoints, proven by pixels.

Only photos that are still kept can be found: a supervisor has to be able to compare.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from api.photos import PhotoStore
from api.sketch import Sketch, agreement, overlay
from api.tables import Check, PhotoSketch, SketchWord
from vision import PhotoLimits, decode_photo

Pixels = npt.NDArray[np.uint8]
MIN_WORDS = 3  # in common; photos of different places seldom have more than two
MAX_CANDIDATES = 10  # whose keypoints are compared
MAX_PROOFS = 3  # whose pixels are compared
DECODE_SIDE = 512
MIN_AGREEMENT = 0.9  # `python -m api.fraud_study` prints what others give


@dataclass(frozen=True)
class Appearance:
    """A photo and its mirror image, ready to be looked up."""

    pixels: Pixels
    plain: Sketch
    mirrored: Sketch

    @classmethod
    def of(cls, pixels: Pixels) -> "Appearance":
        """Of a decoded photo."""
        return cls(pixels, Sketch.of(pixels), Sketch.of(_mirror(pixels)))

    def views(self) -> tuple[tuple[bool, Pixels, Sketch], ...]:
        """As it is, and mirrored."""
        return (False, self.pixels, self.plain), (True, _mirror(self.pixels), self.mirrored)


@dataclass(frozen=True)
class Copy:
    """The earlier check whose photo the new one was cut out of."""

    check_id: str
    order_id: str
    shot: str
    mirrored: bool
    agreement: float


@dataclass(frozen=True)
class _Candidate:
    check_id: str
    order_id: str
    shot: str
    sha256: str
    sketch: Sketch


def find_copies(session: Session, store: PhotoStore, looks: Appearance) -> list[Copy]:
    """The earlier photos that the new one is a part of, the surest first."""
    found: dict[str, Copy] = {}
    for mirrored, pixels, sketch in looks.views():
        fitting = []
        for candidate in _candidates(session, sketch.words):
            warp = overlay(sketch, candidate.sketch)
            if warp is not None:
                fitting.append((candidate, warp))
        for candidate, warp in fitting[:MAX_PROOFS]:
            share = _agreement(store, candidate.sha256, pixels, warp)
            known = found.get(candidate.check_id)
            if share >= MIN_AGREEMENT and (known is None or share > known.agreement):
                found[candidate.check_id] = Copy(
                    candidate.check_id, candidate.order_id, candidate.shot, mirrored, share
                )
    return sorted(found.values(), key=lambda copy: -copy.agreement)


def _candidates(session: Session, words: Sequence[int]) -> Iterator[_Candidate]:
    """Those with the most words in common."""
    common = func.count()
    most = (
        select(SketchWord.sketch_id, common.label("common"))
        .where(SketchWord.word.in_(words))
        .group_by(SketchWord.sketch_id)
        .having(common >= MIN_WORDS)
        .order_by(common.desc())
        .limit(MAX_CANDIDATES)
        .subquery()
    )
    statement = (
        select(Check.id, Check.order_id, Check.shot, Check.photo_sha256, PhotoSketch.data)
        .join(PhotoSketch, PhotoSketch.check_id == Check.id)
        .join(most, most.c.sketch_id == PhotoSketch.id)
        .order_by(most.c.common.desc(), Check.created_at)
    )
    for check_id, order_id, shot, sha256, data in session.execute(statement):
        yield _Candidate(check_id, order_id, shot, sha256, Sketch.from_bytes(data))


def _agreement(store: PhotoStore, address: str, pixels: Pixels, warp: Any) -> float:
    try:
        data = store.get(address)
    except FileNotFoundError:  # its time ran out a moment ago
        return 0.0
    earlier = decode_photo(data, DECODE_SIDE, PhotoLimits(max_bytes=len(data)))
    return agreement(pixels, earlier.pixels, warp)


def remember(session: Session, check_id: str, sketch: Sketch) -> None:
    """Write a photo's sketch and words down; one without keypoints has nothing to find it by."""
    words = sketch.words
    if not words:
        return
    row = PhotoSketch(check_id=check_id, data=sketch.to_bytes())
    session.add(row)
    session.flush()
    session.execute(insert(SketchWord), [{"word": word, "sketch_id": row.id} for word in words])


def forget(session: Session, check_ids: Sequence[str]) -> None:
    """Of photos that are deleted; their words go along."""
    session.execute(delete(PhotoSketch).where(PhotoSketch.check_id.in_(check_ids)))


def _mirror(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])

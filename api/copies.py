"""Photos cut out of earlier ones: found by words, held against keypoints, proven by pixels.

Only photos that are still kept can be found: a supervisor has to be able to compare.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ARRAY, Integer, Select, cast, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from api.photos import PhotoStore
from api.sketch import SIDE, Sketch, agreement, overlay, shrunk
from api.tables import Check, PhotoSketch, SketchWord
from vision import PhotoLimits, decode_photo

Grey = npt.NDArray[np.uint8]
MIN_WORDS = 3  # in common; photos of different places seldom have more than two
MAX_CANDIDATES = 10  # whose keypoints are compared
MAX_PROOFS = 3  # whose pixels are compared
MIN_AGREEMENT = 0.9  # `python -m api.fraud_study` prints what others give


@dataclass(frozen=True)
class Appearance:
    """A photo and its mirror image, ready to be looked up; `grey` as `sketch.shrunk` makes it."""

    grey: Grey
    plain: Sketch
    mirrored: Sketch

    @classmethod
    def of(cls, grey: Grey) -> "Appearance":
        """Of what `sketch.shrunk` makes of a decoded photo."""
        return cls(grey, *Sketch.both(grey))

    def views(self) -> tuple[tuple[bool, Grey, Sketch], ...]:
        """As it is, and mirrored."""
        mirror = np.ascontiguousarray(self.grey[:, ::-1])
        return (False, self.grey, self.plain), (True, mirror, self.mirrored)


@dataclass(frozen=True)
class Copy:
    """The check whose photo another one was cut out of."""

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


def find_copies(
    session: Session, store: PhotoStore, looks: Appearance, check_id: str | None = None
) -> list[Copy]:
    """The photos remembered that this one is a part of, the surest first; not that of its check."""
    found: dict[str, Copy] = {}
    for mirrored, grey, sketch in looks.views():
        fitting = []
        for candidate in _candidates(session, sketch.words, check_id):
            warp = overlay(sketch, candidate.sketch)
            if warp is not None:
                fitting.append((candidate, warp))
        for candidate, warp in fitting[:MAX_PROOFS]:
            share = _agreement(store, candidate.sha256, grey, warp)
            known = found.get(candidate.check_id)
            if share >= MIN_AGREEMENT and (known is None or share > known.agreement):
                found[candidate.check_id] = Copy(
                    candidate.check_id, candidate.order_id, candidate.shot, mirrored, share
                )
    return sorted(found.values(), key=lambda copy: -copy.agreement)


def _candidates(
    session: Session, words: Sequence[int], check_id: str | None
) -> Iterator[_Candidate]:
    """Those with the most words in common."""
    if len(words) < MIN_WORDS:
        return
    common = func.count()
    most = (
        select(SketchWord.sketch_id, common.label("common"))
        .where(SketchWord.word.in_(_listed(session, words)))
        .group_by(SketchWord.sketch_id)
        .having(common >= MIN_WORDS)
        .order_by(common.desc())
        .limit(MAX_CANDIDATES + 1)  # one may be its own
        .subquery()
    )
    statement = (
        select(Check.id, Check.order_id, Check.shot, Check.photo_sha256, PhotoSketch.data)
        .join(PhotoSketch, PhotoSketch.check_id == Check.id)
        .join(most, most.c.sketch_id == PhotoSketch.id)
        .order_by(most.c.common.desc(), Check.created_at)
    )
    for found_id, order_id, shot, sha256, data in session.execute(statement):
        if found_id != check_id:
            yield _Candidate(found_id, order_id, shot, sha256, Sketch.from_bytes(data))


def _listed(session: Session, words: Sequence[int]) -> Select[Any]:
    """Words as a table: hundreds of parameters take longer to write out than to look up."""
    if session.get_bind().dialect.name == "sqlite":
        value = func.json_each(json.dumps(list(words))).table_valued("value").c.value
        return select(cast(value, Integer))
    return select(func.unnest(literal(list(words), ARRAY(Integer))))


def _agreement(store: PhotoStore, address: str, grey: Grey, warp: Any) -> float:
    try:
        data = store.get(address)
    except FileNotFoundError:  # its time ran out a moment ago
        return 0.0
    return agreement(grey, shrunk_photo(data), warp)


def shrunk_photo(data: bytes) -> Grey:
    """What keypoints are taken of, of a photo that is kept."""
    return shrunk(decode_photo(data, SIDE, PhotoLimits(max_bytes=len(data))).pixels)


def remember(session: Session, check_id: str, sketch: Sketch) -> None:
    """Write a photo's sketch and words down; one without keypoints has nothing to find it by."""
    words = sketch.words
    if not words:
        return
    row = PhotoSketch(check_id=check_id, data=sketch.to_bytes())
    session.add(row)
    session.flush()
    listed = _listed(session, words).subquery()
    pairs = select(listed.c[0], literal(row.id))
    session.execute(insert(SketchWord).from_select(["word", "sketch_id"], pairs))


def forget(session: Session, check_ids: Sequence[str]) -> None:
    """Of photos that are deleted; the words are found by what the sketch says they are."""
    mine = PhotoSketch.check_id.in_(check_ids)
    for row_id, data in session.execute(select(PhotoSketch.id, PhotoSketch.data).where(mine)).all():
        words = _listed(session, Sketch.from_bytes(data).words)
        session.execute(
            delete(SketchWord).where(SketchWord.word.in_(words), SketchWord.sketch_id == row_id)
        )
    session.execute(delete(PhotoSketch).where(mine))

"""Corrections of the running service → pictures to train on, pictures to hold out, to label.

`docs/corrections.md` describes the file. What a person said decides what is known of a picture:

* Boxes that a person went through are labels, and the labels among them and among the network's
  evidence are known (`Correction.looked_at`); of all others nothing is.
* A verdict alone is known only where it says by itself that a thing is not there (`SAYS_ABSENT`):
  what the network took for litter on a clean floor is a true negative, found where it fails.
* A picture with blurred faces says nothing about heads and sunglasses (`IN_FACES`).
* Other overruled verdicts say that something is wrong, not what: those pictures are put aside to be
  labelled, with the network's evidence drawn in.
"""

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image
from pydantic import ValidationError

from datasets.errors import DatasetError
from datasets.formats import Format, LabelledPicture, LabelSet, write
from datasets.records import Record, read_sources
from datasets.sources import HELD_OUT, OWN_SOURCES, REVIEWED
from datasets.splits import SEED
from vision.corrections import LINES, Correction, MarkedBox, newest, read_lines, to_line
from vision.findings import Reason, Verdict
from vision.labels import LABELS, Label
from vision.policy import RuleId

TO_LABEL = "to_label"
ORIGIN = "origin.json"

SAYS_ABSENT: Mapping[tuple[RuleId, Verdict], frozenset[Label]] = {
    (RuleId.SITE_CLEAN, Verdict.PASS): frozenset({Label.LITTER}),
    (RuleId.FACE_NO_SUNGLASSES, Verdict.PASS): frozenset({Label.SUNGLASSES}),
}
"""A person's verdict → labels of which nothing can be in the picture.

`badge.worn` FAIL is not here: a badge at the belt fails as well (but see `absent`).
"""

IN_FACES = frozenset({Label.HEAD, Label.SUNGLASSES})
"""What a mosaic on a face hides, or makes look like nothing a photo shows."""


def import_corrections(archive: Path, out: Path, hold_out: float = 0.0) -> Counter[str]:
    """Add an export of the service to a folder of reviewed pictures.

    `out` then holds the sources `reviewed` and, if asked for, `reviewed_held_out`, the set
    `to_label`, and all corrections so far; a correction decided later replaces an earlier one, and
    the sets are written anew.

    Args:
        archive: as `ppe corrections export` writes it, photos included.
        out: a new folder, or that of earlier imports.
        hold_out: share of the technicians whose photos are for measuring, never for training.

    Returns:
        How many pictures went where: the names of the sets, `rejected`, `without_photo`,
        `nothing_said`.

    Raises:
        DatasetError: `dataset.corrections_unreadable`, `dataset.output_unusable`,
            `dataset.picture_unreadable`.
    """
    corrections = _unpack(archive, out)
    sets: dict[str, list[tuple[Correction, tuple[MarkedBox, ...], frozenset[Label]]]] = {
        name: [] for name in (REVIEWED.name, HELD_OUT.name, TO_LABEL)
    }
    counts: Counter[str] = Counter(dict.fromkeys(sets, 0))
    for correction in corrections:
        hidden = IN_FACES if correction.faces_blurred else frozenset()
        known = (correction.looked_at | absent(correction)) - hidden
        if correction.decision == "reject":
            counts["rejected"] += 1
        elif not _photo(out, correction).is_file():
            counts["without_photo"] += 1
        elif known:
            held = _draw(correction.group) < hold_out
            boxes = tuple(box for box in correction.boxes or () if box.label not in hidden)
            sets[HELD_OUT.name if held else REVIEWED.name].append((correction, boxes, known))
        elif any(rule.is_overruled for rule in correction.rules):
            sets[TO_LABEL].append((correction, correction.detections, frozenset()))
        else:
            counts["nothing_said"] += 1
    for name, rows in sets.items():
        counts[name] = len(rows)
        _write(out / name, out, rows)
    return counts


def read_own(folder: Path) -> Iterator[Record]:
    """The pictures of a folder of imports, those held out among them.

    Raises:
        DatasetError: `dataset.source_missing`: there is none; and as `read_sources`.
    """
    there = [source for source in OWN_SOURCES if (folder / source.name / "images").is_dir()]
    if not there:
        raise DatasetError(
            "dataset.source_missing", f"{folder} holds none of {[s.name for s in OWN_SOURCES]}"
        )
    return read_sources(folder, there)


def absent(correction: Correction) -> frozenset[Label]:
    """Labels of which a person's verdicts say that the picture shows none.

    Boxes that the person left in the picture are believed before verdicts.
    """
    found: set[Label] = set()
    for rule in correction.rules:
        if rule.final is not None:
            found |= SAYS_ABSENT.get((rule.rule, rule.final), frozenset())
        if (rule.reason, rule.final) == (Reason.BADGE_MISSING, Verdict.FAIL):
            found.add(Label.BADGE)  # network and person agree that there is none
    return frozenset(found - {box.label for box in correction.boxes or ()})


def stem_of(correction: Correction) -> str:
    """Name of the picture: its group first, so that a split can keep groups together."""
    return f"{correction.group}_{correction.sha256[:16]}"


def _unpack(archive: Path, out: Path) -> list[Correction]:
    """All corrections, earlier imports included, one a photo; photos go to `out/photos`."""
    kept = out / LINES
    try:
        with zipfile.ZipFile(archive) as file:
            lines = file.read(LINES).decode("utf-8").splitlines()
            if kept.is_file():
                lines = kept.read_text(encoding="utf-8").splitlines() + lines
            corrections = newest(read_lines(lines))
            there = set(file.namelist())
            for name in {c.file for c in corrections if c.file} & there:
                target = out / name  # `file` is held to photos/<64 digits>.jpg
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read(name))
        kept.write_text("".join(map(to_line, corrections)), encoding="utf-8")
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError, ValidationError) as error:
        raise DatasetError(
            "dataset.corrections_unreadable", f"{archive} is no export of corrections: {error}"
        ) from error
    except FileNotFoundError as error:
        raise DatasetError("dataset.corrections_unreadable", f"cannot read {error}") from error
    except OSError as error:
        raise DatasetError("dataset.output_unusable", f"cannot write to {out}: {error}") from error
    # A photo may have been sent twice: what was decided last counts for the picture.
    by_photo = {c.sha256: c for c in sorted(corrections, key=lambda c: c.decided_at)}
    return [by_photo[sha256] for sha256 in sorted(by_photo)]


def _photo(out: Path, correction: Correction) -> Path:
    return out / (correction.file or f"photos/{correction.sha256}.jpg")


def _draw(group: str) -> float:
    """0 to 1, always the same for a group."""
    digest = hashlib.sha256(f"{SEED}/{REVIEWED.name}/{group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _write(
    folder: Path,
    out: Path,
    rows: Sequence[tuple[Correction, tuple[MarkedBox, ...], frozenset[Label]]],
) -> None:
    """One set, anew: what an earlier import put there may have been decided otherwise since."""
    for kind in ("images", "labels"):
        for file in (folder / kind).glob("*"):
            file.unlink()
    if not rows and not folder.is_dir():
        return
    pictures = []
    for correction, boxes, _ in rows:
        path, size = _photo(out, correction), (correction.width, correction.height)
        _hold_to_size(path, size)
        pictures.append(
            LabelledPicture(
                path,
                size,
                tuple((str(box.label), box.xyxy) for box in boxes),
                f"{stem_of(correction)}.jpg",
            )
        )
    known = {stem_of(c): [x for x in LABELS if x in labels] for c, _, labels in rows}
    write(LabelSet(tuple(map(str, LABELS)), tuple(pictures), known), folder, Format.SOURCE)
    origin = {stem_of(correction): _origin(correction) for correction, _, _ in rows}
    (folder / ORIGIN).write_text(json.dumps(origin, indent=1) + "\n", encoding="utf-8")


def _hold_to_size(path: Path, size: tuple[int, int]) -> None:
    try:
        with Image.open(path) as image:
            found = image.size
    except OSError as error:
        raise DatasetError("dataset.picture_unreadable", f"{path}: {error}") from error
    if found != size:
        raise DatasetError(
            "dataset.corrections_unreadable", f"{path} has {found} pixels, its boxes are for {size}"
        )


def _origin(correction: Correction) -> dict[str, object]:
    """Where a picture's labels come from, for whoever asks later."""
    said = correction.model_dump(
        mode="json",
        include={"check_id", "sha256", "group", "shot", "decided_by", "decided_at", "model"},
    )
    overruled = [str(rule.rule) for rule in correction.rules if rule.is_overruled]
    return said | {"boxes": correction.boxes is not None, "overruled": overruled}

"""Measure a detector on the real validation pictures, label by label.

Pictures are decoded by `vision.photo` and looked at by `vision.detector`, so that what is measured
is what a user gets; the validation split is `datasets.splits`'.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets.records import Record, read_sources
from datasets.sources import BY_NAME
from datasets.splits import divide
from models.average_precision import Matches, Truth, match
from models.figures import ClassFigures, Figures, SourceFigures
from models.thresholds import JUDGED_SIDE, Targets, choose
from vision.detections import Detections
from vision.detector import FLOOR, Detector
from vision.labels import Label
from vision.manifest import ClassFacts, Manifest
from vision.photo import PhotoLimits, decode_photo
from vision.session import SessionSettings

Track = Callable[[Sequence[Record]], Iterable[Record]]
"""Hands records on one by one, showing progress on the way."""

ANY_SIZE = PhotoLimits(min_side=1)
MEASURING_FLOOR = 0.001  # average precision counts boxes that verdicts never look at


@dataclass(frozen=True)
class Measured:
    """What a detector saw in some pictures, compared with what is there.

    Attributes:
        every: label → matches of all its things.
        judged: label → matches of the things large enough to be judged.
        sources: label → source → matches of all its things in that source's pictures.
        pictures: how many were looked at.
        whole_split: whether those are all validation pictures.
    """

    every: Mapping[Label, Matches]
    judged: Mapping[Label, Matches]
    sources: Mapping[Label, Mapping[str, Matches]]
    pictures: int
    whole_split: bool


def open_detector(
    manifest: Path,
    weights: Path | None = None,
    side: int | None = None,
    *,
    nms_free: bool = False,
    threads: int = 0,
) -> Detector:
    """A detector for measuring: it lets through even what scores next to nothing.

    Args:
        manifest: of the network to open with ONNX Runtime.
        weights: checkpoint to open with torch in its place.
        side: long edge of the input in pixels; None means the manifest's, or 640.
        nms_free: which of a checkpoint's two heads to read.
        threads: of one picture; 0 means all.

    Raises:
        ModelError: the manifest or its network cannot be read or is not what it says.
        MakeError: the checkpoint is not of the label space.
    """
    if weights is None:
        detector = Detector.open(manifest, SessionSettings(threads=threads), MEASURING_FLOOR)
        if side is not None:
            detector.manifest = detector.manifest.model_copy(update={"input_side": side})
        return detector
    # torch belongs to the train extra, which measuring the shipped network does without
    from models.release import draft_manifest  # noqa: PLC0415
    from models.torch_session import TorchSession  # noqa: PLC0415

    session = TorchSession(weights, nms_free, threads)
    return Detector(session, draft_manifest(weights, side or 640, weights.stem), MEASURING_FLOOR)


def validation_records(data: Path) -> list[Record]:
    """The real pictures held out of training."""
    records = divide(read_sources(data))["val"]
    return [record for record in records if not BY_NAME[record.source].synthetic]


def spread(records: Sequence[Record], limit: int | None) -> list[Record]:
    """At most `limit` records, taken evenly, so that every large source is among them."""
    if limit is None or limit >= len(records):
        return list(records)
    return [records[i * len(records) // limit] for i in range(limit)]


def look(detector: Detector, record: Record) -> tuple[Truth, Detections]:
    """One picture: what is there and what was seen, both in pixels of the network's input."""
    side = detector.manifest.input_side
    pixels = decode_photo(record.path.read_bytes(), side, ANY_SIZE).pixels
    seen = detector.detect(pixels)
    fitted = np.float32(side / max(pixels.shape[:2]))
    seen = Detections(seen.xyxy * fitted, seen.score, seen.label)
    ratio = side / max(record.size)
    boxes, crowd = (
        tuple(
            (label, (x1 * ratio, y1 * ratio, x2 * ratio, y2 * ratio))
            for label, (x1, y1, x2, y2) in group
        )
        for group in (record.boxes, record.crowd)
    )
    return Truth(boxes, record.known, crowd), seen


def measure(
    detector: Detector, data: Path, limit: int | None = None, track: Track = iter
) -> Measured:
    """Look at the validation pictures and compare.

    Args:
        detector: over any runtime.
        data: the folder with the sources.
        limit: look at so many pictures only; None means all.
        track: shows progress.
    """
    whole = validation_records(data)
    records = spread(whole, limit)
    truths: list[Truth] = []
    seen: list[Detections] = []
    for record in track(records):
        truth, detections = look(detector, record)
        truths.append(truth)
        seen.append(detections)
    labels = [facts.label for facts in detector.manifest.classes]
    return Measured(
        every={label: match(label, truths, seen) for label in labels},
        judged={label: match(label, truths, seen, JUDGED_SIDE) for label in labels},
        sources={label: _by_source(label, records, truths, seen) for label in labels},
        pictures=len(records),
        whole_split=len(records) == len(whole),
    )


def _by_source(
    label: Label, records: Sequence[Record], truths: Sequence[Truth], seen: Sequence[Detections]
) -> dict[str, Matches]:
    rows: dict[str, list[int]] = {}
    for row, record in enumerate(records):
        if label in record.known:
            rows.setdefault(record.source, []).append(row)
    return {
        source: match(label, [truths[i] for i in own], [seen[i] for i in own])
        for source, own in rows.items()
    }


def figures_of(measured: Measured, manifest: Manifest, runtime: str) -> Figures:
    """The figures of a measurement at the manifest's thresholds."""
    return Figures(
        network=f"{manifest.name} {manifest.version}",
        file=manifest.file,
        sha256=manifest.sha256,
        runtime=runtime,
        input_side=manifest.input_side,
        pictures=measured.pictures,
        whole_split=measured.whole_split,
        floor=FLOOR,
        judged_side=JUDGED_SIDE,
        classes=tuple(_class_figures(measured, facts) for facts in manifest.classes),
    )


def _class_figures(measured: Measured, facts: ClassFacts) -> ClassFigures:
    every, judged = measured.every[facts.label], measured.judged[facts.label]
    return ClassFigures(
        label=facts.label,
        pictures=every.pictures,
        pictures_with=every.pictures_with,
        boxes=every.boxes,
        ap50=every.ap50,
        judged_boxes=judged.boxes,
        at_present=judged.at(facts.present),
        at_best_f1=judged.best_f1(),
        sources={
            source: SourceFigures(pictures=m.pictures, boxes=m.boxes, ap50=m.ap50)
            for source, m in measured.sources[facts.label].items()
        },
    )


def with_thresholds(
    manifest: Manifest, measured: Measured, targets: Targets | None = None
) -> Manifest:
    """The manifest with thresholds, support and metrics as measured."""
    classes = tuple(
        choose(facts.label, measured.every[facts.label], measured.judged[facts.label], targets)
        for facts in manifest.classes
    )
    manifest = manifest.model_copy(update={"classes": classes})
    figures = figures_of(measured, manifest, "onnx")
    metrics = manifest.metrics | {
        "validation_pictures": measured.pictures,
        "whole_split": measured.whole_split,
        "map50": _rounded(figures.mean_ap50()),
        "ap50": {str(c.label): _rounded(c.ap50) for c in figures.classes if c.boxes},
        "boxes": {str(c.label): c.boxes for c in figures.classes if c.boxes},
    }
    return manifest.model_copy(update={"metrics": metrics})


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

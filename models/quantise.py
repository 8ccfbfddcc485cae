"""Float network → int8, and whether that pays: decided class by class and by the clock.

Static QDQ quantisation of the convolutions, per channel, calibrated on training pictures (never on
validation pictures). The head's last convolutions stay in float: boxes and scores share one tensor
there, and eight bits for both would leave the scores with two or three steps.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from datasets.records import Record, read_sources
from datasets.splits import divide
from models.evaluate import ANY_SIZE, Measured, spread
from models.release import draft_manifest, write_manifest
from vision.detector import letterbox
from vision.labels import Label
from vision.manifest import Manifest
from vision.photo import decode_photo
from vision.session import OnnxSession, SessionSettings

MAX_LOSS = 0.01  # AP50 a class may lose
HEAD_DEPTH = 1  # convolutions before each end of the head that stay in float
TIMED_RUNS = 15


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Letterboxed training pictures, one a batch, as the runtime's calibrator asks for them."""

    def __init__(self, records: Sequence[Record], side: int, name: str) -> None:
        self._batches = self._read(records, side)
        self._name = name

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {self._name: batch}

    @staticmethod
    def _read(records: Sequence[Record], side: int) -> Iterator[npt.NDArray[np.float32]]:
        for record in records:
            pixels = decode_photo(record.path.read_bytes(), side, ANY_SIZE).pixels
            yield letterbox(pixels, side)[0]


def calibration_records(data: Path, count: int) -> list[Record]:
    """Training pictures, spread over the sources."""
    return spread(divide(read_sources(data))["train"], count)


def quantise(network: Path, manifest: Manifest, records: Sequence[Record], out: Path) -> Manifest:
    """Write `ppe-int8.onnx` and a manifest with the same thresholds as the float network's.

    Args:
        network: the float ONNX file.
        manifest: of `network`.
        records: pictures to calibrate on.
        out: folder for both files.
    """
    out.mkdir(parents=True, exist_ok=True)
    target = out / "ppe-int8.onnx"
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(network), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(str(prepared))
        quantize_static(
            str(prepared),
            str(target),
            _Pictures(records, manifest.input_side, model.graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=last_convolutions(model, HEAD_DEPTH),
            # Without VNNI, u8 x s8 sums overflow 16 bits: weights then need seven bits.
            reduce_range=not _has_vnni(),
        )
    draft = draft_manifest(
        target, manifest.input_side, f"{manifest.version}-int8", manifest.trained_on
    )
    result = draft.model_copy(
        update={"classes": manifest.classes, "rules": manifest.rules, "mess": manifest.mess}
    )
    write_manifest(result, out / "manifest.json")
    return result


def last_convolutions(model: Any, depth: int) -> list[str]:
    """Names of the last `depth` convolutions on every way to the output.

    Args:
        model: an ONNX model.
        depth: how many on each way.
    """
    makers = {output: node for node in model.graph.node for output in node.output}
    found: set[str] = set()
    best: dict[str, int] = {}
    waiting = [(output.name, depth) for output in model.graph.output]
    while waiting:
        tensor, left = waiting.pop()
        node = makers.get(tensor)
        if node is None or best.get(tensor, 0) >= left:
            continue
        best[tensor] = left
        if node.op_type == "Conv":
            found.add(node.name)
            left -= 1
        if left:
            waiting += [(name, left) for name in node.input]
    return sorted(found)


def _has_vnni() -> bool:
    try:
        return "vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


@dataclass(frozen=True)
class Decision:
    """Whether int8 pays.

    Attributes:
        losses: measured class → AP50 of the float network minus AP50 of the int8 one.
        supported: the classes that decide.
        float_ms, int8_ms: median of one run on a 4:3 picture.
    """

    losses: dict[Label, float]
    supported: frozenset[Label]
    float_ms: float
    int8_ms: float

    @property
    def pays(self) -> bool:
        """No supported class loses more than `MAX_LOSS`, and it is faster."""
        kept = all(self.losses.get(label, 1.0) <= MAX_LOSS for label in self.supported)
        return bool(self.supported) and kept and self.int8_ms < self.float_ms


def decide(
    manifest: Manifest, before: Measured, after: Measured, ms: tuple[float, float]
) -> Decision:
    """Compare two measurements of the same pictures, class by class."""
    losses: dict[Label, float] = {}
    for facts in manifest.classes:
        old, new = before.every[facts.label].ap50, after.every[facts.label].ap50
        if old is not None and new is not None:
            losses[facts.label] = old - new
    supported = frozenset(facts.label for facts in manifest.classes if facts.supported)
    return Decision(losses, supported, *ms)


def time_both(first: bytes, second: bytes, side: int, threads: int) -> tuple[float, float]:
    """Median milliseconds of one run of two networks, taken in turns on one 4:3 picture."""
    settings = SessionSettings(threads=threads)
    sessions = [OnnxSession(first, settings), OnnxSession(second, settings)]
    batch = np.full((1, 3, side * 3 // 4 // 32 * 32, side), 0.4, np.float32)
    runs: list[Callable[[], object]] = [lambda s=s: s.run(batch) for s in sessions]  # type: ignore[misc]
    times: list[list[float]] = [[], []]
    for turn in range(TIMED_RUNS + 1):
        for run, taken in zip(runs, times, strict=True):
            start = time.perf_counter()
            run()
            if turn:  # the first warms up
                taken.append((time.perf_counter() - start) * 1000)
    return median(times[0]), median(times[1])

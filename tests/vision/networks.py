"""Stand-ins for the shipped network: a fake session, and tiny real ONNX files."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from vision import LABELS, Box, Checker, Detector, Label, Manifest, Policy, read_policy

Array = npt.NDArray[np.float32]

PRESENT, ABSENT = 0.5, 0.2
SURE, UNCLEAR, NOTHING = 0.9, 0.35, 0.1
"""Scores above `present`, between the two thresholds, and below `absent`."""


def box(label: Label, x1: float, y1: float, x2: float, y2: float, score: float = SURE) -> Box:
    return Box(label, score, x1, y1, x2, y2)


def manifest_of(
    unsupported: Iterable[Label] = (),
    labels: Sequence[Label] = LABELS,
    file: str = "tiny.onnx",
    sha256: str = "0" * 64,
) -> Manifest:
    unsupported = set(unsupported)
    return Manifest.model_validate(
        {
            "name": "tiny",
            "version": "1",
            "file": file,
            "sha256": sha256,
            "input_side": 640,
            "classes": [
                {
                    "label": label,
                    "supported": label not in unsupported,
                    "present": PRESENT,
                    "absent": ABSENT,
                    "why": "chosen for the tests",
                }
                for label in labels
            ],
            "licence": "AGPL-3.0-or-later",
            "trained_on": [],
            "metrics": {},
        }
    )


def nms_free(boxes: Sequence[Box], labels: Sequence[Label] = LABELS) -> Array:
    """What a YOLO26 head answers: (1, n, 6)."""
    rows = [(b.x1, b.y1, b.x2, b.y2, b.score, labels.index(b.label)) for b in boxes]
    output = np.zeros((1, 300, 6), np.float32)  # the head always fills 300 rows
    if rows:
        output[0, : len(rows)] = rows
    return output


def classic(boxes: Sequence[Box], labels: Sequence[Label] = LABELS) -> Array:
    """What a YOLO11 head answers: (1, 4 + classes, n)."""
    output = np.zeros((1, 4 + len(labels), 500), np.float32)
    for column, b in enumerate(boxes):
        output[0, :4, column] = (*b.centre, b.width, b.height)
        output[0, 4 + labels.index(b.label), column] = b.score
    return output


class FakeSession:
    """Answers every picture with one output, and keeps what it was asked."""

    def __init__(self, output: Array) -> None:
        self.output = output
        self.batches: list[Array] = []

    def run(self, batch: Array) -> Array:
        self.batches.append(batch)
        return self.output


@cache
def default_policy() -> Policy:
    """Reading the file takes longer than checking a photo."""
    return read_policy()


def checker_of(
    boxes: Sequence[Box], unsupported: Iterable[Label] = (), policy: Policy | None = None
) -> Checker:
    """A checker whose network sees `boxes` (in pixels of the network's input) in every photo."""
    session = FakeSession(nms_free(boxes))
    return Checker(Detector(session, manifest_of(unsupported)), policy or default_policy())


def onnx_bytes(output: Array) -> bytes:
    """A network that takes any picture and always answers `output`."""
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "height", "width"])
    answer = helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(output.shape))
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["boxes", "nothing"], ["output0"]),
    ]
    constants = [
        numpy_helper.from_array(output, "boxes"),
        numpy_helper.from_array(np.zeros((), np.float32), "zero"),
    ]
    graph = helper.make_graph(nodes, "tiny", [picture], [answer], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def write_network(
    folder: Path,
    boxes: Sequence[Box],
    unsupported: Iterable[Label] = (),
    output: Array | None = None,
) -> Path:
    """Write `tiny.onnx` and its manifest; the manifest's path."""
    data = onnx_bytes(nms_free(boxes) if output is None else output)
    (folder / "tiny.onnx").write_bytes(data)
    manifest = manifest_of(unsupported, sha256=hashlib.sha256(data).hexdigest())
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest.model_dump(mode="json")), encoding="utf-8")
    return path

"""Checkpoint → the ONNX file that ships: any picture size, slimmed, without traces of this machine.

Needs the `train` extra.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
from onnx import ModelProto

from models.checkpoint import write_checkpoint
from models.errors import MakeError
from models.release import LICENCE, MACHINE_PATH, MAX_BYTES, draft_manifest, write_manifest
from models.torch_session import TorchSession, load_checkpoint
from vision.labels import LABELS
from vision.manifest import Manifest
from vision.session import OnnxSession, Session

# 17 is the newest that ONNX Runtime 1.17, ONNX Runtime Web and its static quantiser all read well.
OPSET = 17
IR_VERSION = 9  # ONNX Runtime 1.17 reads up to 9
SHAPES = (
    (640, 640),
    (480, 640),
    (640, 384),
    (320, 416),
)  # height, width: square, 4:3, phone, small
SCORE_TOLERANCE = 0.01
BOX_TOLERANCE = 1.0  # pixels of the input

# What Ultralytics' own runner needs to use the file as well as ours does (`models.bench`).
KEPT_METADATA = ("names", "stride", "task", "channels", "end2end")


@dataclass(frozen=True)
class ExportSettings:
    """What an export may vary.

    Attributes:
        weights: checkpoint (`.pt`).
        out: folder for `ppe.onnx` and `manifest.json`.
        side: long edge of the input the network is meant for, pixels.
        version: of the network.
        nms_free: export the one-to-one head, which needs no suppression afterwards, in place of the
            classic one. On the phone that is simpler; early in training it is far less accurate.
    """

    weights: Path
    out: Path
    side: int = 640
    version: str = "1"
    nms_free: bool = False


def export(settings: ExportSettings) -> Manifest:
    """Write the network file, a manifest in which no class is measured yet, and `ppe.pt`.

    Nothing is written unless the file is small enough, free of machine paths, and answers as torch
    does on square and other inputs.

    Raises:
        MakeError: `make.file_missing`, `make.classes_differ`, `make.too_large`,
            `make.machine_path_inside`, `make.differs_from_torch`.
    """
    data = strip(_to_onnx(settings), settings.side).SerializeToString()
    if len(data) > MAX_BYTES:
        raise MakeError("make.too_large", f"{len(data)} bytes; at most {MAX_BYTES} may ship")
    found = MACHINE_PATH.search(data)
    if found:
        raise MakeError("make.machine_path_inside", f"the file holds {found.group()!r}")
    differences = compare(
        TorchSession(settings.weights, settings.nms_free), OnnxSession(data), SHAPES
    )
    settings.out.mkdir(parents=True, exist_ok=True)
    network = settings.out / "ppe.onnx"
    network.write_bytes(data)
    manifest = draft_manifest(
        network,
        settings.side,
        settings.version,
        sources_of(settings.weights),
        {
            "head": "nms_free" if settings.nms_free else "classic",
            "megabytes": round(len(data) / 1e6, 2),
            "against_torch": differences,
        },
    )
    write_checkpoint(settings.weights, settings.out / "ppe.pt", settings.side)
    write_manifest(manifest, settings.out / "manifest.json")
    return manifest


def _to_onnx(settings: ExportSettings) -> ModelProto:
    """Ultralytics' export in a folder of its own: it writes beside the checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "network.pt"
        load_checkpoint(settings.weights)
        copy.write_bytes(settings.weights.read_bytes())
        path = load_checkpoint(copy).export(
            format="onnx",
            imgsz=settings.side,
            dynamic=True,
            simplify=True,
            opset=OPSET,
            # Ultralytics' words: False is the NMS-free head, None the classic one as it is.
            nms=False if settings.nms_free else None,
            device="cpu",
        )
        return onnx.load(path)


def strip(model: ModelProto, side: int) -> ModelProto:
    """Drop what tells of the machine and the moment; say whose licence the file is under.

    Args:
        model: changed in place.
        side: long edge the network is meant for.
    """
    kept = {p.key: p.value for p in model.metadata_props if p.key in KEPT_METADATA}
    kept |= {
        "license": LICENCE,
        "author": "ppe-check; made with Ultralytics",
        "batch": "1",
        "imgsz": f"[{side}, {side}]",
        "args": "{'dynamic': True, 'batch': 1}",
    }
    del model.metadata_props[:]
    for key in sorted(kept):
        model.metadata_props.add(key=key, value=kept[key])
    model.doc_string = ""
    model.graph.name = "ppe"
    model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    model.ir_version = min(model.ir_version, IR_VERSION)
    return model


def compare(
    torch: Session, exported: Session, shapes: Sequence[tuple[int, int]]
) -> dict[str, float]:
    """Largest differences between two runtimes on patchy pictures of several shapes.

    Returns:
        `score`: of all scores. `box`: of all corners in pixels (classic head only: the rows of the
        NMS-free head have no fixed order).

    Raises:
        MakeError: `make.differs_from_torch`.
    """
    worst = {"score": 0.0, "box": 0.0}
    for height, width in shapes:
        batch = _patches(height, width)
        reference, answer = torch.run(batch), exported.run(batch)
        if reference.shape != answer.shape:
            raise MakeError(
                "make.differs_from_torch",
                f"at {height} x {width} torch answers {reference.shape}, the export {answer.shape}",
            )
        if reference.shape[1] == 4 + len(LABELS):
            worst["score"] = max(worst["score"], _largest(reference[:, 4:] - answer[:, 4:]))
            worst["box"] = max(worst["box"], _largest(reference[:, :4] - answer[:, :4]))
        else:
            pair = np.sort(reference[..., 4]), np.sort(answer[..., 4])
            worst["score"] = max(worst["score"], _largest(pair[0] - pair[1]))
    if worst["score"] > SCORE_TOLERANCE or worst["box"] > BOX_TOLERANCE:
        raise MakeError("make.differs_from_torch", f"scores or boxes differ: {worst}")
    return {name: round(value, 6) for name, value in worst.items()}


def _patches(height: int, width: int) -> npt.NDArray[np.float32]:
    """A batch of one picture of coloured patches: (1, 3, height, width), 0 to 1."""
    coarse = np.random.default_rng(0).random((height // 32, width // 32, 3), np.float32)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None])


def _largest(difference: npt.NDArray[np.float32]) -> float:
    return float(np.abs(difference).max())


def sources_of(weights: Path) -> tuple[str, ...]:
    """Names of the sources in the training set a checkpoint was trained on; empty if it is gone."""
    arguments = getattr(load_checkpoint(weights).model, "args", {})
    data = (
        arguments.get("data") if isinstance(arguments, dict) else getattr(arguments, "data", None)
    )
    listed = Path(data).parent / "train.txt" if data else None
    if listed is None or not listed.is_file():
        return ()
    names = [Path(line).name for line in listed.read_text(encoding="utf-8").split()]
    return tuple(sorted({name.partition("__")[0] for name in names}))

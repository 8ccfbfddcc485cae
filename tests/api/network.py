"""A network of a few bytes: on a reddish picture it sees a helmet, on a bluish one a bare head."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

LABELS = ("person", "helmet", "head", "workwear", "plainwear")


def write_network(folder: Path) -> Path:
    """Write the network and its manifest; the manifest's path."""
    data = _network()
    (folder / "tiny.onnx").write_bytes(data)
    classes = [
        {"label": label, "supported": True, "present": 0.5, "absent": 0.2, "why": "made up"}
        for label in LABELS
    ]
    manifest = {
        "name": "tiny",
        "version": "test-1",
        "file": "tiny.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "input_side": 320,
        "classes": classes,
        "licence": "AGPL-3.0-or-later",
        "trained_on": [],
        "metrics": {},
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path


def _network() -> bytes:
    """(1, 4, 6): person and workwear always, helmet by redness, head by its absence."""
    head = (120, 40, 170, 90)
    always = np.array(
        [
            [80, 30, 220, 250, 0.9, 0],
            [*head, 0.0, 1],
            [*head, 0.9, 2],
            [95, 90, 205, 200, 0.9, 3],
        ],
        np.float32,
    )
    by_redness = np.zeros_like(always)
    by_redness[1, 4], by_redness[2, 4] = 0.9, -0.9
    constants = {
        "axes": np.array([0, 2, 3], np.int64),
        "red_minus_blue": np.array([20.0, 0.0, -20.0], np.float32),
        "half": np.float32(0.5),
        "zero": np.float32(0),
        "one": np.float32(1),
        "all": np.array([0], np.int64),
        "always": always[None],
        "by_redness": by_redness[None],
    }
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["means"], keepdims=0),
        helper.make_node("Mul", ["means", "red_minus_blue"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "all"], ["difference"], keepdims=0),
        helper.make_node("Add", ["difference", "half"], ["shifted"]),
        helper.make_node("Clip", ["shifted", "zero", "one"], ["redness"]),
        helper.make_node("Mul", ["by_redness", "redness"], ["change"]),
        helper.make_node("Add", ["always", "change"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, None, None])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, 6])],
        [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def picture(seed: int, helmet: bool = True) -> Image.Image:
    """A picture like no other seed's: coarse blocks and fine noise, tinted red or blue."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(60, 180, (6, 8)).repeat(40, 0).repeat(40, 1)
    grey = blocks + rng.integers(-30, 30, (240, 320))
    tint = 30 if helmet else -30
    rgb = np.stack([grey + tint, grey, grey - tint], axis=2)
    return Image.fromarray(rgb.clip(0, 255).astype(np.uint8))


def photo(seed: int, helmet: bool = True, exif: Image.Exif | None = None) -> bytes:
    """The picture as a JPEG file."""
    out = io.BytesIO()
    picture(seed, helmet).save(out, "JPEG", quality=92, exif=exif or Image.Exif())
    return out.getvalue()

"""A network of a few bytes that answers like the NMS-free head."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.release import draft_manifest, write_manifest

ROW = (8.0, 8.0, 24.0, 24.0, 0.9, 1.0)  # x1, y1, x2, y2, score, class


def tiny_network(path: Path) -> Path:
    """Sees one helmet wherever it looks."""
    rows = numpy_helper.from_array(np.array([[ROW]], np.float32), "rows")
    zero = numpy_helper.from_array(np.zeros(1, np.float32), "zero")
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["rows", "nothing"], ["output0"]),
    ]
    shape: list[str | int | None] = ["batch", 3, "height", "width"]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 1, 6])],
        [rows, zero],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return tiny_network(tmp_path / "ppe.onnx")


@pytest.fixture
def manifest_path(network: Path, tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    write_manifest(draft_manifest(network, 64, "0", ["panly_workwear"]), path)
    return path

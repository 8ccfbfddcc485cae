"""What an exported file keeps, and how runtimes and heads are compared; no torch needed."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.errors import MakeError
from models.quantise import Decision, last_convolutions
from models.release import MACHINE_PATH
from vision.labels import LABELS, Label


@pytest.fixture
def export_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`models.export` where torch may be missing."""
    stand_in = ModuleType("models.torch_session")
    stand_in.__dict__.update(TorchSession=object, load_checkpoint=lambda weights: weights)
    monkeypatch.setitem(sys.modules, "models.torch_session", stand_in)
    checkpoint = ModuleType("models.checkpoint")
    checkpoint.__dict__.update(write_checkpoint=lambda *_: 0)
    monkeypatch.setitem(sys.modules, "models.checkpoint", checkpoint)
    monkeypatch.delitem(sys.modules, "models.export", raising=False)
    return importlib.import_module("models.export")


def test_strip_keeps_no_trace_of_the_machine(export_module: ModuleType, network: Path) -> None:
    model = onnx.load(str(network))
    model.metadata_props.add(key="description", value="trained on /home/somebody/data.yaml")
    model.metadata_props.add(key="names", value="{0: 'person'}")
    model.graph.node[0].doc_string = "/home/somebody/file.py"
    assert MACHINE_PATH.search(model.SerializeToString())

    data = export_module.strip(model, 640).SerializeToString()

    assert not MACHINE_PATH.search(data)
    kept = {p.key: p.value for p in onnx.load_from_string(data).metadata_props}
    assert kept["names"] == "{0: 'person'}"
    assert kept["license"] == "AGPL-3.0-or-later"
    assert "description" not in kept


class Fixed:
    """A session that always answers the same, plus an error of its own."""

    def __init__(self, error: float = 0.0, rows: int = 5) -> None:
        answer = np.random.default_rng(0).random((1, 4 + len(LABELS), rows), np.float32)
        self.answer = answer + np.float32(error)

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return self.answer


def test_compare_same(export_module: ModuleType) -> None:
    assert export_module.compare(Fixed(), Fixed(), [(64, 96)]) == {"score": 0, "box": 0}


@pytest.mark.parametrize("other", [Fixed(0.1), Fixed(rows=6)])
def test_compare_different(export_module: ModuleType, other: Fixed) -> None:
    with pytest.raises(MakeError) as caught:
        export_module.compare(Fixed(), other, [(64, 96)])
    assert caught.value.code == "make.differs_from_torch"


def test_last_convolutions() -> None:
    weight = numpy_helper.from_array(np.zeros((3, 3, 1, 1), np.float32), "w")
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["a"], name="first"),
        helper.make_node("Conv", ["a", "w"], ["b"], name="box"),
        helper.make_node("Conv", ["a", "w"], ["c"], name="score"),
        helper.make_node("Concat", ["b", "c"], ["out"], name="join", axis=1),
    ]
    shape = [1, 3, 8, 8]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 6, 8, 8])],
        [weight],
    )
    model = helper.make_model(graph)
    assert last_convolutions(model, 1) == ["box", "score"]
    assert last_convolutions(model, 2) == ["box", "first", "score"]


@pytest.mark.parametrize(
    ("losses", "int8_ms", "pays"),
    [
        ({Label.HELMET: 0.01, Label.HEAD: -0.02}, 5.0, True),
        ({Label.HELMET: 0.011, Label.HEAD: -0.02}, 5.0, False),
        ({Label.HELMET: 0.0}, 10.0, False),
        ({}, 5.0, False),
        ({Label.HELMET: 0.0, Label.BADGE: 0.5}, 5.0, True),  # badge is not supported
    ],
)
def test_int8_pays_only_class_by_class(
    losses: dict[Label, float], int8_ms: float, pays: bool
) -> None:
    supported = frozenset(losses) - {Label.BADGE}
    assert Decision(losses, supported, 10.0, int8_ms).pays is pays

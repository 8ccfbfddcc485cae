"""The second output: attached to a network, learnt from rooms, measured honestly."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from models.errors import MakeError
from models.mess_head import (
    ALL,
    POOLED,
    TAPS,
    Rooms,
    Weights,
    attach,
    cross_validated,
    figures,
    fit,
    measured,
    tapped,
    thresholds,
    with_mess,
    without_mess,
)
from models.release import draft_manifest
from vision import Detector
from vision.labels import LABELS, Label
from vision.manifest import Manifest
from vision.policy import RuleId
from vision.session import OnnxSession

CHANNELS = 2


def backbone(layers: tuple[str, ...] = TAPS) -> ModelProto:
    """A network that sees nothing; its layers are the picture's red and blue."""
    kernel = np.zeros((CHANNELS, 3, 1, 1), np.float32)
    kernel[0, 0] = kernel[1, 2] = 1
    nodes = [helper.make_node("Conv", ["images", "kernel"], [name], name) for name in layers]
    nodes.append(helper.make_node("Identity", ["rows"], ["output0"], "rows"))
    shape: list[str | int | None] = ["batch", 3, "height", "width"]
    rows = np.zeros((1, 4 + len(LABELS), 1), np.float32)
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(rows.shape))],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(rows, "rows")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def rooms(apart: float, number: int = 60) -> Rooms:
    """Messy rooms are redder than tidy ones by `apart` of the spread."""
    chance = np.random.default_rng(0)
    messy = np.arange(number) % 2 == 0
    features = chance.normal(size=(number, CHANNELS * len(TAPS)))
    features[messy, 0] += apart
    return Rooms(
        source=np.where(messy, "room_messy", "room_clean"),
        messy=messy,
        held_out=np.arange(number) % 5 == 0,
        group=np.arange(number) // 2,
        features=features,
        litter=np.where(messy, 0.9, np.arange(number) / number / 2),
    )


def test_output_is_the_probability_of_the_pooled_layers() -> None:
    weights = Weights(np.array([2.0, -1.0] * len(TAPS)), bias=0.5)
    model = with_mess(backbone(), weights)
    onnx.checker.check_model(model)
    batch = np.random.default_rng(1).random((1, 3, 32, 64), np.float32)
    boxes, mess = OnnxSession(model.SerializeToString()).run_with_mess(batch)
    red, blue = batch[0, 0].mean(), batch[0, 2].mean()
    assert boxes.shape == (1, 4 + len(LABELS), 1)
    assert mess == pytest.approx(1 / (1 + np.exp(-(len(TAPS) * (2 * red - blue) + 0.5))), abs=1e-4)


def test_learning_again_replaces_the_output() -> None:
    weights = Weights(np.zeros(CHANNELS * len(TAPS)), bias=0.0)
    once = with_mess(backbone(), weights)
    twice = with_mess(once, weights)
    assert once.SerializeToString() == twice.SerializeToString()
    assert without_mess(twice).SerializeToString() == backbone().SerializeToString()


def test_features_are_the_last_output() -> None:
    assert [output.name for output in tapped(backbone()).graph.output] == ["output0", POOLED]


def test_network_of_another_make_is_refused() -> None:
    with pytest.raises(MakeError) as caught:
        tapped(backbone(TAPS[:1]))
    assert caught.value.code == "make.layer_missing"


def test_rooms_that_differ_are_told_apart() -> None:
    facts, found = measured(rooms(apart=6))
    assert found[ALL].balanced_accuracy > 0.9
    assert facts.absent <= facts.present


def test_rooms_that_do_not_differ_are_not() -> None:
    """Weights that saw the very room they judge would be nearly always right."""
    same = rooms(apart=0)
    p = cross_validated(same)
    found = figures(p, same.messy, same.weight(), 0.5, 0.5)
    assert 0.3 < found.balanced_accuracy < 0.7
    cheap = figures(p, same.messy, same.weight(), *thresholds(p, same.messy, same.weight()))
    assert cheap.unsure > found.unsure


def test_tidy_rooms_of_one_source_do_not_outweigh_another() -> None:
    few = rooms(apart=1)
    source = np.where(few.messy, "room_messy", np.where(few.group < 3, "room_clean", "room_houses"))
    weight = Rooms(source, few.messy, few.held_out, few.group, few.features, few.litter).weight()
    assert weight.sum() == pytest.approx(1)
    for name in ("room_clean", "room_houses"):
        assert weight[source == name].sum() == pytest.approx(0.25)


def test_fit_finds_the_side() -> None:
    some = rooms(apart=3)
    weights = fit(some.features, some.messy, some.weight())
    assert np.argmax(np.abs(weights.weight)) == 0
    assert weights.weight[0] > 0


def test_attached_output_reaches_the_detections(tmp_path: Path) -> None:
    path = tmp_path / "ppe.onnx"
    onnx.save(backbone(), str(path))
    facts, _ = measured(rooms(apart=6))
    manifest = attach(path, draft_manifest(path, 64, "0"), rooms(apart=6), facts)
    litter = manifest.facts_for(RuleId.SITE_CLEAN)[Label.LITTER]
    assert litter.supported
    assert litter.present == 1.0  # fails no place
    assert 0.47 < litter.absent < 0.5  # of thirty tidy rooms the surest box may make one unsure
    assert not manifest.facts_for(RuleId.BADGE_WORN)[Label.LITTER].supported
    saved = tmp_path / "manifest.json"
    saved.write_text(manifest.model_dump_json(), encoding="utf-8")
    seen = Detector.open(saved).detect(np.full((48, 64, 3), 200, np.uint8))
    assert seen.mess is not None
    assert 0 <= seen.mess <= 1
    silent = Manifest.model_validate(manifest.model_dump() | {"mess": None})
    assert (
        Detector(OnnxSession(path.read_bytes()), silent)
        .detect(np.full((48, 64, 3), 200, np.uint8))
        .mess
        is None
    )

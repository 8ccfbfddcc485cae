"""Letterbox, heads, and the refusal of network files that are not what they should be."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.vision.networks import (
    FakeSession,
    box,
    classic,
    manifest_of,
    nms_free,
    onnx_bytes,
    write_network,
)
from vision import (
    Box,
    Detections,
    Detector,
    Label,
    ModelError,
    OnnxSession,
    SessionSettings,
    read_manifest,
)
from vision.detector import STRIDE, letterbox

Array = npt.NDArray[np.float32]

sides = st.integers(1, 1600)


def blank(width: int, height: int) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), 60, np.uint8)


@given(sides, sides, st.sampled_from([32, 320, 640]))
def test_letterbox_fits_any_picture(width: int, height: int, side: int) -> None:
    batch, fit = letterbox(blank(width, height), side)

    assert batch.dtype == np.float32
    assert batch.flags.c_contiguous
    assert batch.shape[:2] == (1, 3)
    assert max(batch.shape[2:]) == side
    assert all(edge % STRIDE == 0 for edge in batch.shape[2:])
    assert batch.min() >= 0
    assert batch.max() <= 1
    # The padding is less than one stride: no time is spent on grey.
    assert batch.shape[2] - height * fit.ratio < STRIDE + 1
    assert batch.shape[3] - width * fit.ratio < STRIDE + 1


@given(
    st.integers(20, 1600),
    st.integers(20, 1600),
    st.tuples(*[st.floats(0, 1)] * 4),
)
def test_box_survives_the_way_there_and_back(
    width: int, height: int, shares: tuple[float, float, float, float]
) -> None:
    xs, ys = (
        sorted((shares[0] * width, shares[2] * width)),
        sorted((shares[1] * height, shares[3] * height)),
    )
    assume(xs[1] - xs[0] > 0.1)
    assume(ys[1] - ys[0] > 0.1)
    _, fit = letterbox(blank(width, height), 640)
    there = box(
        Label.HELMET,
        xs[0] * fit.ratio + fit.left,
        ys[0] * fit.ratio + fit.top,
        xs[1] * fit.ratio + fit.left,
        ys[1] * fit.ratio + fit.top,
    )

    (back,) = (
        Detector(FakeSession(nms_free([there])), manifest_of()).detect(blank(width, height)).boxes()
    )

    assert (back.x1, back.x2) == pytest.approx(xs, abs=1)
    assert (back.y1, back.y2) == pytest.approx(ys, abs=1)


def test_picture_lands_where_the_letterbox_says() -> None:
    """The mapping is not only its own inverse: it is where the pixels really are."""
    pixels = blank(1000, 600)
    pixels[120:240, 500:700] = 255
    batch, fit = letterbox(pixels, 640)
    rows, columns = np.nonzero(batch[0, 0] > 0.8)
    found = [
        (columns.min() - fit.left) / fit.ratio,
        (rows.min() - fit.top) / fit.ratio,
        (columns.max() + 1 - fit.left) / fit.ratio,
        (rows.max() + 1 - fit.top) / fit.ratio,
    ]
    assert found == pytest.approx([500, 120, 700, 240], abs=2)


def test_channels_are_red_green_blue() -> None:
    pixels = blank(640, 640)
    pixels[:] = (255, 51, 0)
    batch, _ = letterbox(pixels, 640)
    assert batch[0, :, 300, 300].tolist() == pytest.approx([1, 0.2, 0])


THINGS = [
    box(Label.PERSON, 100, 20, 300, 460, 0.9),
    box(Label.HELMET, 160, 30, 240, 100, 0.75),
    box(Label.HELMET, 400, 300, 480, 360, 0.5),
    box(Label.STRIP, 120, 240, 280, 250, 0.25),
]


def as_set(detections: Detections) -> list[tuple[Any, ...]]:
    return sorted(
        (b.label, *(round(float(v), 2) for v in (b.score, b.x1, b.y1, b.x2, b.y2)))
        for b in detections.boxes()
    )


def test_both_heads_give_the_same_detections() -> None:
    doubles = [  # a classic head answers every thing several times
        Box(b.label, b.score - 0.1, b.x1 + 1, b.y1, b.x2 + 1, b.y2) for b in THINGS
    ]
    pixels = blank(640, 480)
    free = Detector(FakeSession(nms_free(THINGS)), manifest_of()).detect(pixels)
    old = Detector(FakeSession(classic(THINGS + doubles)), manifest_of()).detect(pixels)
    assert len(free.boxes()) == len(THINGS)
    assert as_set(old) == as_set(free)


@pytest.mark.parametrize(
    "output",
    [np.zeros((1, 0, 6), np.float32), nms_free([]), classic([]), classic([])[:, :, :0]],
    ids=["no rows", "empty rows", "empty columns", "no columns"],
)
def test_nothing_seen(output: Array) -> None:
    assert Detector(FakeSession(output), manifest_of()).detect(blank(64, 64)).boxes() == []


def test_boxes_stay_inside_the_picture() -> None:
    things = [box(Label.PERSON, -80, -80, 900, 900)]
    detections = Detector(FakeSession(nms_free(things)), manifest_of()).detect(blank(500, 300))
    (found,) = detections.boxes()
    assert (found.x1, found.y1, found.x2, found.y2) == (0, 0, 500, 300)


@pytest.mark.parametrize(
    "corners",
    [(300, 100, 200, 200), (100, 200, 200, 100), (50, 50, 50, 90), (float("nan"), 0, 9, 9)],
    ids=["left of itself", "above itself", "a line", "not a number"],
)
def test_boxes_without_area_are_dropped(corners: tuple[float, float, float, float]) -> None:
    things = [box(Label.LITTER, *corners), *THINGS]
    detections = Detector(FakeSession(nms_free(things)), manifest_of()).detect(blank(640, 480))
    assert len(detections.boxes()) == len(THINGS)


def stranger(number: float) -> Array:
    output = nms_free([THINGS[0]])
    output[0, 0, 5] = number
    return output


@pytest.mark.parametrize(
    "output",
    [
        np.zeros((1, 84, 300), np.float32),  # 80 classes, the manifest has others
        np.zeros((1, 300, 7), np.float32),
        np.zeros((300, 6), np.float32),
        np.zeros((1, 1000), np.float32),
        np.zeros((1, 18, 20, 20), np.float32),
        stranger(77),
        stranger(-1),
        stranger(float("nan")),
    ],
    ids=["classes", "row", "flat", "vector", "map", "class 77", "class -1", "class nan"],
)
def test_unknown_layout(output: Array) -> None:
    detector = Detector(FakeSession(output), manifest_of())
    with pytest.raises(ModelError) as caught:
        detector.detect(blank(640, 480))
    assert caught.value.code == "model.layout_unknown"


@pytest.mark.parametrize("make", [nms_free, classic])
def test_real_network_file(tmp_path: Path, make: Any) -> None:
    path = write_network(tmp_path, [], output=make(THINGS))
    detector = Detector.open(path, SessionSettings(threads=1, keep_memory=False))
    assert as_set(detector.detect(blank(640, 480))) == as_set(
        Detector(FakeSession(nms_free(THINGS)), manifest_of()).detect(blank(640, 480))
    )


def other_bytes(manifest: Path) -> None:
    model = manifest.with_name("tiny.onnx")
    model.write_bytes(model.read_bytes() + b"\0")


def no_network(manifest: Path) -> None:
    manifest.with_name("tiny.onnx").unlink()


def no_manifest(manifest: Path) -> None:
    manifest.unlink()


def folder_as_network(manifest: Path) -> None:
    no_network(manifest)
    manifest.with_name("tiny.onnx").mkdir()


def not_json(manifest: Path) -> None:
    manifest.write_text("{", encoding="utf-8")


def not_text(manifest: Path) -> None:
    manifest.write_bytes(b"\xff\xfe\x00")


def change(manifest: Path, **fields: Any) -> None:
    facts = json.loads(manifest.read_text(encoding="utf-8")) | fields
    manifest.write_text(json.dumps(facts), encoding="utf-8")


def unloadable(manifest: Path) -> None:
    """The right hash, and yet no network."""
    data = b"this is no network"
    manifest.with_name("tiny.onnx").write_bytes(data)
    change(manifest, sha256=hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("damage", "code", "names"),
    [
        (other_bytes, "model.hash_mismatch", "tiny.onnx"),
        (no_network, "model.missing", "tiny.onnx"),
        (folder_as_network, "model.missing", "tiny.onnx"),
        (no_manifest, "model.missing", "manifest.json"),
        (not_json, "model.manifest_invalid", "manifest.json"),
        (not_text, "model.manifest_invalid", "manifest.json"),
        (lambda m: change(m, sha256="abc"), "model.manifest_invalid", "sha256"),
        (lambda m: change(m, input_side=641), "model.manifest_invalid", "input_side"),
        (lambda m: change(m, classes=[]), "model.manifest_invalid", "classes"),
        (lambda m: change(m, colour="red"), "model.manifest_invalid", "colour"),
        (unloadable, "model.unloadable", ""),
    ],
    ids=[
        "wrong hash",
        "no network",
        "folder as network",
        "no manifest",
        "not json",
        "not text",
        "bad sha256",
        "bad input side",
        "no classes",
        "unknown field",
        "unloadable",
    ],
)
def test_unusable_network(tmp_path: Path, damage: Any, code: str, names: str) -> None:
    manifest = write_network(tmp_path, [])
    damage(manifest)
    with pytest.raises(ModelError) as caught:
        Detector.open(manifest)
    assert caught.value.code == code
    assert names in caught.value.message


@pytest.mark.parametrize(
    "classes",
    [
        [{"label": "unicorn", "supported": True, "present": 0.5, "absent": 0.2, "why": "x"}],
        [{"label": "helmet", "supported": True, "present": 1.5, "absent": 0.2, "why": "x"}],
        [{"label": "helmet", "supported": True, "present": 0.5, "absent": 0.2}],
    ],
    ids=["unknown label", "score above 1", "no reason"],
)
def test_unusable_classes(tmp_path: Path, classes: list[dict[str, Any]]) -> None:
    manifest = write_network(tmp_path, [])
    change(manifest, classes=classes)
    with pytest.raises(ModelError) as caught:
        read_manifest(manifest)
    assert caught.value.code == "model.manifest_invalid"


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, onnx_bytes(nms_free([]))[:-500]])
def test_session_refuses_what_is_no_network(data: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        OnnxSession(data)
    assert caught.value.code == "model.unloadable"


def test_manifest_knows_its_classes() -> None:
    manifest = manifest_of(labels=[Label.HELMET, Label.HEAD])
    facts = manifest.facts(Label.HEAD)
    assert facts is not None
    assert facts.label is Label.HEAD
    assert manifest.facts(Label.BADGE) is None

"""The files for native apps answer as the network that ships; skipped without their runtimes."""

import os
from pathlib import Path

import numpy as np
import pytest

from edge.native import FORMATS, PHOTOS, Floats, Square, compare, export, missing, pair
from vision import OnnxSession, read_manifest
from vision.manifest import DEFAULT_MANIFEST, read_verified_model

MANIFEST = read_manifest(DEFAULT_MANIFEST)


class Shifted(OnnxSession):
    """A runtime that is a little wrong."""

    score, pixels, mess = 0.0, 0.0, 0.0

    def run_with_mess(self, batch: Floats) -> tuple[Floats, float]:
        boxes, mess = super().run_with_mess(batch)
        boxes = boxes.copy()
        boxes[:, 4:] += np.float32(self.score)
        boxes[:, :2] += np.float32(self.pixels)
        return boxes, mess + self.mess


@pytest.fixture(scope="module")
def model() -> bytes:
    return read_verified_model(MANIFEST, DEFAULT_MANIFEST.parent)


@pytest.mark.parametrize(
    ("what", "by"), [("score", 0.02), ("pixels", 1.5), ("mess", 0.02), ("score", 0.0)]
)
def test_a_wrong_runtime_is_noticed(model: bytes, what: str, by: float) -> None:
    theirs = Shifted(model)
    setattr(theirs, what, by)
    found = compare(MANIFEST, OnnxSession(model), theirs, PHOTOS[:1])
    assert getattr(found, what) == pytest.approx(by, abs=1e-3)
    assert found.is_small == (by == 0)


def test_square_is_padded_at_the_right_and_the_bottom(model: bytes) -> None:
    fed: list[Floats] = []

    class Fed(OnnxSession):
        def run_with_mess(self, batch: Floats) -> tuple[Floats, float]:
            fed.append(batch)
            return super().run_with_mess(batch)

    batch = np.zeros((1, 3, 64, 32), np.float32)
    Square(Fed(model), 96).run(batch)
    (whole,) = fed
    assert whole.shape == (1, 3, 96, 96)
    assert (whole[:, :, :64, :32] == 0).all()
    assert np.unique(whole[:, :, 64:]) == np.unique(whole[:, :, :, 32:]) == np.float32(114 / 255)


@pytest.mark.parametrize("name", FORMATS)
def test_native_file_answers_as_the_network_that_ships(tmp_path: Path, name: str) -> None:
    if absent := missing(name):
        pytest.skip(f"{', '.join(absent)} not installed: make native-parity")
    ours, theirs = pair(name, export(name, tmp_path / name), len(os.sched_getaffinity(0)))
    assert compare(MANIFEST, ours, theirs).is_small

"""The network for native apps: OpenVINO and NCNN files, held to the network that ships.

`make native-parity`, or `python -m edge.native FOLDER`, writes `FOLDER/openvino` and `FOLDER/ncnn`
and compares each with ONNX Runtime on the demo photos: scores, boxes, the second output, findings,
time. Exit code 1 if one differs. It needs `openvino`, `ncnn` and `pnnx`, which are no part of this
package: the command of the Makefile puts them into an environment of their own.

NCNN takes inputs of one size, so that its photos are padded to a square at the right and the
bottom; it is compared with ONNX Runtime on the same square.
"""

import argparse
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from vision import Checker, Detector, OnnxSession, SessionSettings, Shot, decode_photo, read_policy
from vision.detector import FLOOR, PAD, letterbox
from vision.manifest import DEFAULT_MANIFEST, Manifest, read_manifest, read_verified_model
from vision.session import MESS_OUTPUT, MessSession

Floats = npt.NDArray[np.float32]

PHOTOS = sorted((Path(__file__).resolve().parents[1] / "demo").glob("*.jpg"))
SHOTS = {"selfie": Shot.SELFIE, "shoes": Shot.SHOES, "site": Shot.SITE_AFTER}
MAX_SCORE, MAX_PIXELS, MAX_MESS = 0.01, 1.0, 0.01
"""Largest differences allowed: those of `models.export` from torch."""
ROUNDS = 9
console = Console()


class OpenVino:
    """OpenVINO on the CPU, in float32; any input size."""

    def __init__(self, file: Path, threads: int) -> None:
        import openvino  # noqa: PLC0415 - no part of this package

        hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
        self._model = openvino.Core().compile_model(str(file), "CPU", hints)

    def run(self, batch: Floats) -> Floats:
        """See `vision.session.Session`."""
        return self.run_with_mess(batch)[0]

    def run_with_mess(self, batch: Floats) -> tuple[Floats, float]:
        """See `vision.session.MessSession`."""
        found = self._model({0: batch})
        return np.asarray(found[0]), float(np.ravel(found[MESS_OUTPUT])[0])


class Ncnn:
    """NCNN on the CPU, in float32; one input size."""

    def __init__(self, folder: Path, threads: int) -> None:
        import ncnn  # noqa: PLC0415 - no part of this package

        self._mat = ncnn.Mat
        self._net = ncnn.Net()
        self._net.opt.num_threads = threads
        for half in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(self._net.opt, f"use_{half}", False)
        if self._net.load_param(str(folder / "ppe.ncnn.param")) != 0:
            raise RuntimeError("NCNN has a layer that it does not know")
        self._net.load_model(str(folder / "ppe.ncnn.bin"))

    def run(self, batch: Floats) -> Floats:
        """See `vision.session.Session`."""
        return self.run_with_mess(batch)[0]

    def run_with_mess(self, batch: Floats) -> tuple[Floats, float]:
        """See `vision.session.MessSession`."""
        with self._net.create_extractor() as extractor:
            extractor.input("in0", self._mat(np.ascontiguousarray(batch[0])).clone())
            _, boxes = extractor.extract("out0")
            _, mess = extractor.extract("out1")
            rows = np.array(boxes)
            return rows[None] if rows.ndim == 2 else rows, float(np.ravel(np.array(mess))[0])


class Square:
    """A session whose batches are padded to a square of one size, at the right and the bottom."""

    def __init__(self, session: MessSession, side: int) -> None:
        self._session = session
        self._side = side

    def run(self, batch: Floats) -> Floats:
        """See `vision.session.Session`."""
        return self.run_with_mess(batch)[0]

    def run_with_mess(self, batch: Floats) -> tuple[Floats, float]:
        """See `vision.session.MessSession`."""
        whole = np.full((1, 3, self._side, self._side), PAD / 255, np.float32)
        whole[:, :, : batch.shape[2], : batch.shape[3]] = batch
        return self._session.run_with_mess(whole)


def write_openvino(network: Path, folder: Path, side: int) -> Path:  # noqa: ARG001 - any size
    """Write `ppe.xml` and `ppe.bin`; the former."""
    import openvino  # noqa: PLC0415 - no part of this package

    target = folder / "ppe.xml"
    openvino.save_model(openvino.Core().read_model(str(network)), target, compress_to_fp16=False)
    return target


def write_ncnn(network: Path, folder: Path, side: int) -> Path:
    """Write `ppe.ncnn.param` and `ppe.ncnn.bin` for inputs of `side` x `side`; their folder."""
    # Its program stands alone; its Python module would want torch.
    found = importlib.util.find_spec("pnnx")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("pnnx is not installed: make native-parity installs it")
    program = Path(found.submodule_search_locations[0]) / "pnnx"
    copy = folder / "ppe.onnx"  # it writes beside what it reads
    shutil.copy(network, copy)
    shape = f"inputshape=[1,3,{side},{side}]f32"
    subprocess.run(
        [program, copy.name, shape, "fp16=0"], cwd=folder, check=True, capture_output=True
    )
    for file in folder.iterdir():
        if file.name not in ("ppe.ncnn.param", "ppe.ncnn.bin"):
            file.unlink()
    return folder


@dataclass(frozen=True)
class Difference:
    """How far a runtime is from ONNX Runtime, at most; `findings` are photos that got others.

    `pixels` and `iou` are of the boxes with a score that is looked at, in pixels of the input.
    """

    score: float
    pixels: float
    iou: float
    mess: float
    findings: list[str]

    @property
    def is_small(self) -> bool:
        """Within what is allowed."""
        near = self.score <= MAX_SCORE and self.pixels <= MAX_PIXELS and self.mess <= MAX_MESS
        return near and not self.findings


def compare(
    manifest: Manifest, ours: MessSession, theirs: MessSession, photos: Sequence[Path] = PHOTOS
) -> Difference:
    """Run both on photos; the beginning of a photo's name says what it was taken for."""
    score, pixels, iou, mess, others = 0.0, 0.0, 1.0, 0.0, []
    checkers = [Checker(Detector(session, manifest), read_policy()) for session in (ours, theirs)]
    for path in photos:
        data = path.read_bytes()
        batch, _ = letterbox(decode_photo(data).pixels, manifest.input_side)
        (a, mess_a), (b, mess_b) = ours.run_with_mess(batch), theirs.run_with_mess(batch)
        score = max(score, float(np.abs(a[0, 4:] - b[0, 4:]).max()))
        mess = max(mess, abs(mess_a - mess_b))
        seen = a[0, 4:].max(axis=0) >= FLOOR
        if seen.any():
            corners = _corners(a[0, :4, seen]), _corners(b[0, :4, seen])
            pixels = max(pixels, float(np.abs(corners[0] - corners[1]).max()))
            iou = min(iou, float(_iou(*corners).min()))
        shot = SHOTS[path.stem.partition("_")[0]]
        reports = [checker.check(data, shot) for checker in checkers]
        answers = [[(f.rule, f.verdict, f.reason) for f in report.findings] for report in reports]
        if answers[0] != answers[1]:
            others.append(path.name)
    return Difference(score, pixels, iou, mess, others)


def _corners(boxes: Floats) -> Floats:
    """(n, 4) of centre and size → corners."""
    centre, size = boxes[:, :2], boxes[:, 2:]
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


def _iou(a: Floats, b: Floats) -> Floats:
    """Of each pair of corners."""
    size = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.prod(np.maximum(size, 0), axis=1)
    both = np.prod(a[:, 2:] - a[:, :2], axis=1) + np.prod(b[:, 2:] - b[:, :2], axis=1)
    found: Floats = shared / (both - shared)
    return found


def times(sessions: Sequence[MessSession], side: int) -> list[float]:
    """Median milliseconds of one run of each, in turns, on a square of grey."""
    batch = np.full((1, 3, side, side), PAD / 255, np.float32)
    taken: list[list[float]] = [[] for _ in sessions]
    for turn in range(ROUNDS + 2):
        for session, own in zip(sessions, taken, strict=True):
            start = time.perf_counter()
            session.run_with_mess(batch)
            if turn >= 2:  # two rounds warm up
                own.append((time.perf_counter() - start) * 1000)
    return [median(own) for own in taken]


@dataclass(frozen=True)
class Format:
    """How a format is written and run, and whether it takes one input size only."""

    packages: tuple[str, ...]
    write: Callable[[Path, Path, int], Path]
    open: Callable[[Path, int], MessSession]
    fixed: bool


FORMATS = {
    "openvino": Format(("openvino",), write_openvino, OpenVino, fixed=False),
    "ncnn": Format(("ncnn", "pnnx"), write_ncnn, Ncnn, fixed=True),
}


def missing(name: str) -> list[str]:
    """Packages of a format that are not installed."""
    absent = []
    for package in FORMATS[name].packages:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            absent.append(package)
    return absent


def export(name: str, folder: Path, manifest_path: Path = DEFAULT_MANIFEST) -> Path:
    """Write a format into an empty folder; what its runtime opens."""
    manifest = read_manifest(manifest_path)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    network = manifest_path.parent / manifest.file
    return FORMATS[name].write(network, folder, manifest.input_side)


def pair(
    name: str, file: Path, threads: int, manifest_path: Path = DEFAULT_MANIFEST
) -> tuple[MessSession, MessSession]:
    """ONNX Runtime and the format's own, fed alike."""
    manifest = read_manifest(manifest_path)
    model = read_verified_model(manifest, manifest_path.parent)
    ours: MessSession = OnnxSession(model, SessionSettings(threads=threads))
    theirs = FORMATS[name].open(file, threads)
    if FORMATS[name].fixed:
        return Square(ours, manifest.input_side), Square(theirs, manifest.input_side)
    return ours, theirs


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m edge.native", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", choices=FORMATS, action="append", help="left out, all")
    chosen = parser.parse_args()
    manifest = read_manifest(DEFAULT_MANIFEST)
    threads = len(os.sched_getaffinity(0))
    rows: list[list[Any]] = []
    is_good = True
    for name in chosen.format or FORMATS:
        if absent := missing(name):
            sys.exit(f"{name} needs {', '.join(absent)}: make native-parity installs them")
        file = export(name, chosen.folder / name)
        ours, theirs = pair(name, file, threads)
        found = compare(manifest, ours, theirs)
        ms = times([ours, theirs], manifest.input_side)
        size = sum(path.stat().st_size for path in (chosen.folder / name).iterdir()) / 1e6
        version = importlib.metadata.version(FORMATS[name].packages[0])
        is_good &= found.is_small
        rows.append(
            [
                f"{name} {version}",
                f"{size:.1f}",
                f"{found.score:.1e}",
                f"{found.pixels:.1e}",
                f"{found.iou:.5f}",
                f"{found.mess:.1e}",
                ", ".join(found.findings) or "the same",
                f"{ms[1]:.0f} / {ms[0]:.0f}",
            ]
        )
    load = os.getloadavg()[0]
    console.print(
        f"{len(PHOTOS)} demo photos, float32, {threads} threads, load of the "
        f"machine {load:.1f}; ms on {manifest.input_side} x {manifest.input_side}"
    )
    table = Table("format", "MB", "score", "pixels", "IoU", "mess", "findings", "ms / ONNX Runtime")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()

"""How fast is a photo checked? Bytes → report, against the least it could cost, and Ultralytics.

`python -m models.bench` makes one 12-megapixel JPEG from a demo photo and takes turns between

* a: the fastest decode in reach that still gives at least the network's side,
* b: a bare run of the network on the input the photo makes,
* c: `Checker.check`, bytes → report,
* d: Ultralytics' own `predict` with the same network on the same file,
* e: a bare run of the nano detector alone, without the second output, on the input of b.

Times depend on the machine, so nothing here fails on them: it prints what was asked beside them.
"""

import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
import simplejpeg
from PIL import Image
from rich.console import Console
from rich.table import Table

from vision.checker import Checker
from vision.detector import letterbox
from vision.manifest import DEFAULT_MANIFEST, read_manifest
from vision.photo import decode_photo
from vision.policy import Shot
from vision.session import SessionSettings

ROOT = Path(__file__).resolve().parent.parent
DEMO_PHOTO = ROOT / "demo" / "selfie_ok.jpg"
WIDTH, HEIGHT = 4000, 3000
MIN_BYTES, MAX_BYTES = 4_000_000, 7_000_000
ASKED_OVERHEAD, ASKED_GAIN, ASKED_MEMORY, ASKED_HEADS = 1.15, 1.4, 400, 1.15

Pixels = npt.NDArray[np.uint8]
Decode = Callable[[bytes], Pixels]
console = Console()


def big_photo(source: Path = DEMO_PHOTO) -> bytes:
    """A demo photo cut to 4:3, enlarged to 12 megapixels, with the grain of a phone's sensor."""
    with Image.open(source) as image:
        picture = image.convert("RGB")
    width, height = picture.size
    cut = min(width / 4, height / 3)
    left, top = round((width - 4 * cut) / 2), round((height - 3 * cut) / 2)
    box = (left, top, left + int(4 * cut), top + int(3 * cut))
    large = np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box), np.int16)
    grain = np.random.default_rng(0).normal(0, 5, (HEIGHT, WIDTH, 1)).astype(np.int16)
    noisy = Image.fromarray((large + grain).clip(0, 255).astype(np.uint8))
    for quality in (92, 95, 90, 85, 97, 80):
        buffer = io.BytesIO()
        noisy.save(buffer, "JPEG", quality=quality)
        if MIN_BYTES <= buffer.tell() <= MAX_BYTES:
            break
    return buffer.getvalue()


def decoders(side: int) -> dict[str, Decode]:
    """Ways to decode a JPEG; some give less than they should for some sizes, see `candidates`."""

    def pillow_draft(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data)) as image:
            ratio = side / max(image.size)
            image.draft("RGB", (round(image.width * ratio), round(image.height * ratio)))
            return np.asarray(image.convert("RGB"))

    def pillow_full(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))

    def with_simplejpeg(data: bytes) -> Pixels:
        height, width = simplejpeg.decode_jpeg_header(data)[:2]
        ratio = side / max(height, width)
        least = {"min_height": round(height * ratio), "min_width": round(width * ratio)}
        pixels: Pixels = simplejpeg.decode_jpeg(data, **least)
        return pixels

    def with_opencv(flag: int) -> Decode:
        def decode(data: bytes) -> Pixels:
            decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
            if decoded is None:
                raise ValueError("OpenCV cannot decode the picture")
            return decoded.astype(np.uint8, copy=False)

        return decode

    return {
        "simplejpeg": with_simplejpeg,
        "Pillow draft": pillow_draft,
        "Pillow full": pillow_full,
        "OpenCV 1/8": with_opencv(cv2.IMREAD_REDUCED_COLOR_8),
        "OpenCV 1/4": with_opencv(cv2.IMREAD_REDUCED_COLOR_4),
        "OpenCV 1/2": with_opencv(cv2.IMREAD_REDUCED_COLOR_2),
        "OpenCV full": with_opencv(cv2.IMREAD_COLOR),
    }


def candidates(data: bytes, side: int) -> dict[str, Decode]:
    """The decodes that give at least `side` pixels on the long edge."""
    return {
        name: decode for name, decode in decoders(side).items() if max(decode(data).shape) >= side
    }


def interleaved(steps: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each step; all take turns, so that they share the machine's moods."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 2):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if turn >= 2:  # two rounds warm up
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: median(times) for name, times in taken.items()}


@contextlib.contextmanager
def _threads_of_every_session(threads: int) -> Iterator[None]:
    """Sessions opened by others use so many threads too; Ultralytics offers no way to say it."""
    original = onnxruntime.InferenceSession

    def limited(path: Any, options: Any = None, **rest: Any) -> Any:
        options = options or onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return original(path, options, **rest)

    onnxruntime.InferenceSession = limited
    try:
        yield
    finally:
        onnxruntime.InferenceSession = original


def ultralytics_step(
    network: Path, photo: Path, side: int, threads: int
) -> Callable[[], object] | None:
    """Ultralytics' predict on a file; None where Ultralytics is not installed."""
    try:
        import torch  # noqa: PLC0415 - only in the train extra
        from ultralytics import YOLO  # noqa: PLC0415
    except ImportError:
        return None
    torch.set_num_threads(threads)
    yolo = YOLO(str(network), task="detect")
    with _threads_of_every_session(threads):
        yolo.predict(str(photo), imgsz=side, device="cpu", verbose=False)

    def step() -> object:
        return yolo.predict(str(photo), imgsz=side, device="cpu", verbose=False)

    return step


def plain_step(
    network: bytes, batch: npt.NDArray[np.float32], threads: int
) -> Callable[[], object] | None:
    """A run of the detector alone, without the second output; None without the train extra."""
    try:
        import onnx  # noqa: PLC0415 - only in the train extra

        from models.mess_head import without_mess  # noqa: PLC0415
    except ImportError:
        return None
    plain = without_mess(onnx.load_from_string(network)).SerializeToString()
    session = _session(plain, threads)
    feed = {session.get_inputs()[0].name: batch}
    return lambda: session.run(None, feed)


def _session(network: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def peak_memory_mb(manifest_path: Path, photo: Path, threads: int) -> float:
    """Largest resident memory of a process that only checks the photo, in megabytes.

    A child process, and its own high-water mark from /proc where there is one: what getrusage tells
    of a child still holds the memory of the parent it was forked from.
    """
    command = [sys.executable, "-m", "models.bench", "--only-check", str(photo)]
    command += ["--manifest", str(manifest_path), "--threads", str(threads)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _only_check(manifest_path: Path, photo: Path, threads: int) -> None:
    """Check a photo three times and write the peak of this process's memory."""
    checker = Checker.open(manifest_path, settings=SessionSettings(threads=threads))
    for _ in range(3):
        checker.check(photo.read_bytes(), Shot.SELFIE)
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        kilobytes = next(float(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    else:
        import resource  # noqa: PLC0415 - not on every system

        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(f"{kilobytes * 1024 / 1e6:.0f}\n")


def bench(manifest_path: Path, rounds: int, threads: int) -> None:
    """Measure and print."""
    manifest = read_manifest(manifest_path)
    side, network = manifest.input_side, manifest_path.parent / manifest.file
    data = big_photo()
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(data)
        memory = peak_memory_mb(manifest_path, photo, threads)  # before anything large is loaded
        cv2.setNumThreads(threads)
        checker = Checker.open(manifest_path, settings=SessionSettings(threads=threads))
        session = _session(network.read_bytes(), threads)
        batch = letterbox(decode_photo(data, side).pixels, side)[0]
        feed = {session.get_inputs()[0].name: batch}
        stages: dict[str, list[float]] = {}

        def check() -> None:
            for stage, ms in checker.check(data, Shot.SELFIE).timings.items():
                stages.setdefault(stage, []).append(ms)

        # Threads of a session go on spinning for a while after its run: b and e follow a decode.
        decodes: dict[str, Callable[[], object]] = {
            f"a {name}": lambda decode=decode: decode(data)  # type: ignore[misc]
            for name, decode in candidates(data, side).items()
        }
        first, *others = decodes
        steps = {first: decodes[first]}
        plain = plain_step(network.read_bytes(), batch, threads)
        if plain is not None:
            steps["e detector alone"] = plain
        steps |= {name: decodes[name] for name in others}
        steps["b session.run"] = lambda: session.run(None, feed)
        steps["c bytes → report"] = check
        predict = ultralytics_step(network, photo, side, threads)
        if predict is not None:
            steps["d Ultralytics predict"] = predict
        console.print(
            f"{WIDTH} x {HEIGHT} JPEG of {len(data) / 1e6:.1f} MB, network "
            f"{manifest.name} {manifest.version} at {batch.shape[3]} x {batch.shape[2]}, "
            f"{threads} threads each, {rounds} rounds in turns"
        )
        times = interleaved(steps, rounds)
    _print(times, {stage: median(ms) for stage, ms in stages.items()}, memory)


def _print(times: Mapping[str, float], stages: Mapping[str, float], memory: float) -> None:
    table = Table("step", "median ms")
    table.columns[1].justify = "right"
    for name, ms in times.items():
        table.add_row(name, f"{ms:.1f}")
    for name, ms in stages.items():
        table.add_row(f"  [dim]of c: {name}[/]", f"[dim]{ms:.1f}[/]")
    console.print(table)
    decode = min((name for name in times if name.startswith("a ")), key=lambda name: times[name])
    least = times[decode] + times["b session.run"]
    whole = times["c bytes → report"]
    console.print(f"fastest decode: {decode.removeprefix('a ')}")
    console.print(f"c / (a + b) = {whole / least:.3f} (asked: at most {ASKED_OVERHEAD})")
    if "d Ultralytics predict" in times:
        gain = times["d Ultralytics predict"] / whole
        console.print(f"d / c       = {gain:.2f} (asked: at least {ASKED_GAIN})")
    else:
        console.print("d / c       = not measured: Ultralytics is not installed (make train-env)")
    if "e detector alone" in times:
        heads = times["b session.run"] / times["e detector alone"]
        console.print(f"b / e       = {heads:.3f} (asked: at most {ASKED_HEADS})")
    else:
        console.print("b / e       = not measured: onnx is not installed (make train-env)")
    console.print(f"peak memory of c alone: {memory:.0f} MB (asked: at most {ASKED_MEMORY})")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m models.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--manifest", type=Path, default=DEFAULT_MANIFEST)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only-check", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_check:
        _only_check(arguments.manifest, arguments.only_check, arguments.threads)
    else:
        bench(arguments.manifest, arguments.rounds, arguments.threads)


if __name__ == "__main__":
    main()

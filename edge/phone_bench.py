"""How fast is the phone's engine in a browser, beside ONNX Runtime outside of one?

`python -m edge.phone_bench` (or `make bench-phone`) measures on this machine, in turns, so that
both share its moods:

* detect: letterbox, network, boxes, for one demo photo; in the browser's WASM and natively;
* cold: a browser that never saw the page, from calling it up to the first verdict;
* warm: the page called up again, network and runtime out of the browser's stores;
* next: the page stays open, the verdict of a further photo, file → report;
* the parts of cold and warm: page (up to its first script), network and runtime (loaded at the
  same time), session, and the steps of the check; rest is the worker's start and the driver;
* native: loading the network and checking the photo outside of the browser.

Times depend on the machine, so nothing here fails on them: it prints what was asked beside them.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from edge.phone_page import BUILT, Engine, build, engine
from vision import Checker, SessionSettings, Shot
from vision.manifest import DEFAULT_MANIFEST

PHOTO = Path(__file__).resolve().parents[1] / "demo" / "selfie_ok.jpg"
ASKED_RATIO, ASKED_COLD, ASKED_WARM = 4.0, 5.0, 1.0
console = Console()


def detect_times(phone: Engine, checker: Checker, data: bytes, rounds: int) -> tuple[float, float]:
    """Median milliseconds of the step from pixels to boxes: (phone, native)."""
    theirs, ours = [], []
    for turn in range(rounds + 2):
        report = phone.check(data, Shot.SELFIE)["report"]
        native = checker.check(data, Shot.SELFIE)
        if turn >= 2:  # two rounds warm up
            theirs.append(report["timings"]["detect"])
            ours.append(native.timings["detect"])
    return median(theirs), median(ours)


def seconds(step: Callable[[], object]) -> float:
    """How long a step takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


PARTS = ("page", "network", "runtime", "session", "decode", "quality", "detect", "judge")


def first_verdict(phone: Engine, data: bytes) -> dict[str, float]:
    """Seconds from calling the page up to the first verdict: `whole`, its parts, and the rest."""
    start = time.perf_counter()
    opened = phone.open()
    report = phone.check(data, Shot.SELFIE)["report"]
    whole = time.perf_counter() - start
    ms = {"page": opened["page"], **opened["info"]["timings"], **report["timings"]}
    found = {part: ms[part] / 1000 for part in PARTS}
    loading = max(found["network"], found["runtime"])
    one_by_one = sum(found.values()) - found["network"] - found["runtime"] + loading
    return found | {"rest": whole - one_by_one, "whole": whole}


def bench(manifest_path: Path, rounds: int, starts: int) -> None:
    """Measure and print."""
    data = PHOTO.read_bytes()
    settings = SessionSettings(threads=len(os.sched_getaffinity(0)))

    def native() -> None:
        Checker.open(manifest_path, settings=settings).check(data, Shot.SELFIE)

    cold, warm, further, outside = [], [], [], []
    checker = Checker.open(manifest_path, settings=settings)
    for start in range(starts):
        with TemporaryDirectory() as profile, engine(manifest_path, profile=Path(profile)) as phone:
            outside.append(seconds(native))
            cold.append(first_verdict(phone, data))
            warm.append(first_verdict(phone, data))
            further.append(seconds(lambda: phone.check(data, Shot.SELFIE)))
            if start == starts - 1:
                info = phone.open()["info"]
                theirs, ours = detect_times(phone, checker, data, rounds)
    console.print(
        f"{info['backend']}, {info['threads']} threads, network {info['model']['version']}; "
        f"natively {settings.threads} threads; load of the machine {os.getloadavg()[0]:.1f} on "
        f"{settings.threads} cores"
    )
    _print(
        [
            ("detect, phone", theirs / 1000, ""),
            ("detect, native", ours / 1000, ""),
            ("phone / native", theirs / ours, f"at most {ASKED_RATIO:g}"),
            ("first verdict, cold", _middle(cold)["whole"], f"at most {ASKED_COLD:g} s"),
            ("first verdict, warm", _middle(warm)["whole"], f"at most {ASKED_WARM:g} s"),
            ("next verdict", median(further), ""),
            ("native: load and check", median(outside), ""),
        ]
    )
    parts = Table("part of the first verdict", "cold, s", "warm, s")
    for part in (*PARTS, "rest"):
        parts.add_row(part, *(f"{_middle(runs)[part]:.2f}" for runs in (cold, warm)))
    console.print(parts)


def _middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """The run whose whole is the median, so that its parts add up."""
    return sorted(runs, key=lambda run: run["whole"])[len(runs) // 2]


def _print(rows: list[tuple[str, float, str]]) -> None:
    table = Table("step", "seconds or ratio", "asked")
    table.columns[1].justify = "right"
    for name, value, asked in rows:
        table.add_row(name, f"{value:.2f}", asked)
    console.print(table)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m edge.phone_bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--manifest", type=Path, default=DEFAULT_MANIFEST)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--starts", type=int, default=3, help="fresh browsers")
    arguments = parser.parse_args()
    if not BUILT.exists():
        build()
    bench(arguments.manifest, arguments.rounds, arguments.starts)


if __name__ == "__main__":
    main()

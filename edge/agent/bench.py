"""What the agent costs: `make bench-edge` prints its size on the disk and its memory.

A fresh environment is made in a temporary folder with nothing but the base and the `edge` extra,
and the demo pictures are checked there by a process of its own, as the agent checks them.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
MB = 1e6

# Runs in the fresh environment. VmHWM is the process's own peak: ru_maxrss of a child starts with
# the size of the parent it was forked from.
CHECKS = """
import importlib, json, re, sys, time
from pathlib import Path
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e3
for name in ("agent", "update", "page", "status"):
    importlib.import_module("edge.agent." + name)
imported = peak()
from vision import Checker, SessionSettings
checker = Checker.open(settings=SessionSettings(keep_memory=False))
loaded = peak()
times = []
for path in sorted(Path(sys.argv[1]).glob("*.jpg")) * 2:
    start = time.perf_counter()
    checker.check(path.read_bytes())
    times.append((time.perf_counter() - start) * 1e3)
heavy = sorted({"torch", "fastapi", "sqlalchemy", "ultralytics"} & set(sys.modules))
print(json.dumps({"imported": imported, "loaded": loaded, "peak": peak(), "heavy": heavy,
                  "median_ms": sorted(times)[len(times) // 2], "photos": len(times)}))
"""


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, as they take up the disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if not path.is_dir())


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="ppe-edge-") as name:
        environment = Path(name)
        python = environment / "bin" / "python"
        _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
        site = next(environment.glob("lib/python*/site-packages"))
        pip = (sys.executable, "-m", "pip", "--python", str(python))
        quietly = ("--quiet", "--disable-pip-version-check", "--no-compile")
        _run(*pip, "install", *quietly, f"{ROOT}[edge]")
        installed = size_of(environment)
        by_package = _by_package(site)
        measured = json.loads(_run(str(python), "-c", CHECKS, str(ROOT / "demo")))
    out = sys.stdout.write
    out(f"installed: {installed / MB:.0f} MB without Python and bytecode, of which\n")
    for package, size in sorted(by_package.items(), key=lambda pair: -pair[1])[:8]:
        out(f"  {size / MB:6.1f} MB  {package}\n")
    out(
        f"memory: {measured['imported']:.0f} MB imported, {measured['loaded']:.0f} MB with the "
        f"network, {measured['peak']:.0f} MB at most over {measured['photos']} checks of the demo "
        f"pictures\none check: {measured['median_ms']:.0f} ms (median)\n"
        f"heavy libraries loaded: {', '.join(measured['heavy']) or 'none'}\n"
    )


def _by_package(site: Path) -> dict[str, int]:
    """Bytes by distribution."""
    sizes: dict[str, int] = defaultdict(int)
    for found in distributions(path=[str(site)]):
        name = found.metadata["Name"]
        for file in found.files or ():
            path = Path(str(file.locate()))
            if path.is_file():
                sizes[name] += path.lstat().st_blocks * 512
    return sizes


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()

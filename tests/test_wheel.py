"""What goes into the wheel: code and data files, nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {"vision", "datasets", "models", "api", "edge"}
DATA = ("vision/**/*.yaml", "models/*.onnx", "models/manifest.json", "edge/agent/*.*")


def test_wheel_holds_the_packages_and_their_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("ppe_check-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    data = {path.relative_to(ROOT).as_posix() for glob in DATA for path in ROOT.glob(glob)}
    assert data <= names
    assert {f"{package}/__init__.py" for package in PACKAGES} <= names
    folders = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert folders == PACKAGES

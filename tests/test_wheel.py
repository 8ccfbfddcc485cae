"""What goes into the wheel: code and data files, nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = {"vision", "datasets", "models", "api", "edge"}
DATA = ("vision/**/*.yaml", "models/*.onnx", "models/manifest.json", "edge/agent/*.*")


def build(project: Path, target: Path) -> set[str]:
    """Build the wheel of a project; the names of what is in it."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=project,
        check=True,
        capture_output=True,
        timeout=240,
    )
    (wheel,) = target.glob("ppe_check-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_the_packages_and_their_data(tmp_path: Path) -> None:
    names = build(ROOT, tmp_path)
    data = {path.relative_to(ROOT).as_posix() for glob in DATA for path in ROOT.glob(glob)}
    assert data <= names
    assert {f"{package}/__init__.py" for package in PACKAGES} <= names
    folders = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert folders == PACKAGES


def test_wheel_holds_the_phone_app_where_it_was_built(tmp_path: Path) -> None:
    """Without the network and policy of its build: the service has its own."""
    project = tmp_path / "project"
    app = project / "edge/phone/dist"
    files = ("index.html", "sw.js", "assets/runtime.wasm", "model/ppe.onnx", "policy.json")
    for name in (*files, "../src/main.ts", "../node_modules/idb/index.js"):
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text("x", encoding="utf-8")
    for package in PACKAGES:
        (project / package).mkdir(exist_ok=True)
        (project / package / "__init__.py").touch()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "edge/phone/.gitignore"):
        shutil.copy(ROOT / name, project / name)
    names = build(project, tmp_path)
    assert {name for name in names if name.startswith("edge/phone/")} == {
        f"edge/phone/dist/{name}" for name in files[:3]
    }

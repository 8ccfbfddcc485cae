"""`ppe edge` as people run it: without torch and without the service's libraries."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.network import photo
from tests.edge.running import CLEAN, checks_of, edge, fill, serving

SECRET = "ppe_this-key-must-never-be-seen"
# What neither the base nor the `edge` extra brings. Importing one of these ends the run.
BLOCKER = """
import sys
class Absent:
    names = {names!r}
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.split(".")[0])
sys.meta_path.insert(0, Absent())
from vision.cli import main
main()
"""
HEAVY = ("torch", "torchvision", "ultralytics", "fastapi", "starlette", "sqlalchemy", "uvicorn")
EXTRA = ("httpx2", "pydantic_settings")


def without(
    names: tuple[str, ...], *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`ppe …` where some libraries are not installed."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKER.format(names=names), *map(str, arguments)],
        env=CLEAN | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def put(inbox: Path, path: str, number: int) -> None:
    (inbox / path).parent.mkdir(parents=True, exist_ok=True)
    (inbox / path).write_bytes(photo(number))


def test_from_the_folder_to_the_service_and_what_was_refused(
    tmp_path: Path, manifest: Path
) -> None:
    """The whole way, with neither torch nor the service's libraries."""
    world = fill(tmp_path / "data")
    inbox, state = tmp_path / "in", tmp_path / "state"
    put(inbox, "ORDER-A/selfie.jpg", 1)
    put(inbox, "NO-ORDER/selfie.jpg", 2)
    put(inbox, "ORDER-A/other/IMG.jpg", 3)
    key = world.keys["technician_a"]
    (tmp_path / "key").write_text(key + "\n", encoding="utf-8")
    options = ("--inbox", inbox, "--state", state)
    environment = {
        "PPE_EDGE_KEY_FILE": str(tmp_path / "key"),
        "PPE_EDGE_SETTLE_S": "0.1",
        "PPE_EDGE_TIMEOUT_S": "500",  # machines that run tests are busy
    }
    with serving(tmp_path / "data", manifest) as address:
        environment["PPE_EDGE_SERVICE"] = address
        run = without(HEAVY, "edge", "run", "--once", *options, **environment)
        assert run.returncode == 1, run.stderr  # something needs a person
        status = edge("status", "--state", state)
        assert status.returncode == 1
        assert "sent: 1" in status.stdout
        assert "NO-ORDER selfie: request.not_found" in status.stdout
        assert "edge.no_shot" in status.stdout
        assert key not in run.stderr + run.stdout + status.stdout

        retried = edge("retry", "--state", state, "--work-order", "ORDER-A")
        assert retried.returncode == 0, retried.stderr
        (inbox / "ORDER-A/other/IMG.jpg").unlink()
        run = edge("run", "--once", *options, **environment)
        assert run.returncode == 0, run.stderr
        assert len(checks_of(address, key, "ORDER-A")) == 2
    for path in state.rglob("*"):
        if path.is_file():
            assert key.encode() not in path.read_bytes()


def test_refused_photo_can_be_handed_out(tmp_path: Path, manifest: Path) -> None:
    world = fill(tmp_path / "data")
    inbox, state, out = tmp_path / "in", tmp_path / "state", tmp_path / "out"
    put(inbox, "NO-ORDER/selfie.jpg", 1)
    environment = {
        "PPE_EDGE_KEY": world.keys["technician_a"],
        "PPE_EDGE_SETTLE_S": "0.1",
        "PPE_EDGE_TIMEOUT_S": "500",
        "PPE_EDGE_UPDATE_S": "0",
    }
    with serving(tmp_path / "data", manifest) as address:
        edge(
            "run", "--once", "--inbox", inbox, "--state", state, "--service", address, **environment
        )
    assert edge("hand-out", out, "77", "--state", state).returncode == 2
    done = edge("hand-out", out, "1", "--state", state)
    assert done.returncode == 0, done.stderr
    assert (out / "1-selfie.jpg").read_bytes() == photo(1)
    assert "request.not_found" in (out / "1-selfie.jpg.txt").read_text(encoding="utf-8")
    assert edge("status", "--state", state).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "code"),
    [
        (("run",), {}, "edge.nothing_to_watch"),
        (("run", "--inbox", "nowhere"), {}, "edge.inbox_unusable"),
        (("run", "--service", "ftp://x"), {"PPE_EDGE_KEY": SECRET}, "edge.settings_invalid"),
        (("run", "--service", "https://x"), {}, "edge.settings_invalid"),
        (("run", "--service", "http://ppe.example"), {"PPE_EDGE_KEY": SECRET}, "ALLOW_HTTP"),
        (
            ("run", "--service", "https://n:p@x"),
            {"PPE_EDGE_KEY": SECRET},
            "edge.settings_invalid",
        ),
        (("run", "--work-order", "WO 1"), {}, "PPE_EDGE_WORK_ORDER"),
        (("run",), {"PPE_EDGE_SETTLE_S": "soon", "PPE_EDGE_KEY": SECRET}, "PPE_EDGE_SETTLE_S"),
        (("status",), {}, "edge.state_unusable"),
        (("retry", "7"), {}, "edge.no_such_photo"),
    ],
)
def test_what_cannot_work_says_why(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], code: str
) -> None:
    done = edge(*arguments, "--state", tmp_path / "state", **environment)
    assert done.returncode == 2
    assert code in done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr + done.stdout


def test_without_the_extra_it_says_which_and_nothing_else_breaks() -> None:
    done = without(EXTRA, "edge", "run", "--inbox", ".")
    assert done.returncode == 2
    assert "edge.extra_missing" in done.stderr
    assert "ppe-check[edge]" in done.stderr
    assert without(EXTRA, "policy", "show").returncode == 0

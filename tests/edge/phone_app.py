"""The phone app as people meet it: served by `ppe serve`, in a browser with a fake camera."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
from argon2 import PasswordHasher
from PIL import Image, ImageOps

from api.db import Database
from api.tables import Account
from edge.phone_page import ARGUMENTS, CHROMIUM, PHONE
from tests.api.servers import free_port, ppe_serve, wait_until_ready
from tests.api.world import World
from tests.edge.running import checks_of, fill

DIST = PHONE / "dist"
AXE = PHONE / "node_modules" / "axe-core" / "axe.min.js"
LOGIN, PASSWORD = "SZ100-a", "correct horse battery"
ORDER = "ORDER-A"
SCREEN = {"width": 390, "height": 844}
PATIENCE_MS = 90_000  # on a machine that is busy with something else


def build_app() -> None:
    """As `make phone`, where something has changed since the last time."""
    sources = [p for name in ("src", "public", "tools") for p in (PHONE / name).rglob("*")]
    sources += [PHONE / name for name in ("index.html", "package.json", "vite.config.ts")]
    built = DIST / "index.html"
    if built.exists() and built.stat().st_mtime > max(p.stat().st_mtime for p in sources):
        return
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # as the Makefile does
    subprocess.run(
        ["npm", "run", "--silent", "build"],
        cwd=PHONE,
        env=os.environ | {"PATH": path},
        check=True,
        timeout=600,
    )


def camera_film(folder: Path, photo: Path) -> Path:
    """A film for the fake camera, in which one photo stands still."""
    with Image.open(photo) as picture:
        frame = ImageOps.fit(picture.convert("RGB"), (720, 960))
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=92)
    film = folder / f"{photo.stem}.mjpeg"
    film.write_bytes(out.getvalue() * 4)
    return film


@dataclass
class ServiceUnderTest:
    """A running service; it can be stopped and started again at the same address."""

    address: str
    world: World
    data: Path

    def checks(self) -> list[dict[str, Any]]:
        """Every check of the work order."""
        return checks_of(self.address, self.world.keys["supervisor_a"], ORDER)

    def wait_for_checks(self, count: int) -> None:
        """Until so many photos have arrived: nothing waits on a phone before they are kept, too."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while len(found := self.checks()) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} photos arrived"
            time.sleep(0.2)

    def omissions(self) -> list[dict[str, Any]]:
        """What the technician said about photos that cannot be taken."""
        headers = {"Authorization": f"Bearer {self.world.keys['supervisor_a']}"}
        answer = httpx.get(f"{self.address}/v1/omissions", headers=headers)
        answer.raise_for_status()
        return list(answer.json()["items"])

    def reject(self, omission: dict[str, Any], comment: str) -> None:
        """The supervisor needs the photo all the same."""
        answer = httpx.post(
            f"{self.address}/v1/omissions/{omission['id']}/decision",
            headers={"Authorization": f"Bearer {self.world.keys['supervisor_a']}"},
            json={"version": omission["version"], "decision": "reject", "comment": comment},
        )
        answer.raise_for_status()

    def allow_gallery(self) -> None:
        """Put a policy in force that lets the app send pictures from the phone's gallery."""
        headers = {"Authorization": f"Bearer {self.world.keys['admin']}"}
        policies = f"{self.address}/v1/policies"
        document = httpx.get(f"{policies}/in-force", headers=headers).json()["document"]
        body = {
            "document": document | {"version": "gallery", "gallery": True},
            "reason": "The camera of our phones is poor.",
        }
        httpx.post(policies, headers=headers, json=body).raise_for_status()

    def appeals(self) -> dict[str, str]:
        """What the technician said to which check."""
        headers = {"Authorization": f"Bearer {self.world.keys['supervisor_a']}"}
        answer = httpx.get(f"{self.address}/v1/appeals", headers=headers)
        answer.raise_for_status()
        return {appeal["check_id"]: appeal["text"] for appeal in answer.json()["items"]}


@contextmanager
def service(folder: Path, manifest: Path) -> Iterator[ServiceUnderTest]:
    """`ppe serve` with the tests' people, who have passwords, and a network."""
    data = folder / "data"
    world = fill(data)
    give_password(data)
    port = free_port()
    environment = {
        "PPE_DATA_DIR": str(data),
        "PPE_MODEL_MANIFEST": str(manifest),
        "PPE_PHONE_APP": str(DIST),
        "PPE_SAMPLE_PASS": "0",
    }
    log = folder / "service.log"
    try:
        with ppe_serve(environment, port, log) as process:
            wait_until_ready(port, process)
            yield ServiceUnderTest(f"http://127.0.0.1:{port}", world, data)
    finally:
        # pytest shows it where a test failed
        sys.stdout.writelines(log.read_text().splitlines(keepends=True)[-40:])


def give_password(data: Path) -> None:
    database = Database(f"sqlite:///{data}/ppe.sqlite3")
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.write() as session:
        for account in session.query(Account):
            account.password_hash = hashed
            account.must_change_password = False
    database.close()


@contextmanager
def phone(playwright: Any, profile: Path, film: Path, locale: str = "en-US") -> Iterator[Any]:
    """A browser of a phone's size, with a profile that outlives it; the context of its pages."""
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=CHROMIUM,
        timeout=PATIENCE_MS,
        args=[
            *ARGUMENTS,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
        viewport=SCREEN,
        locale=locale,
        permissions=["camera", "geolocation"],
        geolocation={"latitude": 31.2989, "longitude": 120.5853, "accuracy": 20},
    )
    from playwright.sync_api import Error  # noqa: PLC0415 - only in the dev extra

    try:
        context.set_default_timeout(PATIENCE_MS)
        yield context
    finally:
        with contextlib.suppress(Error):  # a browser that was killed is gone
            context.close()


def kill(profile: Path) -> None:
    """End the browser of a profile as a phone does that has run out of memory: at once."""
    needle = str(profile).encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_its = needle in (folder / "cmdline").read_bytes()
        except OSError:  # it ended on its own
            continue
        if is_its and int(folder.name) != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(folder.name), signal.SIGKILL)


def look(page: Any, name: str) -> None:
    """A picture of the screen for people, where PPE_SCREENSHOTS names a folder."""
    folder = os.environ.get("PPE_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def what_waits(page: Any) -> str:
    """What the phone keeps and shows, for people who read why a test failed."""
    found = page.evaluate(
        """async () => {
            const done = request => new Promise((resolve, reject) => {
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            });
            const database = await done(indexedDB.open("ppe-phone"));
            const store = database.transaction("parcels").objectStore("parcels");
            const parcels = await done(store.getAll());
            database.close();
            return {
                parcels: parcels.map(({id, account, state, tries, problem, notBefore}) =>
                    ({id, account, state, tries, problem, not_before_ms: notBefore - Date.now()})),
                link: document.querySelector("[data-link]")?.dataset.link,
                address: location.href,
                screen: document.body.innerText,
            };
        }"""
    )
    return json.dumps(found, indent=1, ensure_ascii=False)


def why_not() -> str | None:
    """Why the app cannot be tested here."""
    if shutil.which(CHROMIUM) is None:
        return "no chromium: apt-get install chromium"
    if not (PHONE / "node_modules").exists():
        return "the app's packages are not installed: make phone"
    return None


def accessibility_faults(page: Any) -> list[str]:
    """What axe-core finds on the screen; contrast must be 7:1, targets large."""
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        """async () => {
            const names = ["color-contrast-enhanced", "target-size"];
            const rules = Object.fromEntries(names.map(name => [name, {enabled: true}]));
            const {violations} = await axe.run(document, {rules});
            return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html}`));
        }"""
    )
    return list(found)


def small_targets(page: Any, least: int = 48) -> list[str]:
    """Buttons and fields that a thumb in a glove misses."""
    found = page.evaluate(
        """least => [...document.querySelectorAll("button, input, textarea")]
            .filter(element => {
                const {width, height} = element.getBoundingClientRect();
                return width > 0 && (width < least || height < least);
            })
            .map(element => element.outerHTML)""",
        least,
    )
    return list(found)

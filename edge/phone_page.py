"""The phone's engine in a real browser, driven from Python: for measuring it beside ours."""

import functools
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.phone_data import GENERATED
from vision import Shot, read_manifest
from vision.manifest import DEFAULT_MANIFEST

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PHONE = Path(__file__).parent / "phone"
BUILT = PHONE / ".harness"
PATIENCE_MS = 120_000  # a browser on a busy machine
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# SharedArrayBuffer, and with it the threads of the WASM runtime, needs an isolated page.
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
PHOTO = "/photo/"


class Engine:
    """The page with the engine in it; `page` is Playwright's."""

    def __init__(self, page: Any, base: str, photos: dict[str, bytes]) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)
        self._base = base
        self._photos = photos

    def open(self, backend: str = "wasm") -> dict[str, Any]:
        """Load page and engine; or `error`.

        Returns:
            `info`; `page`, milliseconds to the page's first script; `ms` from there on.
        """
        self.page.goto(f"{self._base}/index.html")
        self.page.wait_for_function("window.harness !== undefined")
        return self._call("b => window.harness.open(b)", backend)

    def check(self, data: bytes, shot: Shot | None = None) -> dict[str, Any]:
        """`report` of the bytes of one photo, and `ms` it took; or `error`."""
        return self._with_photo("check", data, shot)

    def look(self, data: bytes, shot: Shot | None = None) -> dict[str, Any]:
        """What the live view says of a frame: `size`, `boxes`, `verdict`, `findings`."""
        return self._with_photo("look", data, shot)

    def anew(self) -> "Engine":
        """The same page where nothing is stored yet."""
        return Engine(self.page.context.browser.new_page(), self._base, self._photos)

    def _with_photo(self, what: str, data: bytes, shot: Shot | None) -> dict[str, Any]:
        name = str(len(self._photos))
        self._photos[name] = data
        try:
            return self._call(
                f"([url, shot]) => window.harness.{what}(url, shot)",
                [f"{PHOTO}{name}", None if shot is None else str(shot)],
            )
        finally:
            self._photos[name] = b""

    def _call(self, function: str, argument: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.page.evaluate(
            f"argument => ({function})(argument)"
            ".catch(e => ({error: {code: e.code, message: e.message}}))",
            argument,
        )
        return answer


def build() -> None:
    """Build the engine with its page; npm and the app's packages must be installed."""
    command = ["npx", "vite", "build", "--config", "tools/harness/vite.config.ts"]
    subprocess.run([*command, "--logLevel", "warn"], cwd=PHONE, check=True)


@contextmanager
def engine(
    manifest_path: Path = DEFAULT_MANIFEST,
    arguments: tuple[str, ...] = (),
    profile: Path | None = None,
) -> Iterator[Engine]:
    """A fresh browser, with nothing stored, on the built page.

    With an empty folder as its `profile` it keeps what it loads and compiles on the disk, as a
    phone's does; without one in memory only, and compiled code not at all.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only in the dev extra

    manifest = read_manifest(manifest_path)
    files = {
        "/model/manifest.json": manifest_path,
        "/model/network.onnx": manifest_path.parent / manifest.file,
        "/policy.json": GENERATED / "policy.json",
    }
    photos: dict[str, bytes] = {}
    with _served(files, photos) as base, sync_playwright() as playwright:
        options: dict[str, Any] = {
            "executable_path": CHROMIUM,
            "args": [*ARGUMENTS, *arguments],
            "timeout": PATIENCE_MS,
        }
        chromium = playwright.chromium
        browser: Browser | BrowserContext
        if profile is None:
            browser = chromium.launch(**options)
        else:
            browser = chromium.launch_persistent_context(str(profile), **options)
        try:
            yield Engine(browser.new_page(), base, photos)
        finally:
            browser.close()


@contextmanager
def _served(files: Mapping[str, Path], photos: Mapping[str, bytes]) -> Iterator[str]:
    handler = functools.partial(_Handler, files, photos, directory=str(BUILT))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    """The built page, the network, and photos out of memory."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def __init__(
        self, files: Mapping[str, Path], photos: Mapping[str, bytes], *rest: Any, **more: Any
    ) -> None:
        self._files = files
        self._photos = photos
        super().__init__(*rest, **more)

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path in self._files:
            self._send(self._files[self.path].read_bytes())
        elif self.path.startswith(PHOTO):
            self._send(self._photos[self.path.removeprefix(PHOTO)])
        else:
            super().do_GET()

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        """Add the isolation headers to every answer."""
        for name, value in ISOLATION.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

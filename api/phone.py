"""The phone app under `/phone`: its built files, and what it must have from this service."""

import hashlib
import json
import logging
import mimetypes
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from api.errors import ApiError
from api.etags import IfNoneMatch, is_current, not_modified, tagged
from api.policies import policy_in_force
from api.review.page import page_router
from api.services import Injected
from vision.manifest import read_verified_model

log = logging.getLogger(__name__)
# Without these the browser gives the WASM runtime one thread only.
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
}

mimetypes.add_type("image/webp", ".webp")  # Python 3.13 knows it

router = APIRouter(prefix="/phone", include_in_schema=False)


@router.get("")
def enter() -> Response:
    """The app's addresses are relative: they need the slash."""
    return RedirectResponse("/phone/")


@router.get("/model/manifest.json")
def manifest(services: Injected, if_none_match: IfNoneMatch = None) -> Response:
    """The manifest of the network in use, in place of the one the app was built with."""
    text = services.detector.manifest.model_dump_json().encode()
    return _answer(text, hashlib.sha256(text).hexdigest(), "application/json", if_none_match)


@router.get("/model/{name}.onnx")
def network(
    name: str,  # noqa: ARG001 - the one that the app was built with
    services: Injected,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The network in use, whatever the app's build called it."""
    known = services.detector.manifest
    if is_current(known.sha256, if_none_match):
        return not_modified(known.sha256)
    data = read_verified_model(known, services.settings.model_manifest.parent)
    return _answer(data, known.sha256, "application/octet-stream", None)


@router.get("/policy.json")
def policy(services: Injected, if_none_match: IfNoneMatch = None) -> Response:
    """The policy in force."""
    with services.database.read() as session:
        row = policy_in_force(session)
        text, tag = json.dumps(row.document, ensure_ascii=False), f"policy-{row.id}"
    return _answer(text.encode(), tag, "application/json", if_none_match)


def _answer(body: bytes, tag: str, kind: str, if_none_match: str | None) -> Response:
    if is_current(tag, if_none_match):
        return not_modified(tag)
    return Response(body, media_type=kind, headers=tagged(tag) | ISOLATION)


class AppFiles(StaticFiles):
    """The built app; browsers ask every time whether a file has changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file, or that it has not changed."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(ISOLATION | {"Cache-Control": "no-cache"})
        return response


not_built = page_router()


@not_built.get("/phone")
@not_built.get("/phone/{rest:path}")
def say_what_to_do() -> Response:
    """A page in place of the app."""
    raise ApiError(
        "phone.not_built",
        "the phone app was not built: run `make phone`, or name its folder in PPE_PHONE_APP, and "
        "start the service again",
    )


def install(app: FastAPI, folder: Path) -> None:
    """Serve the app; where it was not built, a page that says so."""
    if not (folder / "index.html").is_file():
        log.warning("the phone app is not in %s: `make phone` builds it", folder)
        app.include_router(not_built)
        return
    app.include_router(router)
    files = AppFiles(directory=folder, html=True)
    # A quarter of the runtime's 14 MB: phones fetch it over the air.
    app.mount("/phone", GZipMiddleware(files, compresslevel=6), name="phone")

"""The network itself, for those who check photos elsewhere: the phone and the edge."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.access import ALL, allow
from api.errors import not_found
from api.etags import IfNoneMatch, conditional, is_current, not_modified, tagged
from api.services import Injected
from vision import Manifest
from vision.manifest import read_verified_model

router = APIRouter(prefix="/v1/model", tags=["model"])


@router.get("", response_model=Manifest, **conditional(allow(*ALL)))
def get_model(services: Injected, if_none_match: IfNoneMatch = None) -> Response:
    """Show the manifest of the network in use: its sha256, classes and thresholds."""
    text = services.detector.manifest.model_dump_json().encode()
    tag = hashlib.sha256(text).hexdigest()
    if is_current(tag, if_none_match):
        return not_modified(tag)
    return Response(text, media_type="application/json", headers=tagged(tag))


class NetworkFile(Response):
    """An ONNX file."""

    media_type = "application/octet-stream"


@router.get(
    "/{sha256}",
    response_class=NetworkFile,
    response_description="The ONNX file; its sha256 is the one asked for",
    **conditional(allow(*ALL, also=(404, 503))),
)
def get_network(
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="of the manifest")],
    services: Injected,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Fetch the network file in use; another one answers 404."""
    manifest = services.detector.manifest
    if sha256 != manifest.sha256:
        raise not_found("network")
    if is_current(sha256, if_none_match):
        return not_modified(sha256)
    data = read_verified_model(manifest, services.settings.model_manifest.parent)
    headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, max-age=31536000, immutable"}
    return NetworkFile(data, headers=headers)

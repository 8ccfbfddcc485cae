"""Entity tags (RFC 9110): let a client that has the present version say so and get 304."""

from typing import Annotated, Any

from fastapi import Header, Response

IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        description="ETag of the version that is there already; the answer is 304 if it is current",
    ),
]


def conditional(route: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a route, as of `api.access.allow`, that may answer 304 too."""
    described = {304: {"description": "The version named in If-None-Match is current"}}
    return route | {"responses": route["responses"] | described}


def is_current(tag: str, if_none_match: str | None) -> bool:
    """Whether one of the tags named is the present one, or any will do."""
    named = [part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")]
    return f'"{tag}"' in named or named == ["*"]


def not_modified(tag: str) -> Response:
    """The answer without a body."""
    return Response(status_code=304, headers=tagged(tag))


def tagged(tag: str) -> dict[str, str]:
    """Headers of an answer that may be kept, and is asked about again before it is used."""
    return {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}

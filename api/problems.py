"""Problem documents (RFC 9457): the one shape of every error answer."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from api.errors import ApiError, status_of
from vision import PpeError

MEDIA_TYPE = "application/problem+json"
CODES = {
    400: "request.malformed",
    404: "request.not_found",
    405: "request.method_not_allowed",
    413: "request.too_large",
}


class FieldError(BaseModel):
    """One field that is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """Why a request was not answered as asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:ppe:photo.truncated",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "code": "photo.truncated",
                    "detail": "the end of the file is missing; send the photo again",
                    "request_id": "0f8b7c1e9a6d4c2f8e5b3a1d7c9e0f12",
                }
            ]
        }
    )

    type: str = Field(description="urn:ppe: and the code")
    title: str = Field(description="name of the HTTP status")
    status: int
    code: str = Field(description="stable; docs/api.md lists every one")
    detail: str = Field(description="what is wrong and what to do, for a person")
    request_id: str | None = None
    errors: list[FieldError] | None = None


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error answers of a route, for the OpenAPI document."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": TITLES[status], "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


TITLES = {
    400: "Bad Request",
    401: "Not signed in, or the key is not valid",
    403: "Not allowed",
    404: "No such thing, or not yours to see",
    405: "Method Not Allowed",
    409: "In conflict with the present state",
    410: "Gone",
    413: "Too large",
    415: "Not a picture of a supported type",
    422: "Cannot be used as it is",
    429: "Too many attempts",
    500: "A mistake of the service",
    503: "Full, or starting or stopping",
}


def install(app: FastAPI) -> None:
    """Answer every error with a problem document; unforeseen ones `api.middleware` answers."""

    @app.exception_handler(PpeError)
    async def _ours(request: Request, error: PpeError) -> JSONResponse:
        facts: dict[str, Any] = dict(error.facts) if isinstance(error, ApiError) else {}
        headers = {}
        if isinstance(error, ApiError) and error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
        status = status_of(error)
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return respond(request, status, error.code, error.message, headers, **facts)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(str(part) for part in e["loc"][1:]) or "body", "message": e["msg"]}
            for e in error.errors()
        ]
        detail = "some fields cannot be used; see errors"
        return respond(request, 422, "request.invalid", detail, {}, errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = CODES.get(error.status_code, "request.malformed")
        return respond(request, error.status_code, code, error.detail, dict(error.headers or {}))


def respond(
    request: Request, status: int, code: str, detail: str, headers: dict[str, str], **facts: Any
) -> JSONResponse:
    """One problem document."""
    document = {
        "type": f"urn:ppe:{code}",
        "title": TITLES.get(status, "Error"),
        "status": int(status),
        "code": code,
        "detail": detail,
        "request_id": request.scope.get("request_id"),
    }
    return JSONResponse(document | facts, status, headers, MEDIA_TYPE)

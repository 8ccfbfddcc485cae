"""Errors of the service: stable codes beside those of `vision`, each with its HTTP status.

PpeError
└── ApiError     a request cannot be answered as asked
"""

from http import HTTPStatus
from typing import Any, ClassVar

from vision import ArgumentError, ModelError, PhotoError, PolicyError, PpeError

STATUS: dict[str, HTTPStatus] = {
    "auth.required": HTTPStatus.UNAUTHORIZED,
    "auth.invalid": HTTPStatus.UNAUTHORIZED,
    "auth.wrong_password": HTTPStatus.UNAUTHORIZED,
    "auth.too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
    "auth.csrf": HTTPStatus.FORBIDDEN,
    "auth.role": HTTPStatus.FORBIDDEN,
    "auth.password_change_required": HTTPStatus.FORBIDDEN,
    "request.malformed": HTTPStatus.BAD_REQUEST,
    "request.invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "request.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "request.not_found": HTTPStatus.NOT_FOUND,
    "request.method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "request.conflict": HTTPStatus.CONFLICT,
    "idempotency.key_reused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency.in_progress": HTTPStatus.CONFLICT,
    "check.shot_not_asked": HTTPStatus.UNPROCESSABLE_ENTITY,
    "check.no_technician": HTTPStatus.UNPROCESSABLE_ENTITY,
    "phone.not_built": HTTPStatus.NOT_FOUND,
    "photo.deleted": HTTPStatus.GONE,
    "review.conflict": HTTPStatus.CONFLICT,
    "review.impossible": HTTPStatus.UNPROCESSABLE_ENTITY,
    "appeal.open": HTTPStatus.CONFLICT,
    "export.too_large": HTTPStatus.UNPROCESSABLE_ENTITY,
    "service.busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "service.internal": HTTPStatus.INTERNAL_SERVER_ERROR,
}


class ApiError(PpeError):
    """A request cannot be answered as asked.

    Args:
        code: one of `codes`.
        message: what is wrong and what to do, for a person.
        retry_after: seconds after which the same request may succeed.
        facts: further members of the problem document.
    """

    codes: ClassVar[dict[str, str]] = {
        "auth.required": "sign in, or send an API key as `Authorization: Bearer …`",
        "auth.invalid": "the key is unknown or revoked, or the session has ended: get a new one",
        "auth.wrong_password": "name or password is wrong",
        "auth.too_many_attempts": "wait as long as Retry-After says",
        "auth.csrf": "send the session's csrf_token in the header X-CSRF-Token",
        "auth.role": "this needs an account with one of the roles named",
        "auth.password_change_required": "replace the password: PUT /v1/session/password",
        "request.malformed": "the request is no well-formed HTTP or multipart message",
        "request.invalid": "correct the fields named in `errors`",
        "request.too_large": "send less in one request",
        "request.not_found": "there is no such thing, or it is not yours to see",
        "request.method_not_allowed": "use one of the methods in Allow",
        "request.conflict": "the name or number is taken, or the thing has changed: read it again",
        "idempotency.key_reused": "the key was used for another request: make a new key",
        "idempotency.in_progress": "the first request is still running: repeat after Retry-After",
        "check.shot_not_asked": "name a shot that the policy in force, or the work order, asks for",
        "check.no_technician": "name a technician with a team, or one the work order belongs to",
        "phone.not_built": "run `make phone`, or name the built folder in PPE_PHONE_APP",
        "photo.deleted": "the photo's time is over; the report stays",
        "review.conflict": "somebody decided first: read the check again, then decide",
        "review.impossible": "the decision does not fit the check: see the message",
        "appeal.open": "the check has an appeal that waits for an answer",
        "export.too_large": "a table has at most 20 000 checks: choose fewer days",
        "service.busy": "repeat the request after Retry-After; nothing was kept of it",
        "service.internal": "report the request id to whoever runs the service",
    }

    def __init__(
        self, code: str, message: str, retry_after: int | None = None, **facts: Any
    ) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after
        self.facts = facts


def not_found(what: str) -> ApiError:
    """The same answer for what does not exist and for what is somebody else's."""
    return ApiError("request.not_found", f"there is no such {what}, or it is not yours to see")


def status_of(error: PpeError) -> HTTPStatus:
    """The HTTP status for an error of ours."""
    match error:
        case ApiError():
            return STATUS[error.code]
        case PhotoError(code="photo.too_many_bytes"):
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case PhotoError(code="photo.unsupported_type"):
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        case PhotoError() | PolicyError() | ArgumentError():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case ModelError():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR

"""Converts every exception into one `ApiError`; each dialect renders it in its own form.

Its text says what to do next. It never contains submitted values, SQL or another account's data.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from leadloop.core.changes import pointer_parts
from leadloop.core.errors import (
    AccountNotFound,
    ApiKeyNotFound,
    ApiKeyRevoked,
    CatalogueFull,
    EntryExists,
    EntryNotFound,
    InvalidFields,
    KeyReused,
    LastOwner,
    LeadNotFound,
    MemberDisabled,
    MemberElsewhere,
    MemberExists,
    MemberNotFound,
    NewerFormat,
    NoSuchVersion,
    Param,
    Problem,
    Refusal,
    ScopesLacking,
    Unavailable,
    VersionMoved,
    VersionNeeded,
)
from leadloop.core.saved_views.errors import SavedViewExists, SavedViewNotFound, SavedViewsFull, SharingDenied
from leadloop.webhooks.redelivery import EndpointDisabled
from leadloop.webhooks.vault import SecretLost

CODES = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT",
    412: "PRECONDITION_FAILED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "IDEMPOTENCY_KEY_REUSED",
    428: "PRECONDITION_REQUIRED",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "UNAVAILABLE",
}

_AMBIGUOUS = re.compile(r'^$|[.:\["\\]')

BASE_VERSION = "Leadloop-Base-Version"
PROBLEM_JSON = "application/problem+json"


_STATUSES: dict[type[Refusal], int] = {
    InvalidFields: 400,
    ScopesLacking: 403,
    SharingDenied: 403,
    LeadNotFound: 404,
    EntryExists: 409,
    CatalogueFull: 409,
    MemberExists: 409,
    MemberDisabled: 409,
    MemberElsewhere: 409,
    LastOwner: 409,
    SavedViewExists: 409,
    SavedViewsFull: 409,
    ApiKeyRevoked: 409,
    EndpointDisabled: 409,
    KeyReused: 422,
    VersionNeeded: 428,
    VersionMoved: 412,
    Unavailable: 503,
    SecretLost: 503,
    NewerFormat: 503,
}
"""The first class that a refusal is an instance of decides."""


class ApiError(Exception):
    """A refusal: HTTP status, the problem of the request, and one `Problem` for each invalid field."""

    def __init__(
        self,
        status: int,
        problem: Problem,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """`more` are additional members of the body, named as the dialect names them."""
        super().__init__()
        self.status = status
        self.code = CODES[status]
        self.problem = problem
        self.problems = problems
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def message(self) -> str:
        return self.problem.text

    def __str__(self) -> str:
        return self.message


def invalid_field(field: str, code: str, /, **params: Param) -> ApiError:
    """A 400 for one field, query parameter or header; `field` has no leading slash."""
    return invalid_input(Problem(code, f"/{field}", **params))


def invalid_input(problem: Problem) -> ApiError:
    """A 400 for one problem, which names its field."""
    return ApiError(400, Problem("invalid_input"), problems=[problem])


def unsupported_media_type(problem: Problem) -> ApiError:
    return ApiError(415, problem, headers={"Accept-Patch": "application/json, application/merge-patch+json"})


def error_with_details(status: int, problem: Problem) -> ApiError:
    """An error that repeats its sentence in the body's `details`."""
    return ApiError(status, problem, more={"details": [problem.text]})


def lines(problems: Sequence[Problem]) -> list[str]:
    """One line per problem: `address.city: must be a string`."""
    return [f"{_label(problem.field)}: {problem.text}" for problem in problems]


def _label(field: str) -> str:
    return dotted_path(field) if field else "body"


def dotted_path(field: str) -> str:
    """A pointer as `address.city`. A name that would be ambiguous in this form is quoted: `flags["a.b"]`."""
    path = ""
    for part in pointer_parts(field):
        if not _AMBIGUOUS.search(part):
            path += f".{part}" if path else part
        else:
            quoted = msgspec.json.encode(part).decode()
            path += f"[{quoted}]" if path else quoted
    return path


def as_api_error(error: Exception) -> ApiError:
    """The refusal for an exception. An unexpected exception becomes a 500 without details."""
    match error:
        case ApiError():
            return error
        case InvalidFields():
            return ApiError(400, error.problem, problems=error.problems)
        case NoSuchVersion():
            return invalid_input(error.problem.at(f"/{BASE_VERSION}"))
        case EntryNotFound() | MemberNotFound() | ApiKeyNotFound() | AccountNotFound() | SavedViewNotFound():
            return error_with_details(404, error.problem)
        case Refusal():
            status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 500)
            return ApiError(status, error.problem, headers=_headers(error))
        case _:
            return ApiError(500, Problem("internal_error"))


def _headers(error: Refusal) -> dict[str, str]:
    if isinstance(error, Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, VersionMoved) and not isinstance(error, VersionNeeded):
        return {"ETag": f'"{error.version}"'}
    return {}


def problem_json(error: ApiError, request_id: str) -> bytes:
    """RFC 9457."""
    body = {
        "type": "about:blank",
        "title": error.code,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "requestId": request_id,
    }
    if error.problems:
        body["errors"] = [{"pointer": problem.field, "detail": problem.text} for problem in error.problems]
    return msgspec.json.encode(body | error.more)

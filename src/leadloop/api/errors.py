"""Every refusal as one value, whatever raised it; each dialect renders it in its own form.

The text says what to do next. Nothing in here repeats submitted values, SQL or another account's data.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from leadloop.core.changes import pointer_parts
from leadloop.core.errors import (
    CatalogueFull,
    EntryExists,
    EntryNotFound,
    InvalidFields,
    KeyReused,
    LeadNotFound,
    NewerFormat,
    NoSuchVersion,
    Param,
    Problem,
    Refusal,
    Unavailable,
    VersionMoved,
    VersionNeeded,
)
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

_UNCLEAR = re.compile(r'^$|[.:\["\\]')

BASE_VERSION = "Leadloop-Base-Version"
PROBLEM_JSON = "application/problem+json"


_STATUSES: dict[type[Refusal], int] = {
    InvalidFields: 400,
    LeadNotFound: 404,
    EntryNotFound: 404,
    EntryExists: 409,
    CatalogueFull: 409,
    EndpointDisabled: 409,
    KeyReused: 422,
    VersionNeeded: 428,
    VersionMoved: 412,
    Unavailable: 503,
    SecretLost: 503,
    NewerFormat: 503,
}
"""The first that a refusal is an instance of."""


class ApiError(Exception):
    """A refusal: HTTP status, what is wrong with the request, and for invalid fields one `Problem` each."""

    def __init__(
        self,
        status: int,
        problem: Problem,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """`more` are further members of the body, in the dialect's words."""
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


def invalid(field: str, code: str, /, **params: Param) -> ApiError:
    """One invalid field, query parameter or header, named without a leading slash."""
    return refused(Problem(code, f"/{field}", **params))


def refused(problem: Problem) -> ApiError:
    """One field is invalid."""
    return ApiError(400, Problem("invalid_input"), problems=[problem])


def unsupported(problem: Problem) -> ApiError:
    return ApiError(415, problem, headers={"Accept-Patch": "application/json, application/merge-patch+json"})


def detailed(status: int, problem: Problem) -> ApiError:
    """In LeadSail's form such an error has its sentence among its details too."""
    return ApiError(status, problem, more={"details": [problem.text]})


def lines(problems: Sequence[Problem]) -> list[str]:
    """`address.city: must be a string`, one line for each problem."""
    return [f"{_named(problem.field)}: {problem.text}" for problem in problems]


def _named(field: str) -> str:
    return dotted(field) if field else "body"


def dotted(field: str) -> str:
    """`address.city`; a name that could be taken for several, or for the end of one, is quoted: `flags["a.b"]`."""
    named = ""
    for part in pointer_parts(field):
        if not _UNCLEAR.search(part):
            named += f".{part}" if named else part
        else:
            quoted = msgspec.json.encode(part).decode()
            named += f"[{quoted}]" if named else quoted
    return named


def as_api_error(error: Exception) -> ApiError:
    """The refusal that an exception stands for; anything unforeseen is a 500 that tells nothing of it."""
    match error:
        case ApiError():
            return error
        case InvalidFields():
            return ApiError(400, error.problem, problems=error.problems)
        case NoSuchVersion():
            return refused(error.problem.at(f"/{BASE_VERSION}"))
        case EntryNotFound():
            return detailed(404, error.problem)
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

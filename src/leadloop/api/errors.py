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
    FilesMoved,
    InvalidFields,
    KeyReused,
    LeadNotFound,
    NewerFormat,
    NoSuchVersion,
    Overloaded,
    Problem,
    Unavailable,
    VersionMoved,
    VersionNeeded,
)
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


class ApiError(Exception):
    """A refusal: HTTP status, one sentence, and for invalid fields one `Problem` each."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """`more` are further members of the body, in the dialect's words."""
        super().__init__(message)
        self.status = status
        self.code = CODES[status]
        self.message = message
        self.problems = problems
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def invalid(field: str, text: str) -> ApiError:
    """One invalid field, query parameter or header, named without a leading slash."""
    return ApiError(400, "invalid input", problems=[Problem(f"/{field}", text)])


def unsupported(message: str) -> ApiError:
    return ApiError(415, message, headers={"Accept-Patch": "application/json, application/merge-patch+json"})


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
            return ApiError(400, "invalid fields", problems=error.problems)
        case KeyReused():
            return ApiError(422, "this Idempotency-Key came with another request before; use a new one")
        case VersionNeeded():
            return ApiError(428, "this account asks for If-Match with the lead's ETag, or Leadloop-Base-Version")
        case VersionMoved():
            message = "the lead has changed since; get it again, and send the change with its new ETag"
            return ApiError(412, message, headers={"ETag": f'"{error.version}"'})
        case NoSuchVersion():
            return invalid(BASE_VERSION, "must be one of the last 1,000 versions of the lead")
        case LeadNotFound():
            return ApiError(404, "lead not found: there is no lead with this id in the account")
        case EntryNotFound():
            return ApiError(404, str(error), more={"details": [str(error)]})
        case EntryExists() | CatalogueFull():
            return ApiError(409, str(error))
        case Overloaded() | FilesMoved():
            return ApiError(503, str(error), headers={"Retry-After": str(error.retry_after_s)})
        case Unavailable():
            return ApiError(
                503, "the database can not be reached; try again", headers={"Retry-After": str(error.retry_after_s)}
            )
        case SecretLost():
            return ApiError(503, str(error))
        case NewerFormat():
            return ApiError(503, "this lead was written by a newer leadloop; update this server")
        case _:
            return ApiError(500, "something failed inside leadloop; report the request id to its operator")


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

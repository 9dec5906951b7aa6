"""Responses to requests that reach no route."""

import time
from collections.abc import Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from leadloop.core.errors import Problem
from leadloop.core.ids import new_id

PROBLEMS = {
    400: Problem("request_malformed"),
    408: Problem("request_timeout"),
    414: Problem("address_too_long"),
    431: Problem("header_too_large"),
    503: Problem("too_many_requests"),
}
RETRY_AFTER_S = 2

Scope = MutableMapping[str, Any]
RefusalRenderer = Callable[[Scope, int, Problem, str], tuple[bytes, str]]
"""From the ASGI scope, status, problem and request id of a refusal to its body and media type."""


def problem(scope: Scope, status: int, refused: Problem, request_id: str) -> tuple[bytes, str]:
    """RFC 9457."""
    body = {"status": status, "title": HTTPStatus(status).phrase, "detail": refused.text}
    return msgspec.json.encode(body, order="deterministic"), "application/problem+json"


def refusal(
    status: int, scope: Scope, render: RefusalRenderer, default_headers: Iterable[tuple[bytes, bytes]]
) -> bytes:
    """The whole response. The caller closes the connection after it."""
    request_id = f"req_{new_id(time.time_ns() // 1_000_000)}"
    body, media_type = render(scope, status, PROBLEMS[status], request_id)
    headers = [
        *default_headers,
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    return STATUS_LINE[status] + b"".join(b"%b: %b\r\n" % header for header in headers) + b"\r\n" + body

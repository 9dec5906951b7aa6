"""Answers to requests that reach no route: what they say, and in which form."""

import time
from collections.abc import Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from leadloop.core.ids import new_id

ADVICE = {
    400: "this is not a valid HTTP/1.1 request: see its first line, Content-Length and Transfer-Encoding; if you meant "
    "https, put a proxy that speaks it in front",
    408: "the request did not arrive in time; send it again",
    414: "the address of the request is longer than 8 KiB; send long values in the body",
    431: "the header of the request is larger than 32 KiB; send fewer or shorter header fields",
    503: "too many requests are arriving at once; send it again, all of it in one go",
}
RETRY_AFTER_S = 2

Scope = MutableMapping[str, Any]
Render = Callable[[Scope, int, str, str], tuple[bytes, str]]
"""From the ASGI scope, status, advice and request id of a refusal to its body and media type."""


def problem(scope: Scope, status: int, advice: str, request_id: str) -> tuple[bytes, str]:
    """RFC 9457."""
    body = {"status": status, "title": HTTPStatus(status).phrase, "detail": advice}
    return msgspec.json.encode(body, order="deterministic"), "application/problem+json"


def refusal(status: int, scope: Scope, render: Render, default_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The whole answer. The connection is to be closed behind it."""
    request_id = f"req_{new_id(time.time_ns() // 1_000_000)}"
    body, media_type = render(scope, status, ADVICE[status], request_id)
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

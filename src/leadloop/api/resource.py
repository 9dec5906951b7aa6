"""The methods of a path as an ASGI application: prepares the request, runs the handler, sends its answer or refusal."""

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import structlog
from starlette.types import Message, Receive, Scope, Send

from leadloop.api.body import encode
from leadloop.api.call import NOT_MODIFIED, Answer, Context, Dialect, Route
from leadloop.api.errors import PROBLEM_JSON, ApiError, as_api_error, problem_json
from leadloop.api.prepare import prepare
from leadloop.api.request import Request
from leadloop.core.errors import InvalidFields, Outgrown, Problem
from leadloop.core.ids import new_id
from leadloop.core.threads import in_thread_if_large

JSON = "application/json"
PIECE_BYTES = 256 * 1024
BYTES_OF_A_FIELD = 4096
"""Text that takes as long to encode as a field takes to render."""

_log = structlog.get_logger()


def response(
    status: int, body: bytes, media_type: str, request_id: str, headers: Mapping[str, str]
) -> tuple[Message, Message]:
    """The two ASGI messages of an answer. Raises `UnicodeEncodeError` for a header that cannot be sent."""
    raw = [(b"x-request-id", request_id.encode())]
    if status == NOT_MODIFIED:
        body = b""
    else:
        raw += [(b"content-length", b"%d" % len(body)), (b"content-type", media_type.encode())]
    raw += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return (
        {"type": "http.response.start", "status": status, "headers": raw},
        {"type": "http.response.body", "body": body},
    )


async def send_large(answer: Answer, request_id: str, send: Send) -> None:
    """In pieces, each when the client has read most of the one before: until the last the answer keeps its place."""
    try:
        text = await in_thread_if_large(answer.size // BYTES_OF_A_FIELD, partial(encode, answer.body))
        answer.body = None
        start, _ = response(answer.status, text, JSON, request_id, answer.headers)
        if len(text) <= PIECE_BYTES:
            answer.leave()
        await send(start)
        for at in range(0, len(text), PIECE_BYTES):
            piece, has_more = text[at : at + PIECE_BYTES], at + PIECE_BYTES < len(text)
            await send({"type": "http.response.body", "body": piece, "more_body": has_more})
    finally:
        answer.leave()


class Resource:
    """All methods of one path."""

    def __init__(self, context: Context, dialect: Dialect, methods: Mapping[str, Route]) -> None:
        self._context = context
        self._dialect = dialect
        self._methods = methods
        self._allow = ", ".join(sorted(method for method, route in methods.items() if not route.missing))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        at_ms = self._context.clock()
        request_id = f"req_{new_id(at_ms)}"
        try:
            answer = await self._answer(request, at_ms, request_id)
            if not answer.size:
                messages = response(answer.status, encode(answer.body), JSON, request_id, answer.headers)
        except Exception as error:
            await refuse(error, self._dialect, request_id)(request, send)
            return
        if answer.size:
            await send_large(answer, request_id, send)
            return
        for message in messages:
            await send(message)

    async def _answer(self, request: Request, at_ms: int, request_id: str) -> Answer:
        if request.framing_error:
            raise request.framing_error
        route = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise ApiError(405, Problem("method_not_allowed", methods=self._allow), headers={"Allow": self._allow})
        if route.missing:
            raise ApiError(404, route.missing)
        call = await prepare(self._context, self._dialect, route, request, at_ms, request_id)
        answer = await route.handler(call)
        if call.headers:
            answer.headers = {**answer.headers, **call.headers}
        return answer


class NotFound:
    """Whatever no route matches, in the dialect that the path belongs to."""

    def __init__(self, context: Context, dialects: Sequence[Dialect]) -> None:
        self._context = context
        self._dialects = dialects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = dialect_of(scope["path"], self._dialects)
        request = Request(scope, receive)
        error = request.framing_error or ApiError(404, Problem("no_route"))
        await refuse(error, dialect, f"req_{new_id(self._context.clock())}")(request, send)


def dialect_of(path: str, dialects: Sequence[Dialect]) -> Dialect:
    """The dialect that a path belongs to; the first where it is none of theirs."""
    return next((dialect for dialect in dialects if f"{path}/".startswith(dialect.prefix)), dialects[0])


def error_body(error: ApiError, dialect: Dialect, accept: str | None, request_id: str) -> tuple[bytes, str]:
    """The body and its media type."""
    if PROBLEM_JSON in (accept or "").lower():
        return problem_json(error, request_id), PROBLEM_JSON
    return encode(dialect.error(error)), JSON


def refuse(raised: Exception, dialect: Dialect, request_id: str) -> Callable[[Request, Send], Awaitable[None]]:
    """The answer to a request that failed; what nobody foresaw is logged, without any value."""
    if isinstance(raised, Outgrown):
        naming = dialect.view.naming
        raised = InvalidFields([problem.at(naming(problem.field) or problem.field) for problem in raised.problems])
    error = as_api_error(raised)
    if error.status == 500:
        where = traceback.format_tb(raised.__traceback__)
        _log.error("request failed", request_id=request_id, error=type(raised).__name__, where=where)

    async def send_it(request: Request, send: Send) -> None:
        body, media_type = error_body(error, dialect, request.field(b"accept"), request_id)
        for message in response(error.status, body, media_type, request_id, error.headers):
            await send(message)

    return send_it

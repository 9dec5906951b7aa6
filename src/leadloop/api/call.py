"""One request on its way through: who asks, what for, and the answer. Everything around a handler is in here.

The order of checks is that of semantics section 2. Handlers raise `ApiError` or a domain error; the dialect of the
path renders it, and every answer carries `X-Request-Id`.
"""

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import structlog
from msgspec import Raw, Struct, field
from starlette.types import Message, Receive, Scope, Send

from leadloop.api import entity_tags
from leadloop.api.body import encode
from leadloop.api.errors import PROBLEM_JSON, ApiError, as_api_error, problem_json
from leadloop.api.guard import Caller, Guard, refuse_key_in_query
from leadloop.api.prefer import Preferences, Return, parse
from leadloop.api.request import Request
from leadloop.core.errors import InvalidFields, LeadNotFound, Outgrown, Problem
from leadloop.core.ids import ID, Stamp, new_id, stamp
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of
from leadloop.core.queues import AccountQueue, KeyedLock
from leadloop.core.store import Clock
from leadloop.core.threads import SMALL, in_thread, in_thread_if_large
from leadloop.insights.ports import InsightStore
from leadloop.webhooks.endpoints import ChangeView, Endpoint
from leadloop.webhooks.ports import WebhookStore

JSON = "application/json"
NOT_MODIFIED = 304
PIECE_BYTES = 256 * 1024
BYTES_OF_A_FIELD = 4096
"""Text that takes as long to encode as a field takes to render."""

_log = structlog.get_logger()


class Context(NamedTuple):
    """What the routes work with; made once at start."""

    store: WebhookStore
    insights: InsightStore
    clock: Clock
    guard: Guard
    request_lock: KeyedLock
    unread_answers: AccountQueue
    change_view: ChangeView
    """For the filters of webhook endpoints."""


class Answer(Struct):
    """`body` is rendered as JSON."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """Bytes of `body` as JSON, roughly, where it may be large."""
    give_back: Callable[[], None] | None = None
    """Gives back the answer's place among those of its key (`queues.unread_answers`)."""

    def leave(self) -> None:
        give_back, self.give_back = self.give_back, None
        if give_back is not None:
            give_back()


class Call(NamedTuple):
    context: Context
    request: Request
    caller: Caller
    stamp: Stamp
    preferences: Preferences
    endpoints: Sequence[Endpoint] = ()
    """The account's webhook endpoints, for a dry run."""

    @property
    def store(self) -> WebhookStore:
        return self.context.store

    @property
    def may_read(self) -> bool:
        """Without it no answer holds a property of a lead (semantics section 6)."""
        return "leads:read" in self.caller.scopes

    def wants_representation(self) -> bool:
        """Only a key that may read leads is shown one after a write."""
        return self.preferences.wanted is Return.REPRESENTATION and self.may_read


Handler = Callable[[Call], Awaitable[Answer]]


class Route(NamedTuple):
    """One row of a dialect's route table. `scope` is what the caller's key must have, and `also` beside it.

    `missing` says what the path lacks to be one: such a row is a 404 before anything else is looked at.
    """

    method: str
    path: str
    scope: str
    handler: Handler
    missing: Problem | None = None
    also: str | None = None


class Dialect(NamedTuple):
    """`error` makes a dialect's error body, `naming` turns a stored field's pointer into the dialect's."""

    name: str
    prefix: str
    error: Callable[[ApiError], Any]
    naming: Callable[[str], str | None]


def lead_headers(call: Call, lead: Lead | None, *, always_shown: bool = False, creates: bool = False) -> dict[str, str]:
    """Preferences are about writing a lead: reading or deleting one honours none. A dry run overrides `return`."""
    headers = {} if lead is None else {"ETag": f'"{lead.version}"'}
    given: Return | None = Return.REPRESENTATION if always_shown or call.wants_representation() else Return.MINIMAL
    if call.preferences.dry_run:
        given = None
    if call.request.method in ("PATCH", "POST") and (applied := call.preferences.applied(given, creates=creates)):
        headers["Preference-Applied"] = applied
    return headers


async def shown_unless_known(call: Call, lead: Lead, show: Callable[[], Any]) -> Answer:
    """The lead, or 304 when the client says that it has this version (`If-None-Match`, compared weakly)."""
    headers = lead_headers(call, lead)
    known = call.request.field(b"if-none-match")
    if known is not None:
        versions = {tag.text for tag in entity_tags.parsed(known) or ()}
        if known.strip() == "*" or str(lead.version) in versions:
            return Answer(None, NOT_MODIFIED, headers)
    if size_of(lead) <= SMALL:
        return Answer(show(), headers=headers)
    return Answer(Raw(await in_thread(lambda: encode(show()))), headers=headers)


def lead_id_of(call: Call) -> str:
    """The lead of the path. Raises `LeadNotFound` for what can be none."""
    lead_id = bare_lead_id(call.request.path_params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    return lead_id


def bare_lead_id(text: str) -> str | None:
    """A lead's id without the `lead_` it may come with; `None` for what can be no id."""
    bare = text.removeprefix("lead_")
    return bare if ID.fullmatch(bare) else None


def response(
    status: int, body: bytes, media_type: str, request_id: str, headers: Mapping[str, str]
) -> tuple[Message, Message]:
    """The two ASGI messages of an answer. Raises `UnicodeEncodeError` for a header that can not be sent."""
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
    """All methods of one path, as an ASGI application."""

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
        if framing_error := request.framing_error():
            raise framing_error
        route = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise ApiError(405, Problem("method_not_allowed", methods=self._allow), headers={"Allow": self._allow})
        if route.missing:
            raise ApiError(404, route.missing)
        refuse_key_in_query(request)
        caller = await self._context.guard.caller(request)
        caller.require(route.scope)
        if route.also is not None:
            caller.require(route.also)
        by = stamp(at_ms, request_id, f"key:{caller.key_id}", self._dialect.name)
        call = Call(self._context, request, caller, by, parse(request))
        if call.preferences.dry_run:
            found = await self._context.store.endpoints.all(caller.account_id)
            call = call._replace(endpoints=[stored.endpoint for stored in found])
        return await route.handler(call)


class Missing:
    """Whatever no route matches, in the dialect that the path belongs to."""

    def __init__(self, context: Context, dialects: list[Dialect]) -> None:
        self._context = context
        self._dialects = dialects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = dialect_of(scope["path"], self._dialects)
        request = Request(scope, receive)
        error = request.framing_error() or ApiError(404, Problem("no_route"))
        await refuse(error, dialect, f"req_{new_id(self._context.clock())}")(request, send)


def error_body(error: ApiError, dialect: Dialect, accept: str | None, request_id: str) -> tuple[bytes, str]:
    """The body and its media type."""
    if PROBLEM_JSON in (accept or "").lower():
        return problem_json(error, request_id), PROBLEM_JSON
    return encode(dialect.error(error)), JSON


def dialect_of(path: str, dialects: Sequence[Dialect]) -> Dialect:
    """The dialect that a path belongs to; the last where it is none of theirs."""
    return next((found for found in dialects if f"{path}/".startswith(found.prefix)), dialects[-1])


def refuse(raised: Exception, dialect: Dialect, request_id: str) -> Callable[[Request, Send], Awaitable[None]]:
    """The answer to a request that failed; what nobody foresaw is logged, without any value."""
    if isinstance(raised, Outgrown):
        named = [problem.at(dialect.naming(problem.field) or problem.field) for problem in raised.problems]
        raised = InvalidFields(named)
    error = as_api_error(raised)
    if error.status == 500:
        where = traceback.format_tb(raised.__traceback__)
        _log.error("request failed", request_id=request_id, error=type(raised).__name__, where=where)

    async def send_it(request: Request, send: Send) -> None:
        body, media_type = error_body(error, dialect, request.field(b"accept"), request_id)
        for message in response(error.status, body, media_type, request_id, error.headers):
            await send(message)

    return send_it

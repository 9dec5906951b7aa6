"""All routes as one ASGI application, from the tables of the dialects. It knows HTTP only, no lifespan."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop.api import dialects, health
from leadloop.api.call import Context, Dialect, Route
from leadloop.api.errors import ApiError
from leadloop.api.guard import Guard
from leadloop.api.own.dialect import own
from leadloop.api.queues import request_lock, unread_answers
from leadloop.api.resource import NotFound, Resource, dialect_of, error_body
from leadloop.core.errors import Problem
from leadloop.insights.ports import InsightStore
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings
from leadloop.webhooks.sending import SenderContext


def tables() -> list[tuple[Dialect, list[Route]]]:
    """Every route there is, by dialect; not to be called."""
    registered = dialects.load(DATABASE_DEFAULTS)
    return [(dialect, dialect.routes()) for dialect in (*registered, own(registered))]


def build(
    *,
    sender_context: SenderContext,
    insights: InsightStore,
    pepper: bytes,
    stopping: asyncio.Event,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
    webhooks: Callable[[], str] = lambda: "off",
) -> ASGIApp:
    """`stopping` is set when the server is told to stop: what waits then waits no longer. `webhooks` is the state of
    what sends them here."""
    store, clock = sender_context.store, sender_context.clock
    guard = Guard(store, clock, pepper)
    context = Context(store, insights, clock, guard, request_lock(), unread_answers(), sender_context.view)
    registered = dialects.load(settings)
    resources: dict[str, ASGIApp] = {}
    for dialect in (*registered, own(registered, stopping=stopping, sender_context=sender_context)):
        table = dialect.routes()
        for path in dict.fromkeys(row.path for row in table):
            methods = {row.method: row for row in table if row.path == path}
            resources[path] = Resource(context, dialect, methods)
    resources |= health.probes(context, registered[0], webhooks)
    return Paths(resources, NotFound(context, registered))


def refusal(
    registered: Sequence[Dialect], scope: Scope, status: int, problem: Problem, request_id: str
) -> tuple[bytes, str]:
    """Body and media type of what the server answers in the place of a route, in the dialect of the path."""
    accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), None)
    return error_body(ApiError(status, problem), dialect_of(scope["path"], registered), accept, request_id)


ENCODED_SLASH = "\ud800"
"""Stands for `%2F` while a path is matched: no decoded path has a surrogate."""


class Paths:
    """Finds the resource of a path in one step, however many there are; a router tries them one by one.

    `{name}` stands for one segment, in which a percent-encoded slash is a character like any other: ids of other
    systems have it. A slash at the end means nothing (expad.md has a sample with one).
    """

    def __init__(self, resources: Mapping[str, ASGIApp], missing: ASGIApp) -> None:
        forms, self._found = [], dict[int, tuple[list[str], ASGIApp]]()
        groups = 0
        for path, app in resources.items():
            names = re.findall(r"\{(\w+)\}", path)
            self._found[groups + 1] = names, app
            forms.append("(" + re.sub(r"\{\w+\}", "([^/]+)", path) + ")")
            groups += 1 + len(names)
        self._match = re.compile(f"(?:{'|'.join(forms)})/?").fullmatch
        self._missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if has_slashes := b"%2f" in scope["raw_path"].lower():
            path = "/".join(unquote(part).replace("/", ENCODED_SLASH) for part in scope["raw_path"].decode().split("/"))
        match = self._match(path)
        if match is None or match.lastindex is None:
            await self._missing(scope, receive, send)
            return
        names, app = self._found[match.lastindex]
        values = match.groups()[match.lastindex :]
        if has_slashes:
            values = tuple(value and value.replace(ENCODED_SLASH, "/") for value in values)
        scope["path_params"] = dict(zip(names, values, strict=False))
        await app(scope, receive, send)

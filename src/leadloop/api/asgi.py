"""All routes as one ASGI application, built from the dialects' route tables. It handles HTTP requests, no lifespan."""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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


def route_tables() -> list[tuple[Dialect, list[Route]]]:
    """All routes by dialect, for listing only: the handlers of leadloop's own resources cannot run."""
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
    public_url: str | None = None,
) -> ASGIApp:
    """The server sets `stopping` on shutdown, which ends long polls. `webhooks` returns the state of this process's
    webhook sender. Links begin with `public_url`, or else with the address of the request."""
    store, clock = sender_context.store, sender_context.clock
    guard = Guard(store, clock, pepper)
    context = Context(store, insights, clock, guard, request_lock(), unread_answers(), sender_context.view, public_url)
    registered = dialects.load(settings)
    resources: dict[str, ASGIApp] = {}
    for dialect in (*registered, own(registered, stopping=stopping, sender_context=sender_context)):
        routes = dialect.routes()
        for path in dict.fromkeys(row.path for row in routes):
            methods = {row.method: row for row in routes if row.path == path}
            resources[path] = Resource(context, dialect, methods)
    resources |= health.probes(context, registered[0], webhooks)
    return PathRouter(resources, NotFound(context, registered))


def render_refusal(
    registered: Sequence[Dialect], scope: Scope, status: int, problem: Problem, request_id: str
) -> tuple[bytes, str]:
    """Body and media type of a refusal that the server sends before a route is reached, in the dialect of the path."""
    accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), None)
    return error_body(ApiError(status, problem), dialect_of(scope["path"], registered), accept, request_id)


ENCODED_SLASH = "\ud800"
"""Stands in for `%2F` while a path is matched; a decoded path never contains a surrogate."""


def _words_first(paths: Iterable[str]) -> list[str]:
    """In their order, but a path with a word before one that has a name in its place."""
    ordered: list[str] = []
    for path in paths:
        takes = (re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", other), path) for other in ordered)
        ordered.insert(next((at for at, match in enumerate(takes) if match), len(ordered)), path)
    return ordered


class PathRouter:
    """Matches a path against all routes with one regular expression, so lookup does not slow down with more routes.

    `{name}` matches one segment, unless another path has a word in its place. A percent-encoded slash belongs to its
    segment, since ids of other systems contain slashes. A trailing slash is ignored (expad.md has a sample with one).
    """

    def __init__(self, resources: Mapping[str, ASGIApp], missing: ASGIApp) -> None:
        forms, self._resources = [], dict[int, tuple[list[str], ASGIApp]]()
        groups = 0
        for path in _words_first(resources):
            app = resources[path]
            names = re.findall(r"\{(\w+)\}", path)
            self._resources[groups + 1] = names, app
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
        names, app = self._resources[match.lastindex]
        values = match.groups()[match.lastindex :]
        if has_slashes:
            values = tuple(value and value.replace(ENCODED_SLASH, "/") for value in values)
        scope["path_params"] = dict(zip(names, values, strict=False))
        await app(scope, receive, send)

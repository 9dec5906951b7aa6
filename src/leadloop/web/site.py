"""The dashboard as an ASGI application: finds the page, lets the visitor in or not, and answers in the base look."""

import asyncio
import re
import traceback
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop.api.call import Dialect
from leadloop.api.errors import ApiError, as_api_error
from leadloop.api.request import Request
from leadloop.core.errors import Problem
from leadloop.core.ids import new_id, stamp
from leadloop.core.store import Clock
from leadloop.insights.ports import InsightSums
from leadloop.settings import DEFAULTS, Settings
from leadloop.web import door, static
from leadloop.web.demo import DemoAccounts
from leadloop.web.live import Live
from leadloop.web.passwords import Passwords
from leadloop.web.render import headers_of, page, redirect
from leadloop.web.report import Report
from leadloop.web.routes import PAGES, PageRoute
from leadloop.web.throttle import SignInThrottle
from leadloop.web.visit import Visit, Visitor, WebContext
from leadloop.webhooks.ports import WebhookStore

START = "/app"
_log = structlog.get_logger("leadloop.web")


def build(
    *,
    store: WebhookStore,
    clock: Clock,
    pepper: bytes,
    stopping: asyncio.Event,
    report: Report,
    dialects: Sequence[Dialect],
    insights: InsightSums,
    settings: Settings = DEFAULTS,
) -> ASGIApp:
    """The server sets `stopping` on shutdown, which ends event streams."""
    context = WebContext(
        store,
        clock,
        pepper,
        stopping,
        settings,
        static.StaticFiles(),
        Passwords(),
        SignInThrottle(store, clock),
        Live(store, stopping),
        report,
        DemoAccounts(store, stopping),
        {dialect.name: dialect.sample for dialect in dialects},
        dialects,
        insights,
    )
    return Site(context)


class Site:
    def __init__(self, context: WebContext) -> None:
        self._context = context
        paths = dict.fromkeys(row.path for row in PAGES)
        self._paths = [Path(_pattern(path), {row.method: row for row in PAGES if row.path == path}) for path in paths]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = request.scope["path"]
        if path.startswith(static.PREFIX) and request.method in ("GET", "HEAD"):
            file = self._context.static.response(path, request.headers)
            if file is not None:
                return file
        now_ms = self._context.clock()
        request_id = f"req_{new_id(now_ms)}"
        visit = Visit(
            context=self._context,
            request=request,
            visitor=Visitor(language=door.language_of(request)),
            stamp=stamp(now_ms, request_id, "system", "app"),
        )
        try:
            response = await self._answer(visit, path)
        except Exception as error:
            response = show_problem(visit, error)
        response.headers.update(headers_of(visit.nonce))
        response.headers["X-Request-Id"] = request_id
        for cookie in visit.cookies:
            response.headers.append("Set-Cookie", cookie.header(is_secure=visit.is_secure))
        return response

    async def _answer(self, visit: Visit, path: str) -> Response:
        request = visit.request
        if request.framing_error:
            raise request.framing_error
        if path == "/":
            return redirect(START)
        row = self._find(visit, path.rstrip("/"))
        refused = await door.enter(visit, row)
        return await row.handler(visit) if refused is None else refused

    def _find(self, visit: Visit, path: str) -> PageRoute:
        method = "GET" if visit.request.method == "HEAD" else visit.request.method
        for pattern, methods in self._paths:
            if (match := pattern.fullmatch(path)) is None:
                continue
            visit.params = match.groupdict()
            if method not in methods:
                allow = ", ".join(sorted(methods.keys() | ({"HEAD"} if "GET" in methods else set())))
                raise ApiError(405, Problem("method_not_allowed", methods=allow), headers={"Allow": allow})
            return methods[method]
        raise ApiError(404, Problem("page_not_found"))


class Path(NamedTuple):
    pattern: re.Pattern[str]
    methods: Mapping[str, PageRoute]


def _pattern(path: str) -> re.Pattern[str]:
    """`{account}` is an id; any other `{name}` is one segment."""
    forms = {"account": "[0-9a-f]{24}"}
    return re.compile(re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{forms.get(name[1], '[^/]+')})", path))


def show_problem(visit: Visit, raised: Exception) -> Response:
    """The page of an error, or its sentence where htmx loads a part of a page: the scripts of a whole page cannot run
    there. An unexpected exception is logged, without any values."""
    error = as_api_error(raised)
    if error.status == 500:
        where = traceback.format_tb(raised.__traceback__)
        _log.error("request failed", request_id=visit.stamp.request_id, error=type(raised).__name__, where=where)
    is_part = visit.request.field(b"hx-request") is not None
    template = "problem_part.html" if is_part else "problem.html"
    response = page(visit, template, error.status, problem=error.problem, problems=error.problems)
    response.headers.update(error.headers)
    return response

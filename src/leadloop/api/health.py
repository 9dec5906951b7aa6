"""`/healthz`: the process is up. `/readyz`: the database answers and is migrated; it also tells whether webhooks are
sent from here, which is no reason to take requests elsewhere. Neither asks for a key, so neither shows the words of the
database.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop.api.body import encode
from leadloop.api.call import Context, Dialect
from leadloop.api.errors import ApiError, as_api_error
from leadloop.api.parameters import judge
from leadloop.api.prefer import parse
from leadloop.api.request import Request
from leadloop.api.resource import refuse
from leadloop.core.errors import LeadloopError, Problem
from leadloop.core.ids import new_id

ALLOWED = ("GET", "HEAD")
OK = "ok"

_log = structlog.get_logger("leadloop")


class Probe:
    """One path as an ASGI application; `ask` makes the body, whose `status` is "ok" or not."""

    def __init__(self, context: Context, dialect: Dialect, ask: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._context = context
        self._dialect = dialect
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = f"req_{new_id(self._context.clock())}"
        try:
            if request.framing_error:
                raise request.framing_error
            if request.method not in ALLOWED:
                allow = ", ".join(ALLOWED)
                raise ApiError(405, Problem("method_not_allowed", methods=allow), headers={"Allow": allow})
            said = judge(request.query_params, (), parse(request.field(b"prefer") or "").handling)
            body = await self._ask()
        except Exception as error:
            await refuse(error, self._dialect, request_id)(request, send)
            return
        headers = {"X-Request-Id": request_id, **said}
        response = Response(encode(body), 200 if body["status"] == OK else 503, headers, "application/json")
        await response(scope, receive, send)


class Readiness:
    def __init__(self, context: Context, webhooks: Callable[[], str]) -> None:
        self._context = context
        self._webhooks = webhooks
        self._logged = ""

    async def ask(self) -> dict[str, Any]:
        try:
            problem = (await self._context.store.health()).problem
        except LeadloopError as error:
            if (reason := str(error)) != self._logged:  # probes come every few seconds
                _log.error("the server is not ready", reason=reason)
                self._logged = reason
            problem = as_api_error(error).message
        else:
            self._logged = ""
        status = {"status": OK} if problem is None else {"status": "unavailable", "problem": problem}
        return {**status, "webhooks": self._webhooks()}


def probes(context: Context, dialect: Dialect, webhooks: Callable[[], str]) -> dict[str, ASGIApp]:
    """Refusals are in `dialect`."""

    async def alive() -> dict[str, Any]:
        return {"status": OK}

    ready = Readiness(context, webhooks)
    return {"/healthz": Probe(context, dialect, alive), "/readyz": Probe(context, dialect, ready.ask)}

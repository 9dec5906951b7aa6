"""`/healthz`: the process is up. `/readyz`: the database answers and is migrated.

`/readyz` also shows the state of this process's webhook sender, which does not affect its status. Neither requires a
key, so neither shows error texts of the database.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop.api.body import encode
from leadloop.api.call import Context, Dialect
from leadloop.api.errors import ApiError, as_api_error
from leadloop.api.parameters import check_parameters
from leadloop.api.prefer import parse
from leadloop.api.request import Request
from leadloop.api.resource import refuse
from leadloop.core.errors import LeadloopError, Problem
from leadloop.core.ids import new_id

ALLOWED = ("GET", "HEAD")
OK = "ok"

_log = structlog.get_logger("leadloop")


class Probe:
    """One path as an ASGI application. `build_body` builds the body; any `status` but "ok" in it makes it a 503."""

    def __init__(self, context: Context, dialect: Dialect, build_body: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._context = context
        self._dialect = dialect
        self._build_body = build_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = f"req_{new_id(self._context.clock())}"
        try:
            if request.framing_error:
                raise request.framing_error
            if request.method not in ALLOWED:
                allow = ", ".join(ALLOWED)
                raise ApiError(405, Problem("method_not_allowed", methods=allow), headers={"Allow": allow})
            ignored = check_parameters(request.query_params, (), parse(request.field(b"prefer") or "").handling)
            body = await self._build_body()
        except Exception as error:
            await refuse(error, self._dialect, request_id)(request, send)
            return
        headers = {"X-Request-Id": request_id, **ignored}
        response = Response(encode(body), 200 if body["status"] == OK else 503, headers, "application/json")
        await response(scope, receive, send)


class Readiness:
    def __init__(self, context: Context, webhooks: Callable[[], str]) -> None:
        self._context = context
        self._webhooks = webhooks
        self._logged = ""

    async def build_body(self) -> dict[str, Any]:
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
    """The probes by path. `dialect` renders their refusals."""

    async def alive() -> dict[str, Any]:
        return {"status": OK}

    ready = Readiness(context, webhooks)
    return {"/healthz": Probe(context, dialect, alive), "/readyz": Probe(context, dialect, ready.build_body)}

"""`/healthz`: the process is up. `/readyz`: the database answers and is migrated. Neither asks for a key."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop.api.body import encode
from leadloop.api.call import Context, Dialect, refuse
from leadloop.api.errors import ApiError
from leadloop.api.request import Request
from leadloop.core.errors import LeadloopError
from leadloop.core.ids import new_id

ALLOWED = ("GET", "HEAD")


class Probe:
    """One path as an ASGI application; `ask` says what is wrong, if anything is."""

    def __init__(self, context: Context, dialect: Dialect, ask: Callable[[], Awaitable[str | None]]) -> None:
        self._context = context
        self._dialect = dialect
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request_id = f"req_{new_id(self._context.clock())}"
        try:
            if request.method not in ALLOWED:
                allow = ", ".join(ALLOWED)
                raise ApiError(405, f"this path takes {allow}", headers={"Allow": allow})
            problem = await self._ask()
        except Exception as error:
            await refuse(error, self._dialect, request_id)(request, send)
            return
        body: dict[str, Any] = {"status": "ok"} if problem is None else {"status": "unavailable", "problem": problem}
        headers = {"X-Request-Id": request_id}
        response = Response(encode(body), 200 if problem is None else 503, headers, "application/json")
        await response(scope, receive, send)


def probes(context: Context, dialect: Dialect) -> dict[str, ASGIApp]:
    """Refusals are in `dialect`."""

    async def alive() -> str | None:
        return None

    async def ready() -> str | None:
        try:
            return (await context.store.health()).problem
        except LeadloopError as error:
            return str(error)

    return {"/healthz": Probe(context, dialect, alive), "/readyz": Probe(context, dialect, ready)}

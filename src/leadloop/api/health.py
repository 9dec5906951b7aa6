"""`/healthz`: the process is up. `/readyz`: the database answers and is migrated. Neither asks for a key."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute

from leadloop.api.body import encode
from leadloop.api.call import Context
from leadloop.core.errors import LeadloopError
from leadloop.core.ids import new_id


def routes(context: Context) -> list[BaseRoute]:
    async def alive(request: Request) -> Response:
        return _answer(context, 200, {"status": "ok"})

    async def ready(request: Request) -> Response:
        try:
            problem = (await context.store.health()).problem
        except LeadloopError as error:
            problem = str(error)
        if problem:
            return _answer(context, 503, {"status": "unavailable", "problem": problem})
        return _answer(context, 200, {"status": "ok"})

    return [StarletteRoute("/healthz", alive), StarletteRoute("/readyz", ready)]


def _answer(context: Context, status: int, body: dict[str, object]) -> Response:
    headers = {"X-Request-Id": f"req_{new_id(context.clock())}"}
    return Response(encode(body), status, headers, "application/json")

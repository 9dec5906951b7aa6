"""All routes as one ASGI application, from the route tables of the dialects. It knows HTTP only, no lifespan."""

from itertools import groupby

from starlette.routing import BaseRoute, Router
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop.api import health
from leadloop.api.call import Context, Dialect, Missing, Resource, Route
from leadloop.api.expad.routes import DIALECT as EXPAD
from leadloop.api.expad.routes import Expad
from leadloop.api.guard import Guard
from leadloop.api.leadsail.routes import DIALECT as LEADSAIL
from leadloop.api.leadsail.routes import LeadSail
from leadloop.core.ports import Clock, Store


def tables(*, expad_epoch_unit: str = "ms") -> list[tuple[Dialect, list[Route]]]:
    """Every route there is, by dialect."""
    return [
        (EXPAD, Expad(show_seconds=expad_epoch_unit == "s").routes()),
        (LEADSAIL, LeadSail().routes()),
    ]


def build(*, store: Store, clock: Clock, pepper: bytes, expad_epoch_unit: str = "ms") -> ASGIApp:
    context = Context(store, clock, Guard(store, clock, pepper))
    routes: list[BaseRoute] = []
    known = tables(expad_epoch_unit=expad_epoch_unit)
    for dialect, table in known:
        # The longest path first: a single lead is what most requests are about.
        for path, rows in groupby(sorted(table, key=lambda row: row.path, reverse=True), key=lambda row: row.path):
            routes.append(StarletteRoute(path, Resource(context, dialect, {row.method: row for row in rows})))
    routes += health.routes(context, LEADSAIL)
    missing = Missing(context, [dialect for dialect, _ in known])
    return _without_trailing_slash(Router(routes, redirect_slashes=False, default=missing))


def _without_trailing_slash(app: ASGIApp) -> ASGIApp:
    """A slash at the end of a path means nothing (the Expad page's own sample has one)."""

    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if len(path) > 1 and path[-1] == "/":
            scope = {**scope, "path": path[:-1]}
        await app(scope, receive, send)

    return stripped

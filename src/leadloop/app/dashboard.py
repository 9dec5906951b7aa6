"""The dashboard beside the API: which requests are its own, and when it is loaded."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

_ROOT = "/app"


def is_for_dashboard(scope: Scope) -> bool:
    """Whether the path is one of the dashboard, or a browser opens `/`."""
    path: str = scope["path"]
    if path.startswith(_ROOT):
        return path[len(_ROOT) :][:1] in ("", "/")
    return path == "/" and scope["method"] in ("GET", "HEAD") and _is_browser(scope)


def _is_browser(scope: Scope) -> bool:
    """Whether the client names `text/html`, and no JSON before it, as browsers do."""
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"").lower()
    html, json = accept.find(b"text/html"), accept.find(b"application/json")
    return html >= 0 and (json < 0 or html < json)


class Dashboard:
    """Builds the dashboard with its first request, in a thread: a server that only serves the API saves the libraries
    of the pages, some 20 MB and 0.2 s."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._building: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._building is None:
            self._building = asyncio.create_task(asyncio.to_thread(self._build))
        pages = await asyncio.shield(self._building)
        await pages(scope, receive, send)

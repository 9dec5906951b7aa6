"""The response of an event stream."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leadloop.web.live import Moved

RECHECK_S = 45.0
"""Checked with an event or a keep-alive: so within a minute."""
LOOK_AGAIN_MS = 3_000


class EventStream(Response):
    """`moves` are sent as events `moved`; `is_allowed` is asked each minute.

    `id_of` makes the ids of events from positions. The stream begins with that of `position`, so that a browser that is
    cut off continues from there. `on_end` is called when the stream ends. With `again_at` it ends after `moves`, and
    the browser looks again after that position.
    """

    def __init__(
        self,
        moves: AsyncGenerator[Moved | None],
        is_allowed: Callable[[], Awaitable[bool]],
        *,
        position: int,
        id_of: Callable[[int], str] = str,
        on_end: Callable[[], None] | None = None,
        again_at: int | None = None,
    ) -> None:
        super().__init__(media_type="text/event-stream")
        del self.headers["content-length"]
        self.headers["X-Accel-Buffering"] = "no"
        self._moves = moves
        self._is_allowed = is_allowed
        self._position = position
        self._id_of = id_of
        self._on_end = on_end
        self._again_at = again_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._send(scope, receive, send)
        finally:
            if self._on_end is not None:
                self._on_end()

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            writing = asyncio.create_task(self._write(send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait((writing, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (writing, leaving):
                    task.cancel()
                await asyncio.gather(writing, leaving, return_exceptions=True)
                await self._moves.aclose()
        await send({"type": "http.response.body", "body": b""})

    async def _write(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        opening = f"retry: 1000\nid: {self._id_of(self._position)}\n\n: open\n\n"
        await send({"type": "http.response.body", "body": opening.encode(), "more_body": True})
        async for moved in self._moves:
            if loop.time() - checked_at >= RECHECK_S:
                checked_at = loop.time()
                if not await self._is_allowed():
                    await send({"type": "http.response.body", "body": b"event: ended\ndata:\n\n", "more_body": True})
                    return
            await send({"type": "http.response.body", "body": self._event(moved), "more_body": True})
        if self._again_at is not None:
            again = f"id: {self._id_of(self._again_at)}\nevent: again\nretry: {LOOK_AGAIN_MS}\ndata:\n\n"
            await send({"type": "http.response.body", "body": again.encode(), "more_body": True})

    def _event(self, moved: Moved | None) -> bytes:
        if moved is None:
            return b": quiet\n\n"
        event_id = self._id_of(moved.position).encode()
        return b"id: %b\nevent: moved\ndata: %b\n\n" % (event_id, msgspec.json.encode({"leads": moved.leads}))


async def _left(receive: Receive) -> None:
    """Returns when the browser has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass

"""Event streams: they tell an open page that leads of its account have changed, never what is in them.

All streams of an account share one poll of the change feed, which works across processes and on every engine.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec
from msgspec import Struct
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leadloop.core.errors import Unavailable
from leadloop.core.store import Store

INTERVAL_S = 0.4
KEEP_ALIVE_S = 15.0
"""Between comments on a quiet stream, so that proxies keep it and lost browsers are noticed."""
RECHECK_S = 45.0
"""Checked with an event or a keep-alive: so within a minute."""
MOST_IDS = 50
MOST_BYTES = 4 * 1024 * 1024
STREAMS = 500
"""Most of a process. Further browsers try again later."""
STREAMS_OF_A_SESSION = 4
"""Over HTTP/1.1 a browser has six connections to a server. Further pages of it look again after `LOOK_AGAIN_MS`."""
LOOK_AGAIN_MS = 3_000


class Moved(Struct, frozen=True):
    """The feed is at `position` now; `leads` are the ids of the changed leads, or `many`."""

    position: int
    leads: list[str] | str


class Live:
    """The open streams of a process, by account."""

    def __init__(self, store: Store, stopping: asyncio.Event) -> None:
        self._store = store
        self.stopping = stopping
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._positions: dict[str, int] = {}
        self._polls: set[asyncio.Task[None]] = set()
        self._of_session: Counter[bytes] = Counter()

    @property
    def is_full(self) -> bool:
        return sum(map(len, self._listeners.values())) >= STREAMS

    def join(self, session: bytes, most: int) -> Callable[[], None] | None:
        """Counts a stream of the session until it calls the returned function; `None` if there are `most` already."""
        if self._of_session[session] >= most:
            return None
        self._of_session[session] += 1

        def leave() -> None:
            self._of_session[session] -= 1
            self._of_session += Counter()  # without those that are zero

        return leave

    async def look(self, account_id: str, position: int) -> Moved:
        """What happened after `position` until now."""
        return await self._read(account_id, position) or Moved(position, [])

    async def position(self, account_id: str) -> int:
        return await self._store.changes.position(account_id)

    async def moves(self, account_id: str, position: int) -> AsyncGenerator[Moved | None]:
        """What happens after `position`, at most once every `INTERVAL_S`; `None` when nothing did for a while. Ends
        when the server stops."""
        awake = asyncio.Event()
        listeners = self._listen(account_id, awake)
        try:
            while not self.stopping.is_set():
                if self._positions.get(account_id, 0) > position or awake.is_set():
                    awake.clear()
                    moved = await self._read(account_id, position)
                    if moved is not None:
                        position = moved.position
                        yield moved
                        continue
                try:
                    await asyncio.wait_for(awake.wait(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield None
        finally:
            listeners.discard(awake)

    def _listen(self, account_id: str, awake: asyncio.Event) -> set[asyncio.Event]:
        listeners = self._listeners.get(account_id)
        if listeners is None:
            listeners = self._listeners[account_id] = set()
            task = asyncio.create_task(self._poll(account_id, listeners))
            self._polls.add(task)
            task.add_done_callback(self._polls.discard)
        awake.set()  # the first look is by the stream itself
        listeners.add(awake)
        return listeners

    async def _poll(self, account_id: str, listeners: set[asyncio.Event]) -> None:
        """Polls while there are streams."""
        try:
            while listeners:
                try:
                    position = await self.position(account_id)
                except Unavailable:
                    position = 0
                is_stopping = self.stopping.is_set()
                if is_stopping or position > self._positions.get(account_id, 0):
                    self._positions[account_id] = position
                    for awake in listeners:
                        awake.set()
                if is_stopping:
                    return
                await self._pause()
        finally:
            del self._listeners[account_id]
            self._positions.pop(account_id, None)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), INTERVAL_S)
        except TimeoutError:
            return

    async def _read(self, account_id: str, position: int) -> Moved | None:
        changes = await self._store.changes.feed(account_id, position, MOST_IDS + 1, MOST_BYTES)
        if not changes:
            return None
        last = changes[-1].position
        ids = list(dict.fromkeys(change.lead_id for change in changes))
        current = max(last, self._positions.get(account_id, 0))
        if len(changes) <= MOST_IDS and current == last:
            return Moved(last, ids)
        return Moved(await self.position(account_id), "many")


class EventStream(Response):
    """`moves` are sent as events `moved` with the position as id; `is_allowed` is asked each minute.

    `on_end` is called when the stream ends. With `again_at` it ends after `moves`, and the browser looks again after
    that position.
    """

    def __init__(
        self,
        moves: AsyncGenerator[Moved | None],
        is_allowed: Callable[[], Awaitable[bool]],
        *,
        on_end: Callable[[], None] | None = None,
        again_at: int | None = None,
    ) -> None:
        super().__init__(media_type="text/event-stream")
        del self.headers["content-length"]
        self.headers["X-Accel-Buffering"] = "no"
        self._moves = moves
        self._is_allowed = is_allowed
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
        await send({"type": "http.response.body", "body": b"retry: 1000\n\n: open\n\n", "more_body": True})
        async for moved in self._moves:
            if loop.time() - checked_at >= RECHECK_S:
                checked_at = loop.time()
                if not await self._is_allowed():
                    await send({"type": "http.response.body", "body": b"event: ended\ndata:\n\n", "more_body": True})
                    return
            await send({"type": "http.response.body", "body": _event(moved), "more_body": True})
        if self._again_at is not None:
            again = b"id: %d\nevent: again\nretry: %d\ndata:\n\n" % (self._again_at, LOOK_AGAIN_MS)
            await send({"type": "http.response.body", "body": again, "more_body": True})


def _event(moved: Moved | None) -> bytes:
    if moved is None:
        return b": quiet\n\n"
    return b"id: %d\nevent: moved\ndata: %b\n\n" % (moved.position, msgspec.json.encode(moved))


async def _left(receive: Receive) -> None:
    """Returns when the browser has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass

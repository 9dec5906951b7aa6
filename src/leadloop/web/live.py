"""Event streams: they tell an open page that leads of its account have changed, never what is in them.

All streams of an account share one poll of the change feed, which works across processes and on every engine.

The stream of a member who sees only some leads names only those, and must not show by positions, by events or by their
times that others change. It names a lead also when that leaves what the member sees, so that an open page drops it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from msgspec import Struct

from leadloop.core.errors import Unavailable
from leadloop.core.reading.moves import Moves, read_moves
from leadloop.core.reading.visibility import Visibility
from leadloop.core.store import Store

INTERVAL_S = 0.4
KEEP_ALIVE_S = 15.0
"""Between comments on a quiet stream, so that proxies keep it and lost browsers are noticed."""
MOST_IDS = 50
MOST_BYTES = 4 * 1024 * 1024
STREAMS = 500
"""Most of a process. Further browsers try again later."""
STREAMS_OF_A_SESSION = 4
"""Over HTTP/1.1 a browser has six connections to a server. Further pages of it look again and again."""
CACHED_READS = 64
"""Streams of some leads that are at the same position of a feed read it once."""
MANY = "many"


class Moved(Struct, frozen=True):
    """The feed is at `position` now; `leads` are the ids of the changed leads, or `many`."""

    position: int
    leads: list[str] | str


class _SeenMoves(NamedTuple):
    ids: list[str]
    position: int
    is_end: bool
    """Whether that is the end of the feed."""

    def moved(self) -> Moved:
        return Moved(self.position, self.ids if len(self.ids) <= MOST_IDS else MANY)


class Live:
    """The open streams of a process, by account."""

    def __init__(self, store: Store, stopping: asyncio.Event) -> None:
        self._store = store
        self.stopping = stopping
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._positions: dict[str, int] = {}
        self._polls: set[asyncio.Task[None]] = set()
        self._of_session: Counter[bytes] = Counter()
        self._reads: dict[tuple[str, int], asyncio.Task[Moves]] = {}

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

    async def look(self, account_id: str, position: int, visibility: Visibility) -> Moved:
        """What happened after `position` until now. Another look, at the position of the result, may find more."""
        if visibility.sees_all:
            return await self._read(account_id, position) or Moved(position, [])
        until = asyncio.get_running_loop().time() + INTERVAL_S
        return (await self._read_some(account_id, position, visibility, until)).moved()

    async def position(self, account_id: str) -> int:
        return await self._store.changes.position(account_id)

    def moves(self, account_id: str, position: int, visibility: Visibility) -> AsyncGenerator[Moved | None]:
        """What happens after `position`, at most once every `INTERVAL_S`; `None` when nothing did for a while. Ends
        when the server stops."""
        if visibility.sees_all:
            return self._moves_of_all(account_id, position)
        return self._moves_of_some(account_id, position, visibility)

    async def _moves_of_all(self, account_id: str, position: int) -> AsyncGenerator[Moved | None]:
        with self._listening(account_id) as awake:
            while not self.stopping.is_set():
                if self._positions.get(account_id, 0) > position or awake.is_set():
                    awake.clear()
                    moved = await asyncio.shield(self._read(account_id, position))  # a lost browser interrupts nothing
                    if moved is not None:
                        position = moved.position
                        yield moved
                        continue
                try:
                    await asyncio.wait_for(awake.wait(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield None

    async def _moves_of_some(
        self, account_id: str, position: int, visibility: Visibility
    ) -> AsyncGenerator[Moved | None]:
        """`None` at regular times, whatever happens."""
        clock = asyncio.get_running_loop().time
        keep_alive_at = clock() + KEEP_ALIVE_S
        with self._listening(account_id) as awake:
            while not self.stopping.is_set():
                awake.clear()
                until = min(clock() + INTERVAL_S, keep_alive_at)
                seen = await self._read_some(account_id, position, visibility, until)
                position = seen.position
                if not seen.is_end:
                    awake.set()
                if seen.ids:
                    yield seen.moved()
                if clock() >= keep_alive_at:
                    keep_alive_at += KEEP_ALIVE_S
                    yield None
                with suppress(TimeoutError):
                    await asyncio.wait_for(awake.wait(), keep_alive_at - clock())

    async def _read_some(self, account_id: str, position: int, visibility: Visibility, until: float) -> _SeenMoves:
        """Reads to the end of the feed, but not longer than `until`, a time of the event loop."""
        clock = asyncio.get_running_loop().time
        ids: dict[str, None] = {}
        while clock() < until:
            moves = await asyncio.shield(self._read_shared(account_id, position))
            if moves.position == position:
                return _SeenMoves(list(ids), position, is_end=True)
            position = moves.position
            ids |= dict.fromkeys(moves.seen_by(visibility))
        return _SeenMoves(list(ids), position, is_end=False)

    def _read_shared(self, account_id: str, position: int) -> asyncio.Task[Moves]:
        key = account_id, position
        if (reading := self._reads.get(key)) is not None:
            return reading

        def drop(read: asyncio.Task[Moves]) -> None:
            if read.cancelled() or read.exception() is not None or read.result().position == position:
                self._reads.pop(key, None)

        reading = asyncio.create_task(read_moves(self._store, account_id, position, MOST_IDS, MOST_BYTES))
        self._reads[key] = reading
        reading.add_done_callback(drop)
        if len(self._reads) > CACHED_READS:
            del self._reads[next(iter(self._reads))]
        return reading

    @contextmanager
    def _listening(self, account_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at first, and when the account's feed may have moved."""
        awake = asyncio.Event()
        listeners = self._listeners.get(account_id)
        if listeners is None:
            listeners = self._listeners[account_id] = set()
            task = asyncio.create_task(self._poll(account_id, listeners))
            self._polls.add(task)
            task.add_done_callback(self._polls.discard)
        awake.set()
        listeners.add(awake)
        try:
            yield awake
        finally:
            listeners.discard(awake)

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
        return Moved(await self.position(account_id), MANY)

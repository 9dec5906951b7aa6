"""Long polling of an account's change feed. All waiting requests of an account share one poll of the database.

Polling works across processes and on every engine; it notices a change within `INTERVAL_SECONDS`.
"""

import asyncio

from leadloop.api.request import Request
from leadloop.core.store import Store

INTERVAL_SECONDS = 0.1


class FeedWatcher:
    """The waiting requests by account. The server sets `stopping` on shutdown, which ends all waits."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._waiters: dict[str, dict[asyncio.Future[int], int]] = {}
        self._polls: set[asyncio.Task[None]] = set()

    async def wait_beyond(self, request: Request, store: Store, account_id: str, position: int, seconds: int) -> int:
        """Waits until the account's feed is beyond `position`, and returns its position.

        Returns earlier after `seconds`, when the client disconnects and when the server stops. Raises `Unavailable`.
        """
        beyond = asyncio.ensure_future(self._beyond(store, account_id, position))
        disconnected = asyncio.ensure_future(_disconnected(request))
        try:
            await asyncio.wait((beyond, disconnected), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return beyond.result() if beyond.done() else position
        finally:
            beyond.cancel()
            disconnected.cancel()

    async def _beyond(self, store: Store, account_id: str, position: int) -> int:
        if (waiters := self._waiters.get(account_id)) is None:
            waiters = self._waiters[account_id] = {}
            task = asyncio.create_task(self._poll(store, account_id, waiters))
            self._polls.add(task)
            task.add_done_callback(self._polls.discard)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiters[future] = position
        try:
            return await future
        finally:
            del waiters[future]

    async def _poll(self, store: Store, account_id: str, waiters: dict[asyncio.Future[int], int]) -> None:
        """Polls while there are waiters."""
        try:
            while True:
                current = await store.changes.position(account_id)
                for future, position in waiters.items():
                    if not future.done() and (current > position or self._stopping.is_set()):
                        future.set_result(current)
                await asyncio.sleep(INTERVAL_SECONDS)
                if not waiters:
                    return
        except Exception as error:
            for future in waiters:
                if not future.done():
                    future.set_exception(error)
        finally:
            del self._waiters[account_id]


async def _disconnected(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

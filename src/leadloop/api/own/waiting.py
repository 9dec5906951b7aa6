"""Requests that wait for an account's feed to move, all of an account on one look at the database.

Asking the database works across processes and on every engine. What is noticed is at most a moment old.
"""

import asyncio

from leadloop.api.request import Request
from leadloop.core.store import Store

INTERVAL_SECONDS = 0.1


class FeedWatcher:
    """Who waits, by account. `stopping` is set when the server is told to stop, which ends all waiting."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._waiters: dict[str, dict[asyncio.Future[int], int]] = {}
        self._polls: set[asyncio.Task[None]] = set()

    async def wait_beyond(self, request: Request, store: Store, account_id: str, position: int, seconds: int) -> int:
        """The position of the account's feed, when it is beyond `position` or the time is over.

        Also when there is no use in waiting any more: the client is gone, or the server stops. Raises `Unavailable`.
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
        moved: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiters[moved] = position
        try:
            return await moved
        finally:
            del waiters[moved]

    async def _poll(self, store: Store, account_id: str, waiters: dict[asyncio.Future[int], int]) -> None:
        """As long as somebody waits."""
        try:
            while True:
                current = await store.changes.position(account_id)
                for moved, position in waiters.items():
                    if not moved.done() and (current > position or self._stopping.is_set()):
                        moved.set_result(current)
                await asyncio.sleep(INTERVAL_SECONDS)
                if not waiters:
                    return
        except Exception as error:
            for moved in waiters:
                if not moved.done():
                    moved.set_exception(error)
        finally:
            del self._waiters[account_id]


async def _disconnected(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

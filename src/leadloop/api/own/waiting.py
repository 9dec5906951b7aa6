"""Requests that wait for an account's feed to move, all of an account on one look at the database.

Asking the database works across processes and on every engine. What is noticed is at most a moment old.
"""

import asyncio

from leadloop.api.request import Request
from leadloop.core.store import Store

INTERVAL_SECONDS = 0.1


class Waiting:
    """Who waits, by account. `stopping` is set when the server is told to stop, which ends all waiting."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._waiting: dict[str, dict[asyncio.Future[int], int]] = {}
        self._looking: set[asyncio.Task[None]] = set()

    async def moved(self, request: Request, store: Store, account_id: str, position: int, seconds: int) -> int:
        """The position of the account's feed, when it is beyond `position` or the time is over.

        Also when there is no use in waiting any more: the client is gone, or the server stops. Raises `Unavailable`.
        """
        looked = asyncio.ensure_future(self._beyond(store, account_id, position))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait((looked, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return looked.result() if looked.done() else position
        finally:
            looked.cancel()
            gone.cancel()

    async def _beyond(self, store: Store, account_id: str, position: int) -> int:
        if (waiting := self._waiting.get(account_id)) is None:
            waiting = self._waiting[account_id] = {}
            task = asyncio.create_task(self._look(store, account_id, waiting))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)
        moved: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiting[moved] = position
        try:
            return await moved
        finally:
            del waiting[moved]

    async def _look(self, store: Store, account_id: str, waiting: dict[asyncio.Future[int], int]) -> None:
        """As long as somebody waits."""
        try:
            while True:
                now = await store.changes.position(account_id)
                for moved, position in waiting.items():
                    if not moved.done() and (now > position or self._stopping.is_set()):
                        moved.set_result(now)
                await asyncio.sleep(INTERVAL_SECONDS)
                if not waiting:
                    return
        except Exception as error:
            for moved in waiting:
                if not moved.done():
                    moved.set_exception(error)
        finally:
            del self._waiting[account_id]


async def _gone(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

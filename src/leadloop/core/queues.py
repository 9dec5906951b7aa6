"""Queues that keep the work of one account, or of one API key, from delaying others. In one process; pure asyncio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from msgspec import Struct


class _Queue(Struct):
    slots: asyncio.Semaphore
    length: int = 0
    """The number of callers that have a slot or wait for one."""


class AccountQueue:
    """Admits `max_running` callers of each account at a time; further callers wait in order of arrival.

    An account is any text: API keys have queues too. A caller is refused at once if `max_waiting` callers wait already,
    and after waiting for `max_wait_s`. `max_total` limits the running callers of all accounts together.
    """

    def __init__(
        self,
        max_running: int,
        refusal: Callable[[], Exception],
        *,
        max_waiting: int | None = None,
        max_wait_s: float | None = None,
        max_total: int | None = None,
    ) -> None:
        self._max_running = max_running
        self._refusal = refusal
        self._max_length = None if max_waiting is None else max_running + max_waiting
        self._max_wait_s = max_wait_s
        self._total_slots = () if max_total is None else (asyncio.Semaphore(max_total),)
        self._queues: dict[str, _Queue] = {}

    def __contains__(self, account: str) -> bool:
        """Whether a caller of the account has a slot or waits for one."""
        return account in self._queues

    async def enter(self, account: str) -> Callable[[], None]:
        """Waits for a slot. Returns the function that releases it; call it once. Raises the refusal."""
        queue = self._queues.get(account)
        if queue is None:
            queue = self._queues[account] = _Queue(asyncio.Semaphore(self._max_running))
        elif queue.length == self._max_length:
            raise self._refusal()
        queue.length += 1
        semaphores, acquired = (queue.slots, *self._total_slots), list[asyncio.Semaphore]()
        must_wait = any(slots.locked() for slots in semaphores)  # a timer costs as much as all the rest
        leave = partial(self._leave, account, queue, acquired)
        try:
            async with asyncio.timeout(self._max_wait_s if must_wait else None):
                for slots in semaphores:
                    await slots.acquire()
                    acquired.append(slots)
        except TimeoutError:
            leave()
            raise self._refusal() from None
        except BaseException:
            leave()
            raise
        return leave

    @asynccontextmanager
    async def slot(self, account: str) -> AsyncIterator[None]:
        """Holds a slot while the block runs. Raises the refusal."""
        leave = await self.enter(account)
        try:
            yield
        finally:
            leave()

    def _leave(self, account: str, queue: _Queue, acquired: list[asyncio.Semaphore]) -> None:
        for slots in acquired:
            slots.release()
        queue.length -= 1
        if not queue.length:
            del self._queues[account]


class KeyedLock:
    """A lock for each key. Callers acquire it in order of arrival."""

    def __init__(self, max_wait_s: float, refusal: Callable[[], Exception]) -> None:
        self._queue = AccountQueue(1, refusal, max_wait_s=max_wait_s)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[bool]:
        """Holds the lock while the block runs. Yields whether it was held when the caller arrived. Raises the
        refusal."""
        is_held = key in self._queue
        leave = await self._queue.enter(key)
        try:
            yield is_held
        finally:
            leave()

"""Keeps the work of one account, or of one key, from holding up that of others. In one process; pure asyncio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from msgspec import Struct


class _Queue(Struct):
    places: asyncio.Semaphore
    length: int = 0
    """How many callers have a place or wait for one."""


class AccountQueue:
    """Admits `at_once` callers of each account at a time; the next ones wait in the order in which they came.

    An account is any text: API keys have queues too. With `most_waiting`, a caller who would be one more is refused at
    once; with `longest_wait_s`, whoever has waited so long. `in_all` bounds the callers of all accounts together.
    """

    def __init__(
        self,
        at_once: int,
        refusal: Callable[[], Exception],
        *,
        most_waiting: int | None = None,
        longest_wait_s: float | None = None,
        in_all: int | None = None,
    ) -> None:
        self._at_once = at_once
        self._refusal = refusal
        self._longest = None if most_waiting is None else at_once + most_waiting
        self._longest_wait_s = longest_wait_s
        self._in_all = () if in_all is None else (asyncio.Semaphore(in_all),)
        self._queues: dict[str, _Queue] = {}

    def __contains__(self, account: str) -> bool:
        """Whether a caller of the account has a place or waits for one."""
        return account in self._queues

    async def enter(self, account: str) -> Callable[[], None]:
        """Waits for a place. Returns what gives it back, to be called once. Raises the refusal."""
        queue = self._queues.get(account)
        if queue is None:
            queue = self._queues[account] = _Queue(asyncio.Semaphore(self._at_once))
        elif queue.length == self._longest:
            raise self._refusal()
        queue.length += 1
        wanted, acquired = (queue.places, *self._in_all), list[asyncio.Semaphore]()
        must_wait = any(places.locked() for places in wanted)  # else no timer, which costs as much as all the rest
        leave = partial(self._leave, account, queue, acquired)
        try:
            async with asyncio.timeout(self._longest_wait_s if must_wait else None):
                for places in wanted:
                    await places.acquire()
                    acquired.append(places)
        except TimeoutError:
            leave()
            raise self._refusal() from None
        except BaseException:
            leave()
            raise
        return leave

    @asynccontextmanager
    async def place(self, account: str) -> AsyncIterator[None]:
        """A place for as long as the block runs. Raises the refusal."""
        leave = await self.enter(account)
        try:
            yield
        finally:
            leave()

    def _leave(self, account: str, queue: _Queue, acquired: list[asyncio.Semaphore]) -> None:
        for places in acquired:
            places.release()
        queue.length -= 1
        if not queue.length:
            del self._queues[account]


class KeyedLock:
    """A lock for each key, which callers get in the order in which they came."""

    def __init__(self, longest_wait_s: float, refusal: Callable[[], Exception]) -> None:
        self._queue = AccountQueue(1, refusal, longest_wait_s=longest_wait_s)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[bool]:
        """Yields whether somebody else held the lock when the caller came. Raises the refusal."""
        is_held = key in self._queue
        leave = await self._queue.enter(key)
        try:
            yield is_held
        finally:
            leave()

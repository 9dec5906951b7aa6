"""Counts of leads that pages show if they are ready in time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from leadloop.core.errors import Unavailable
from leadloop.core.reading.lists import Count


class SharedCounts:
    """A count runs once for all pages that want it meanwhile, and goes on when they no longer wait: the database counts
    on anyway, so another run would only take more of its time."""

    def __init__(self) -> None:
        self._running: dict[Hashable, asyncio.Task[Count | None]] = {}

    async def get(self, key: Hashable, count: Callable[[], Awaitable[Count]], longest_s: float) -> Count | None:
        """`None` if the count takes longer, or if the database cannot make it."""
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(_run(count))
            task.add_done_callback(lambda _: self._running.pop(key))
        await asyncio.wait({task}, timeout=longest_s)
        return task.result() if task.done() and not task.cancelled() else None


async def _run(count: Callable[[], Awaitable[Count]]) -> Count | None:
    try:
        return await count()
    except Unavailable:
        return None

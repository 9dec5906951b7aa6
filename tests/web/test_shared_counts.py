"""Counts that pages wait for: a slow one is left out, and runs once."""

import asyncio
from collections.abc import Awaitable, Callable

from leadloop.core.errors import Unavailable
from leadloop.core.reading.lists import Count
from leadloop.web.shared_counts import SharedCounts

THREE = Count(3, exact=True)


def test_a_count_runs_once_for_all_who_wait() -> None:
    async def run() -> None:
        counts, ran, go_on = SharedCounts(), list[str](), asyncio.Event()

        async def count() -> Count:
            ran.append("count")
            await go_on.wait()
            return THREE

        assert await counts.get("key", count, 0.001) is None, "too slow"
        waiting = [asyncio.create_task(counts.get("key", count, 30)) for _ in range(3)]
        await asyncio.sleep(0)
        go_on.set()
        assert await asyncio.gather(*waiting) == [THREE] * 3
        assert ran == ["count"]
        assert await counts.get("key", count, 30) == THREE and ran == ["count"] * 2

    asyncio.run(run())


def test_a_page_that_is_left_ends_no_count_of_another() -> None:
    async def run() -> None:
        counts, go_on = SharedCounts(), asyncio.Event()

        async def count() -> Count:
            await go_on.wait()
            return THREE

        left, waits = (asyncio.create_task(counts.get("key", count, 30)) for _ in range(2))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.sleep(0)
        go_on.set()
        assert await waits == THREE

    asyncio.run(run())


def test_what_cannot_be_counted_has_no_count() -> None:
    async def refuse() -> Count:
        raise Unavailable("busy")

    async def wait_for(count: Callable[[], Awaitable[Count]]) -> Count | None:
        return await SharedCounts().get("key", count, 30)

    assert asyncio.run(wait_for(refuse)) is None

"""Runs work that grows with the stored data in a thread, so that the event loop can serve other requests meanwhile."""

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

SMALL = 500
"""The number of fields and items that take about 2 ms to fold, undo or render, and of tallies that take about 4 ms to
add up."""
PAUSE_S = 0.0005
"""Pause after each piece of large work, in which waiting threads take the interpreter. Without it another account's
PATCH, beside a read of 200 versions of 1,000 answers, took 20 ms longer at the 99th percentile."""

_THREAD = ThreadPoolExecutor(1, "large-work")
"""One thread, so that large requests queue behind each other: each further computing thread would keep the interpreter
from the event loop and the writer for another 5 ms at a time."""


async def each_in_thread_if_large(size: int, do: Callable[[T], None], items: Iterable[T]) -> None:
    """Calls `do` with each of `items`, which have `size` fields or items in total."""
    if size > SMALL:
        await asyncio.get_running_loop().run_in_executor(_THREAD, _each, do, items)
    else:
        for item in items:
            do(item)


def _each(do: Callable[[T], None], items: Iterable[T]) -> None:
    for item in items:
        do(item)
        time.sleep(PAUSE_S)


async def in_thread_if_large(size: int, work: Callable[[], T], *, is_long: bool = False) -> T:
    """The result of `work`, which handles `size` fields or items. `is_long` as in `in_thread`."""
    return work() if size <= SMALL else await in_thread(work, is_long=is_long)


async def in_thread(work: Callable[[], T], *, is_long: bool = False) -> T:
    """The result of `work`, computed in a thread.

    Set `is_long` for work that may take seconds: it gets a thread of its own, so that no other work waits for it. The
    caller limits how much of it runs at once.
    """
    return await asyncio.get_running_loop().run_in_executor(None if is_long else _THREAD, work)

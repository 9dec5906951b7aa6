"""Work that grows with what clients have stored runs beside the event loop, which serves everybody else meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

SMALL = 500
"""Fields and items that are folded, undone or rendered in some 2 ms."""

_THREAD = ThreadPoolExecutor(1, "large-work")
"""One thread, so that large requests queue behind each other: each further thread that computes would take the
interpreter from the event loop and the writer for another 5 ms at a time."""


async def in_thread_if_large(size: int, work: Callable[[], T]) -> T:
    """The result of `work`, which touches `size` fields or items. A long one should come in pieces: others take their
    turns in between."""
    if size <= SMALL:
        return work()
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work)

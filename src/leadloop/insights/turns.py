"""Adding up in a thread where there is so much of it that others would miss their turn."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FEW = 500
"""Tallies that take some 4 ms to add up and to show."""


async def aside(number: int, work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work) if number > FEW else work()

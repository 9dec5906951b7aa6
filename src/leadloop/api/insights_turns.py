"""Whose turn it is: Insights take seconds where there are many leads, and others need connections to read by."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem

AT_ONCE = 2
"""In a process; of an account one, so that none keeps the others waiting."""
MOST_WAITING = 8
"""Of an account."""
RETRY_AFTER_S = 5


class InsightsTurns:
    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._any = asyncio.Semaphore(AT_ONCE)
        self._own: dict[str, asyncio.Lock] = {}
        self._here: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, account_id: str) -> AsyncIterator[None]:
        """Raises `ApiError` 503 where so many of the account wait already."""
        if self._here[account_id] > self._most_waiting:
            raise ApiError(
                503,
                Problem("too_many_insights", limit=self._most_waiting),
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
        own = self._own.setdefault(account_id, asyncio.Lock())
        self._here[account_id] += 1
        try:
            async with own, self._any:
                yield
        finally:
            self._here[account_id] -= 1
            if not self._here[account_id]:
                del self._here[account_id], self._own[account_id]

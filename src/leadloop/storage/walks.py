"""Keeping the lists of one account that may look at all of its leads from holding up others."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from leadloop.core.errors import Overloaded, Problem
from leadloop.core.store import LeadQuery
from leadloop.storage.finding import Finder, SqlDialect

T = TypeVar("T")

AT_ONCE, MOST_WAITING = 2, 8
"""Of one account, in one process."""


class _Account:
    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.here = 0


class Walks:
    def __init__(self, speech: SqlDialect) -> None:
        self._speech = speech
        self._accounts: dict[str, _Account] = {}

    async def run(self, query: LeadQuery, read: Callable[[], Awaitable[T]]) -> T:
        """Raises `Overloaded` where too many wait."""
        if Finder(query, self._speech).is_bounded:
            return await read()
        account = self._accounts.setdefault(query.account_id, _Account())
        if account.here >= AT_ONCE + MOST_WAITING:
            raise Overloaded(Problem("too_many_lists"))
        account.here += 1
        try:
            async with account.turns:
                return await read()
        finally:
            account.here -= 1
            if not account.here:
                del self._accounts[query.account_id]

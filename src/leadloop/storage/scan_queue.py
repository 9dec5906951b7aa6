"""Queues the lists that may scan all leads of an account, so that one account cannot delay the others."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from leadloop.core.errors import Overloaded, Problem
from leadloop.core.queues import AccountQueue
from leadloop.core.store import LeadQuery
from leadloop.storage.finding import QueryPlan, SqlDialect

T = TypeVar("T")

AT_ONCE, MOST_WAITING = 2, 8
"""Scans of one account that run at once, and that wait, in one process."""


class ScanQueue:
    def __init__(self, dialect: SqlDialect) -> None:
        self._dialect = dialect
        self._queue = AccountQueue(AT_ONCE, _refusal, max_waiting=MOST_WAITING)

    async def run(self, query: LeadQuery, read: Callable[[], Awaitable[T]]) -> T:
        """Runs `read`: in the queue, unless an index bounds it. Raises `Overloaded` if the queue is full."""
        if QueryPlan(query, self._dialect).is_bounded:
            return await read()
        async with self._queue.slot(query.account_id):
            return await read()


def _refusal() -> Overloaded:
    return Overloaded(Problem("too_many_lists"))

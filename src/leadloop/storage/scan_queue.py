"""The queue of an account's lists that may scan all of its leads, so that they do not hold up other accounts."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from leadloop.core.errors import Overloaded, Problem
from leadloop.core.queues import AccountQueue
from leadloop.core.store import LeadQuery
from leadloop.storage.finding import Finder, SqlDialect

T = TypeVar("T")

AT_ONCE, MOST_WAITING = 2, 8
"""Of one account, in one process."""


class ScanQueue:
    def __init__(self, speech: SqlDialect) -> None:
        self._speech = speech
        self._queue = AccountQueue(AT_ONCE, _refusal, max_waiting=MOST_WAITING)

    async def run(self, query: LeadQuery, read: Callable[[], Awaitable[T]]) -> T:
        """The result of `read`, in the queue unless an index bounds it. Raises `Overloaded` if too many wait."""
        if Finder(query, self._speech).is_bounded:
            return await read()
        async with self._queue.slot(query.account_id):
            return await read()


def _refusal() -> Overloaded:
    return Overloaded(Problem("too_many_lists"))

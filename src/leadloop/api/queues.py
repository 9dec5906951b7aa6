"""Which requests wait for each other in this process, and for how long: the same ones, large answers, Insights."""

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem
from leadloop.core.queues import AccountQueue, KeyedLock

SAME_REQUEST_WAIT_S = 2.0

UNREAD_AT_ONCE = 4
"""Answers of one key that are being made, or are large and unread. One takes some 25 MiB while it is made, and up to
8 MiB afterwards."""
UNREAD_WAIT_S = 10.0
UNREAD_RETRY_AFTER_S = 5

INSIGHTS_AT_ONCE = 2
"""In a process, as they take seconds where there are many leads; of one account one, so that it delays no other."""
INSIGHTS_MOST_WAITING = 8
"""Of an account."""
INSIGHTS_RETRY_AFTER_S = 5


def request_lock() -> KeyedLock:
    """By what two requests are the same: an idempotency key, or the contact of an upsert (semantics section 4)."""
    return KeyedLock(SAME_REQUEST_WAIT_S, lambda: _refusal(409, Problem("request_under_way"), retry_after_s=1))


def unread_answers() -> AccountQueue:
    """By API key. It bounds the memory that large answers take until the client has read them.

    An answer counts from before its list is read from the store. So a client that opens many connections, requests
    large pages and reads none of them occupies a few pages of memory, and only its own key waits for it.
    """
    problem = Problem("too_many_unread", limit=UNREAD_AT_ONCE)
    return AccountQueue(
        UNREAD_AT_ONCE,
        lambda: _refusal(429, problem, retry_after_s=UNREAD_RETRY_AFTER_S),
        longest_wait_s=UNREAD_WAIT_S,
    )


def insights_queue(most_waiting: int = INSIGHTS_MOST_WAITING) -> AccountQueue:
    """By account."""
    problem = Problem("too_many_insights", limit=most_waiting)
    return AccountQueue(
        1,
        lambda: _refusal(503, problem, retry_after_s=INSIGHTS_RETRY_AFTER_S),
        most_waiting=most_waiting,
        in_all=INSIGHTS_AT_ONCE,
    )


def _refusal(status: int, problem: Problem, *, retry_after_s: int) -> ApiError:
    return ApiError(status, problem, headers={"Retry-After": str(retry_after_s)})

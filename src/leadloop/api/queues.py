"""Limits on concurrent requests in this process: identical requests, large answers, Insights."""

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem
from leadloop.core.queues import AccountQueue, KeyedLock

SAME_REQUEST_WAIT_S = 2.0

UNREAD_AT_ONCE = 4
"""Answers per API key that are being built, or are large and not yet read by the client. One takes about 25 MiB while
it is built, and up to 8 MiB afterwards."""
UNREAD_WAIT_S = 10.0
UNREAD_RETRY_AFTER_S = 5

INSIGHTS_AT_ONCE = 2
"""In the process: Insights of many leads take seconds. An account gets one at a time, so that it delays no other."""
INSIGHTS_MOST_WAITING = 8
"""Per account."""
INSIGHTS_RETRY_AFTER_S = 5


def request_lock() -> KeyedLock:
    """Locks requests with the same idempotency key, or the same contact of an upsert (semantics section 4)."""
    return KeyedLock(SAME_REQUEST_WAIT_S, lambda: _refusal(409, Problem("request_under_way"), retry_after_s=1))


def unread_answers() -> AccountQueue:
    """Per API key. Bounds the memory of large answers until the client has read them.

    An answer takes its place before its list is read from the store. A client that opens many connections, requests
    large pages and reads none of them occupies memory for a few pages only, and delays only its own key.
    """
    problem = Problem("too_many_unread", limit=UNREAD_AT_ONCE)
    return AccountQueue(
        UNREAD_AT_ONCE,
        lambda: _refusal(429, problem, retry_after_s=UNREAD_RETRY_AFTER_S),
        max_wait_s=UNREAD_WAIT_S,
    )


def insights_queue(most_waiting: int = INSIGHTS_MOST_WAITING) -> AccountQueue:
    """Per account."""
    problem = Problem("too_many_insights", limit=most_waiting)
    return AccountQueue(
        1,
        lambda: _refusal(503, problem, retry_after_s=INSIGHTS_RETRY_AFTER_S),
        max_waiting=most_waiting,
        max_total=INSIGHTS_AT_ONCE,
    )


def _refusal(status: int, problem: Problem, *, retry_after_s: int) -> ApiError:
    return ApiError(status, problem, headers={"Retry-After": str(retry_after_s)})

"""When a delivery is retried after a failure, and when it has failed for good (semantics section 8). Pure.

The jitter depends only on the delivery and the number of the failure, so planning twice gives the same time.
"""

from hashlib import blake2b

from leadloop.egress.retry_after import RETRY_AFTER_LIMIT_MS

WAITS_S = (5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600)
"""The wait after the first failure, the second, and so on. The first attempt is immediate."""
MOST_ATTEMPTS = len(WAITS_S) + 1
JITTER = 0.2

GONE = 410
"""The status that disables an endpoint. For the delivery it is an ordinary failure."""
_STEPS = 2**32


def is_success(status: int | None) -> bool:
    """`None` stands for no response."""
    return status is not None and 200 <= status <= 299


def next_attempt_ms(
    delivery_id: str,
    failures: int,
    failed_at_ms: int,
    attempts: int = MOST_ATTEMPTS,
    *,
    retry_after_s: int | None = None,
) -> int | None:
    """When to retry after failure number `failures` (from 1); `None` if `attempts` are used up.

    `retry_after_s`, from a 429 or 503, can only lengthen the wait, to at most 6 h.
    """
    if failures >= min(attempts, MOST_ATTEMPTS):
        return None
    wait_ms = round(WAITS_S[failures - 1] * 1_000 * _jitter(delivery_id, failures))
    requested_ms = min((retry_after_s or 0) * 1_000, RETRY_AFTER_LIMIT_MS)
    return failed_at_ms + max(wait_ms, requested_ms)


def _jitter(delivery_id: str, failures: int) -> float:
    """From 0.8 to 1.2."""
    digest = blake2b(f"{delivery_id}/{failures}".encode(), digest_size=4).digest()
    return 1 - JITTER + 2 * JITTER * int.from_bytes(digest, "big") / _STEPS

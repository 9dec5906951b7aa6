"""When a delivery is tried again after a failure, and when no more (semantics section 8). Pure.

The jitter depends on the delivery and the number of the failure alone, so that planning twice gives the same time.
"""

from hashlib import blake2b

from leadloop.egress.retry_after import RETRY_AFTER_LIMIT_MS

WAITS_S = (5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600)
"""After the first failure, after the second, and so on. The first attempt is made at once."""
MOST_ATTEMPTS = len(WAITS_S) + 1
JITTER = 0.2

GONE = 410
"""The status that disables an endpoint. For its delivery it is a failure like any other."""
_STEPS = 2**32


def is_success(status: int | None) -> bool:
    """`None` is for no answer at all."""
    return status is not None and 200 <= status <= 299


def next_attempt_ms(
    delivery_id: str,
    failures: int,
    failed_at_ms: int,
    attempts: int = MOST_ATTEMPTS,
    *,
    retry_after_s: int | None = None,
) -> int | None:
    """When to try again after failure number `failures` (from 1); `None` when `attempts` are used up.

    `retry_after_s` is what a 429 or 503 asked for: more patience, at most 6 h, and never less.
    """
    if failures >= min(attempts, MOST_ATTEMPTS):
        return None
    wait_ms = round(WAITS_S[failures - 1] * 1_000 * _jitter(delivery_id, failures))
    asked_ms = min((retry_after_s or 0) * 1_000, RETRY_AFTER_LIMIT_MS)
    return failed_at_ms + max(wait_ms, asked_ms)


def _jitter(delivery_id: str, failures: int) -> float:
    """From 0.8 to 1.2."""
    digest = blake2b(f"{delivery_id}/{failures}".encode(), digest_size=4).digest()
    return 1 - JITTER + 2 * JITTER * int.from_bytes(digest, "big") / _STEPS

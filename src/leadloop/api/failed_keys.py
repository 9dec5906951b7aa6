"""Rate limit for failed API keys, per client address. It never refuses a valid key."""

import math
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

BURST, PER_SECOND = 600, 10
"""Token bucket per address: failures answered without delay, and its refill rate."""
ADDRESSES = 10_000
"""Most addresses remembered; the one whose last failure is oldest is evicted first."""


class _TokenBucket(NamedTuple):
    """Failures left at a point in time."""

    left: float
    at_s: float


class FailedKeys:
    """`clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _TokenBucket] = {}

    def count_failure(self, address: str) -> int | None:
        """Counts a failure. Returns seconds to wait if the address is over its limit, else `None`."""
        now_s = self._clock()
        left, at_s = self._buckets.pop(address, _TokenBucket(BURST, now_s))
        left = min(float(BURST), left + (now_s - at_s) * PER_SECOND)
        is_over = left < 1
        if len(self._buckets) >= ADDRESSES:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[address] = _TokenBucket(left if is_over else left - 1, now_s)
        return math.ceil((1 - left) / PER_SECOND) if is_over else None

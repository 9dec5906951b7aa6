"""Failed keys by address: who tries many is told to slow down. A valid key is never refused for it."""

import math
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

BURST, PER_SECOND = 600, 10
"""Failures of one address that are answered at once, and how many more each second."""
ADDRESSES = 10_000
"""Remembered at most. The address that failed longest ago is forgotten first."""


class _Bucket(NamedTuple):
    """How many failures are left, as of a moment."""

    left: float
    at_s: float


class FailedKeys:
    """`clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def count_failure(self, address: str) -> int | None:
        """Counts a failure; after how many seconds the address may fail again where it has failed too often."""
        now_s = self._clock()
        left, at_s = self._buckets.pop(address, _Bucket(BURST, now_s))
        left = min(float(BURST), left + (now_s - at_s) * PER_SECOND)
        is_over = left < 1
        if len(self._buckets) >= ADDRESSES:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[address] = _Bucket(left if is_over else left - 1, now_s)
        return math.ceil((1 - left) / PER_SECOND) if is_over else None

"""Slows down guessing of passwords: an address is refused for a while, a person's sign-in only takes longer.

Counts are rows in the database, so that they hold for all processes and across restarts.
"""

import asyncio
import hashlib
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from leadloop.api.errors import ApiError
from leadloop.core.errors import Overloaded, Problem
from leadloop.core.queues import KeyedLock
from leadloop.core.store import Clock, Store

WINDOW_MS = 15 * 60_000
FAILURES = 10
"""Of one address within the window, before it is refused."""
WARNED = 3
"""With so many attempts left, the page tells."""
FREE, LONGEST_S = 3, 4.0
"""Failures of one person without a delay, and the longest delay."""


class SignInThrottle:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = KeyedLock(20, lambda: Overloaded(Problem("too_many_sign_ins"), retry_after_s=5))

    @asynccontextmanager
    async def attempt(self, address: str, email_key: str) -> AsyncIterator["SignInAttempt"]:
        """Holds the address while one attempt is checked, so that concurrent ones count too.

        Raises `ApiError` 429 for an address with too many failures.
        """
        attempt = SignInAttempt(self._store, self._clock, address, email_key)
        await attempt.wait()
        async with self._lock.hold(attempt.keys[0]):
            await attempt.check()
            yield attempt


class SignInAttempt:
    """One attempt to sign in."""

    def __init__(self, store: Store, clock: Clock, address: str, email_key: str) -> None:
        self._throttles = store.throttles
        self._clock = clock
        person = hashlib.sha256(email_key.encode()).hexdigest()[:32]
        self.keys = (f"address:{_network(address)}", f"person:{person}")
        self._failures = 0

    async def wait(self) -> None:
        """Waits the longer, the more attempts failed for this person."""
        _, throttle = await self._throttles.get(self.keys)
        if throttle is not None and self._is_recent(throttle.last_at_ms) and throttle.failures >= FREE:
            await asyncio.sleep(min(0.25 * 2.0 ** min(throttle.failures - FREE, 10), LONGEST_S))

    async def check(self) -> None:
        throttle, _ = await self._throttles.get(self.keys)
        if throttle is None or not self._is_recent(throttle.last_at_ms):
            return
        self._failures = throttle.failures
        if throttle.failures >= FAILURES:
            wait_s = max(1, -(-(throttle.last_at_ms + WINDOW_MS - self._clock()) // 1000))
            minutes = -(-wait_s // 60)
            raise ApiError(
                429, Problem("too_many_failed_sign_ins", minutes=minutes), headers={"Retry-After": str(wait_s)}
            )

    async def fail(self) -> int | None:
        """Counts a failure. Returns how many attempts are left, if they are few."""
        now_ms = self._clock()
        await self._throttles.count(self.keys, now_ms, now_ms - WINDOW_MS)
        left = FAILURES - self._failures - 1
        return left if left <= WARNED else None

    async def succeed(self) -> None:
        """Forgets the person's failures. Those of the address stay: it may try for other people."""
        await self._throttles.clear(self.keys[1:])

    def _is_recent(self, at_ms: int) -> bool:
        return at_ms > self._clock() - WINDOW_MS


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, which one customer of a provider has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)

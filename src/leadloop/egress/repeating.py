"""The exchange of webhooks, whose receivers expect duplicates: it repeats a request that failed because the receiver
was just closing an idle connection. Further attempts are the caller's decision.
"""

import ssl
import time
from collections.abc import Callable
from typing import NamedTuple

from leadloop.egress.exchange import LIMITS, Exchange, Limits, Request
from leadloop.egress.failures import Error
from leadloop.egress.resolver import Resolver


class Attempt(NamedTuple):
    """The result of one attempt. A 2xx `status` is a success, even if the rest of the response then failed."""

    started_at_ms: int
    duration_ms: int
    status: int | None = None
    """`None` if no response began. A response that broke off has both a `status` and an `error`."""
    error: Error | None = None
    detail: str | None = None
    """Explains `error` to people."""
    remote: str | None = None
    """The connected address."""
    answer: str = ""
    """The beginning of the response's body, at most 4 KiB. Untrusted text: escape it."""
    retry_after_s: int | None = None
    """What a 429 or 503 asked for."""


class RepeatingSender:
    """Serves all endpoints, within one event loop. Must be closed at the end."""

    def __init__(
        self,
        resolver: Resolver,
        tls: ssl.SSLContext | None = None,
        limits: Limits = LIMITS,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._exchange = Exchange(resolver, tls, limits)
        self._limits = limits
        self._clock = clock

    async def send(self, request: Request) -> Attempt:
        """Never raises for what a receiver, a name server or a network does."""
        started_ms, started_s = self._clock(), time.perf_counter()
        response, trace, failure = await self._exchange.run(request, repeat=True)
        duration_ms = round((time.perf_counter() - started_s) * 1_000)
        return Attempt(
            started_at_ms=started_ms,
            duration_ms=duration_ms,
            status=response.status,
            error=failure.error if failure else None,
            detail=failure.detail if failure else None,
            remote=trace.remote,
            answer=response.text(self._limits.kept_bytes),
            retry_after_s=response.retry_after_s(started_ms + duration_ms),
        )

    async def close(self) -> None:
        await self._exchange.close()

"""The exchange of deliveries that must not happen twice: nothing repeats it, neither this module nor aiohttp.

If it fails, `AttemptFailure.may_have_arrived` says whether the caller may safely send again. A receiver can close an
idle connection just as it is used again, which leaves the caller in doubt: a request with the pool key `None` avoids
that by opening a new connection.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from leadloop.egress.exchange import LIMITS, Exchange, Limits, Request
from leadloop.egress.failures import AttemptFailure
from leadloop.egress.resolver import Resolver


class OneShotResult(NamedTuple):
    """The response, the failure, or both if the response broke off or exceeds the limit."""

    started_at_ms: int
    duration_ms: int
    remote: str | None
    """The connected address."""
    status: int | None
    """`None` if no response began."""
    headers: Mapping[str, str]
    """The response's, case-insensitive. Untrusted text, like the body."""
    body: bytes
    """The beginning of the response's body, up to `Limits.read_bytes`."""
    failure: AttemptFailure | None


class OneShotSender:
    """Sends each request at most once, within one event loop. Must be closed at the end."""

    def __init__(
        self,
        resolver: Resolver,
        tls: ssl.SSLContext | None = None,
        limits: Limits = LIMITS,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._exchange = Exchange(resolver, tls, limits)
        self._clock = clock

    async def send(self, request: Request) -> OneShotResult:
        """Never raises for what a receiver, a name server or a network does. If it is cancelled, the request may have
        arrived.
        """
        started_ms, started_s = self._clock(), time.perf_counter()
        response, trace, failure = await self._exchange.run(request, repeat=False)
        return OneShotResult(
            started_at_ms=started_ms,
            duration_ms=round((time.perf_counter() - started_s) * 1_000),
            remote=trace.remote,
            status=response.status,
            headers=response.headers,
            body=response.body,
            failure=failure,
        )

    async def close(self) -> None:
        await self._exchange.close()

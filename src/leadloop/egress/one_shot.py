"""The exchange of deliveries that must not happen twice: nothing repeats it, neither this module nor aiohttp.

If it fails, `AttemptFailure.may_have_arrived` says whether the caller may safely send again. A receiver can close an
idle connection just as it is used again, which leaves the caller in doubt: a request with the pool key `None` avoids
that by opening a new connection.
"""

from collections.abc import Mapping
from typing import NamedTuple

from leadloop.egress.exchange import Exchange, OutgoingRequest
from leadloop.egress.failures import AttemptFailure


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
    """The beginning of the response's body, up to `ExchangeLimits.read_bytes`."""
    failure: AttemptFailure | None


class OneShotSender(Exchange):
    """Sends each request at most once, within one event loop. Must be closed at the end."""

    async def send(self, request: OutgoingRequest) -> OneShotResult:
        """Never raises for what a receiver, a name server or a network does. If it is cancelled, the request may have
        arrived.
        """
        result = await self._run(request, repeat=False)
        return OneShotResult(
            started_at_ms=result.started_at_ms,
            duration_ms=result.duration_ms,
            remote=result.trace.remote,
            status=result.response.status,
            headers=result.response.headers,
            body=result.response.body,
            failure=result.failure,
        )

"""The exchange of webhooks, whose receivers expect duplicates: it repeats a request that failed because the receiver
was just closing an idle connection. Further attempts are the caller's decision.
"""

from typing import NamedTuple

from leadloop.egress.exchange import Exchange, OutgoingRequest
from leadloop.egress.failures import Error


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
    """How long a 429 or 503 asked to wait."""


class RepeatingSender(Exchange):
    """Serves all endpoints, within one event loop. Must be closed at the end."""

    async def send(self, request: OutgoingRequest) -> Attempt:
        """Never raises for what a receiver, a name server or a network does."""
        result = await self._run(request, repeat=True)
        return Attempt(
            started_at_ms=result.started_at_ms,
            duration_ms=result.duration_ms,
            status=result.response.status,
            error=result.failure.error if result.failure else None,
            detail=result.failure.detail if result.failure else None,
            remote=result.trace.remote,
            answer=result.response.text(self._limits.stored_bytes),
            retry_after_s=result.response.retry_after_s(result.started_at_ms + result.duration_ms),
        )

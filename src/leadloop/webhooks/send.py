"""One attempt: posts a body to a URL, and tells what came of it. What follows from that is decided elsewhere.

Of the receiver nothing is trusted: where it is gets judged (`target`, `resolve`, `connect`), how long it takes and how
much it says is limited, and what it says is only kept. No redirects, no cookies, no proxies, nothing decompressed.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from leadloop.core.ports import Clock
from leadloop.webhooks.addresses import Refused
from leadloop.webhooks.answer import Answer
from leadloop.webhooks.connect import TRIP, Connector, Trip
from leadloop.webhooks.faults import BODY_LIMIT, FAULTS, Error, Fault, fault_of
from leadloop.webhooks.lines import Lines
from leadloop.webhooks.resolve import Resolver
from leadloop.webhooks.target import judge_url


class Limits(NamedTuple):
    connect_s: float = 5.0
    """From the name to the end of the TLS handshake."""
    idle_s: float = 4.0
    """How long a connection waits for the next delivery; many servers close theirs after five seconds."""
    idle_endpoints: int = 200
    """Connections are kept for so many endpoints."""
    read_bytes: int = 16_384
    """Of an answer's body."""
    kept_bytes: int = 4_096
    field_bytes: int = 8_190
    """One field of an answer's header, or its first line."""
    fields: int = 64
    taken_bytes: int = 131_072
    """Of an answer in all, with its header and what is thrown away."""


LIMITS = Limits()
TIMEOUT_S = 15.0
CLOSING_TURNS = 2
"""Both event loops close a socket in the turn after the one in which they are asked to."""

CONNECTION_FIELDS = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "cookie", "expect", "host"),
        *("keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Header fields that say how a request is carried. Those of a `Request` are left out, and set here alone."""
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FIELD_VALUE = re.compile(r"[^\0-\x08\x0a-\x1f\x7f]*")


class Request(NamedTuple):
    endpoint_id: str
    url: str
    headers: Mapping[str, str]
    """All of them but those of the connection."""
    body: bytes
    """Sent as it is."""
    timeout_s: float = TIMEOUT_S
    """For everything, from looking up the name to the end of the answer."""


class Attempt(NamedTuple):
    """What came of one attempt. A 2xx `status` is a success, even if the rest of the answer then went wrong."""

    started_at_ms: int
    duration_ms: int
    status: int | None = None
    """`None` when no answer began. Of an answer that broke off, both `status` and `error` are known."""
    error: Error | None = None
    detail: str | None = None
    """What `error` means, in words for people."""
    remote: str | None = None
    """The address that was connected."""
    answer: str = ""
    """The beginning of the answer's body, at most 4 KiB. A stranger's text: to be escaped."""
    retry_after_s: int | None = None
    """What a 429 or 503 asked for."""


class Sender:
    """Sends for all endpoints, within one event loop. To be closed at the end."""

    def __init__(
        self,
        resolver: Resolver,
        tls: ssl.SSLContext | None = None,
        limits: Limits = LIMITS,
        clock: Clock = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._resolver = resolver
        self._clock = clock
        self._tls = tls or tls_context()
        self._limits = limits
        self._lines = Lines(self._session, limits.idle_s, limits.idle_endpoints)

    async def send(self, request: Request) -> Attempt:
        """Never raises for what a receiver, a name server or a network does."""
        started_ms, began_s = self._clock(), time.perf_counter()
        trip, answer, fault = Trip(), Answer(), None
        token = TRIP.set(trip)
        try:
            async with asyncio.timeout(request.timeout_s):
                await self._exchange(request, trip, answer)
        except FAULTS as error:
            fault = fault_of(error)
        finally:
            TRIP.reset(token)
        if fault is None and not answer.whole:
            fault = BODY_LIMIT
        duration_ms = round((time.perf_counter() - began_s) * 1_000)
        return self._attempt(started_ms, duration_ms, trip, answer, fault)

    async def close(self) -> None:
        """What is being closed gets its turns of the loop, which may end with this."""
        await self._lines.close()
        for _ in range(CLOSING_TURNS):
            await asyncio.sleep(0)

    def _attempt(self, started_ms: int, duration_ms: int, trip: Trip, answer: Answer, fault: Fault | None) -> Attempt:
        return Attempt(
            started_at_ms=started_ms,
            duration_ms=duration_ms,
            status=answer.status,
            error=fault.error if fault else None,
            detail=fault.detail if fault else None,
            remote=trip.remote,
            answer=answer.text(self._limits.kept_bytes),
            retry_after_s=answer.retry_after_s(started_ms + duration_ms),
        )

    async def _exchange(self, request: Request, trip: Trip, answer: Answer) -> None:
        """On a connection that the receiver was just closing, the request is sent once more: it was never answered."""
        target = judge_url(request.url, self._resolver.rules)
        url = URL(target.url, encoded=True)
        if (url.scheme, url.raw_host, url.port) != (target.scheme, target.host, target.port):
            raise Refused("url", "is read in two ways")
        async with self._lines.use(request.endpoint_id) as session:
            try:
                await self._post(session, url, request, answer)
            except ClientConnectionError:
                if not trip.reused or answer.status is not None:
                    raise
                await self._post(session, url, request, answer)

    async def _post(self, session: ClientSession, url: URL, request: Request, answer: Answer) -> None:
        headers = _headers(request.headers)
        async with session.post(url, data=request.body, headers=headers, allow_redirects=False) as response:
            await answer.read(response, self._limits.read_bytes)

    def _session(self) -> ClientSession:
        return ClientSession(
            connector=Connector(self._resolver, self._tls, self._limits.idle_s, self._limits.taken_bytes),
            timeout=ClientTimeout(total=None, connect=self._limits.connect_s),
            cookie_jar=DummyCookieJar(),
            skip_auto_headers=("Accept", "Content-Type", "User-Agent"),
            trust_env=False,
            auto_decompress=False,
            read_bufsize=self._limits.read_bytes,
            max_line_size=self._limits.field_bytes,
            max_field_size=self._limits.field_bytes,
            max_headers=self._limits.fields,
        )


def tls_context() -> ssl.SSLContext:
    """Verifies certificates against the system's authorities; TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _headers(asked: Mapping[str, str]) -> dict[str, str]:
    """What can not be a header field is left out: a line break in one would begin another."""
    fields = {
        name: value
        for name, value in asked.items()
        if _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value) and name.lower() not in CONNECTION_FIELDS
    }
    return {**fields, "Accept-Encoding": "identity"}

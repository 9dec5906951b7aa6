"""One HTTP exchange: a request over a judged connection, and its bounded response. Its two users decide on repeating:
`repeating` and `one_shot`.

It does not trust the receiver: it judges its address (`target`, `resolver`, `connections`), limits its time and its
bytes, and only stores what it says. No redirects, no cookies, no proxies, no decompression.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from leadloop.core.errors import Problem
from leadloop.egress.addresses import TargetRefused
from leadloop.egress.connections import TRACE, ConnectionTrace, Connector
from leadloop.egress.failures import BODY_LIMIT, EXPECTED_ERRORS, AttemptFailure, failure_from
from leadloop.egress.resolver import Resolver
from leadloop.egress.response import PartialResponse
from leadloop.egress.sessions import SessionPool
from leadloop.egress.target import judge_url


class ExchangeLimits(NamedTuple):
    connect_s: float = 5.0
    """From resolving the name to the end of the TLS handshake."""
    idle_s: float = 4.0
    """How long an idle connection is kept; many servers close theirs after five seconds."""
    idle_sessions: int = 200
    """How many pool keys keep idle connections."""
    read_bytes: int = 16_384
    """Of a response's body."""
    stored_bytes: int = 4_096
    """Of a response's body as text for a log."""
    field_bytes: int = 8_190
    """One header field of a response, or its status line."""
    fields: int = 64
    received_bytes: int = 131_072
    """Of a response in all, including its header and discarded bytes."""


LIMITS = ExchangeLimits()
TIMEOUT_S = 15.0
CLOSING_ITERATIONS = 2
"""Both event loops close a socket one iteration after the call to close it."""

CONNECTION_FIELDS = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "cookie", "expect", "host"),
        *("keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Header fields that say how a request is carried. They are dropped from an `OutgoingRequest` and set only here."""
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FIELD_VALUE = re.compile(r"[^\0-\x08\x0a-\x1f\x7f]*")

Method: TypeAlias = Literal["GET", "POST", "PUT"]


class OutgoingRequest(NamedTuple):
    pool_key: str | None
    """Requests with the same key may share connections. `None` opens a new connection for this request alone."""
    url: str
    headers: Mapping[str, str]
    """All fields except `CONNECTION_FIELDS`."""
    body: bytes
    """Sent unchanged."""
    timeout_s: float = TIMEOUT_S
    """For the whole exchange, from resolving the name to the end of the response."""
    method: Method = "POST"


class ExchangeResult(NamedTuple):
    started_at_ms: int
    duration_ms: int
    response: PartialResponse
    trace: ConnectionTrace
    failure: AttemptFailure | None


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Exchange:
    """Sends requests within one event loop. Must be closed at the end."""

    def __init__(
        self,
        resolver: Resolver,
        tls: ssl.SSLContext | None = None,
        limits: ExchangeLimits = LIMITS,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._clock = clock
        self._resolver = resolver
        self._tls = tls or default_tls()
        self._limits = limits
        self._pool = SessionPool(self._open_session, limits.idle_s, limits.idle_sessions)

    async def close(self) -> None:
        """Yields to the event loop until the sockets are closed: the loop may end right after this."""
        await self._pool.close()
        for _ in range(CLOSING_ITERATIONS):
            await asyncio.sleep(0)

    async def _run(self, request: OutgoingRequest, *, repeat: bool) -> ExchangeResult:
        """Never raises for what a receiver, a name server or a network does.

        With `repeat`, a request that failed on a reused connection, which the receiver was closing, is sent once more.
        """
        started_at_ms, started_s = self._clock(), time.perf_counter()
        trace, response, failure = ConnectionTrace(), PartialResponse(), None
        token = TRACE.set(trace)
        try:
            async with asyncio.timeout(request.timeout_s):
                await self._send(request, trace, response, repeat)
        except EXPECTED_ERRORS as error:
            failure = failure_from(error)._replace(may_have_arrived=trace.requests > 0)
        finally:
            TRACE.reset(token)
        if failure is None and not response.is_complete:
            failure = BODY_LIMIT
        duration_ms = round((time.perf_counter() - started_s) * 1_000)
        return ExchangeResult(started_at_ms, duration_ms, response, trace, failure)

    async def _send(
        self, request: OutgoingRequest, trace: ConnectionTrace, response: PartialResponse, repeat: bool
    ) -> None:
        target = judge_url(request.url, self._resolver.rules)
        url = URL(target.url, encoded=True)
        if (url.scheme, url.raw_host, url.port) != (target.scheme, target.host, target.port):
            raise TargetRefused("url", Problem("url_ambiguous"))
        async with self._pool.use(request.pool_key) as session:
            try:
                await self._send_once(session, url, request, response)
            except ClientConnectionError:
                if not (repeat and trace.reused) or response.status is not None:
                    raise
                trace.request_limit += 1
                await self._send_once(session, url, request, response)

    async def _send_once(
        self, session: ClientSession, url: URL, request: OutgoingRequest, response: PartialResponse
    ) -> None:
        async with session.request(
            request.method, url, data=request.body or None, headers=_headers(request.headers), allow_redirects=False
        ) as answer:
            await response.read(answer, self._limits.read_bytes)

    def _open_session(self) -> ClientSession:
        return ClientSession(
            connector=Connector(self._resolver, self._tls, self._limits.idle_s, self._limits.received_bytes),
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


@cache
def default_tls() -> ssl.SSLContext:
    """One `tls_context` for all exchanges: making it reads all authorities, which takes 60 ms. Do not change it."""
    return tls_context()


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Drops whatever cannot be a header field: a line break in one would begin another."""
    fields = {
        name: value
        for name, value in headers.items()
        if _FIELD_NAME.fullmatch(name) and _FIELD_VALUE.fullmatch(value) and name.lower() not in CONNECTION_FIELDS
    }
    return {**fields, "Accept-Encoding": "identity"}

"""Connections to judged addresses only.

The same rules judge an address three times: all addresses of a name before any is tried, each one when its socket is
opened (aiohttp does not consult a resolver about literal addresses), and the peer of the connection before a byte of
the request is sent on it.
"""

import socket
from asyncio import AbstractEventLoop, BaseEventLoop
from contextvars import ContextVar
from functools import partial
from ipaddress import IPv6Address, ip_address
from ssl import SSLContext
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from aiohttp import ClientConnectionError, ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from leadloop.core.errors import Problem
from leadloop.egress.addresses import IpAddress, TargetRefused
from leadloop.egress.resolver import Resolver

AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]
"""Like from `getaddrinfo`; the last member begins with address and port."""


class ConnectionTrace:
    """What the current attempt knows of its connection."""

    def __init__(self) -> None:
        self.sockets: dict[socket.socket, IpAddress] = {}
        """The sockets that were opened, each with its address."""
        self.remote: str | None = None
        """The connected address."""
        self.reused = False
        """The connection carried a request before, so the receiver may be closing it at this moment."""
        self.requests = 0
        """How many requests got a connection: their bytes may have reached the receiver."""
        self.request_limit = 1
        """How many may get one."""


TRACE: ContextVar[ConnectionTrace] = ContextVar("trace")
"""Per-attempt connection details, in a context variable because aiohttp cannot pass them on."""


class Connector(TCPConnector):
    """The connections of one session."""

    def __init__(self, resolver: Resolver, tls: SSLContext, idle_s: float, received_bytes: int) -> None:
        """Takes not much more than `received_bytes` of each response, header included, from the network."""
        super().__init__(
            resolver=_JudgingResolver(resolver),
            use_dns_cache=False,
            socket_factory=self.open_socket,
            ssl=tls,
            keepalive_timeout=idle_s,
            limit=0,
        )
        self._factory = partial(_handler, self._loop, received_bytes)
        self._judge = resolver.judge
        self._remotes: WeakKeyDictionary[ResponseHandler, str] = WeakKeyDictionary()

    async def connect(  # the signature is aiohttp's
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109
    ) -> Connection:
        """Raises `ClientConnectionError` at the request limit: aiohttp itself repeats a GET or PUT whose connection
        breaks (RFC 9112, section 9.3.1 permits it), and only its caller knows whether that is safe.
        """
        trace = TRACE.get()
        if trace.requests == trace.request_limit:
            raise ClientConnectionError("this request was sent already")
        try:
            connection = await super().connect(req, traces, timeout)
        finally:
            self._detach_sockets(trace)
        try:
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        trace.requests += 1
        return connection

    def open_socket(self, info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, where = info
        address = ip_address(where[0])
        self._judge(address)
        connecting = socket.socket(family, kind, protocol)
        TRACE.get().sockets[connecting] = address
        return connecting

    def _detach_sockets(self, trace: ConnectionTrace) -> None:
        """Detaches the descriptors from sockets that uvloop has taken over.

        asyncio keeps using the socket. uvloop uses only the descriptor and closes it, but if the peer resets the
        connection at the moment it is made, uvloop leaves the number in the socket (0.23; its issue 738 fixes less):
        closing the socket would then close whatever file or connection has that number by now.
        """
        if not isinstance(self._loop, BaseEventLoop):
            for opened in trace.sockets:
                opened.detach()

    def _check(self, connection: Connection) -> None:
        trace, handler = TRACE.get(), connection.protocol
        remote = self._remotes.get(handler) if handler is not None else None
        if isinstance(handler, _BoundedResponseHandler):
            handler.received_bytes = 0
        if remote is not None:
            trace.remote, trace.reused = remote, True
            return
        trace.reused = False
        peer = connection.transport.get_extra_info("peername") if connection.transport is not None else None
        if handler is None or peer is None:
            raise ConnectionResetError("the connection was closed as soon as it was made")
        address = ip_address(peer[0])
        if address not in trace.sockets.values():
            raise TargetRefused("address", Problem("address_changed"))
        self._judge(address)
        trace.remote = self._remotes[handler] = str(address)


class _BoundedResponseHandler(ResponseHandler):
    """Stops reading from a receiver that sends bytes without end and no response; the timeout then ends the attempt.

    aiohttp limits lines, fields and its read buffer, but neither the number of 100 responses nor the size of chunk
    extensions, which took a quarter of a processor for the duration of the attempt.
    """

    def __init__(self, loop: AbstractEventLoop, limit_bytes: int) -> None:
        super().__init__(loop)
        self._limit_bytes = limit_bytes
        self.received_bytes = 0

    def close(self) -> None:
        """Aborts: a TLS shutdown would wait for the peer, and meanwhile read past everything that still arrives."""
        self.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.received_bytes += len(data)
        if self.received_bytes > self._limit_bytes and self.transport is not None:
            self.force_close()
            self.transport.pause_reading()


def _handler(loop: AbstractEventLoop, limit_bytes: int) -> ResponseHandler:
    return _BoundedResponseHandler(loop, limit_bytes)


class _JudgingResolver(AbstractResolver):
    """The interface through which aiohttp resolves names."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._resolver.addresses(host)
        ]

    async def close(self) -> None:
        """Nothing to do: the resolver is shared and keeps nothing open."""

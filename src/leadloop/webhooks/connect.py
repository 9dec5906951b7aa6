"""Connections that lead to judged addresses only, and are never shared between endpoints.

An address is judged three times by the same rules: all that a name has before any is tried, each one in the moment its
socket is made (aiohttp does not ask a resolver about literal addresses), and the peer that a connection then has,
before a byte of the request is sent on it.
"""

import socket
from asyncio import AbstractEventLoop, BaseEventLoop
from contextvars import ContextVar
from functools import partial
from ipaddress import IPv6Address, ip_address
from ssl import SSLContext
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from leadloop.webhooks.addresses import Address, Refused
from leadloop.webhooks.resolve import Resolver

AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]
"""As from `getaddrinfo`; the last member begins with address and port."""


class Trip:
    """What one attempt learns of its connection, while that is being made."""

    def __init__(self) -> None:
        self.sockets: dict[socket.socket, Address] = {}
        """What was tried, and for which address."""
        self.remote: str | None = None
        """The address that is connected."""
        self.reused = False
        """The connection has carried a request before, so the receiver may just be closing it."""


TRIP: ContextVar[Trip] = ContextVar("trip")
"""Of the attempt under way: what reaches through aiohttp, which hands nothing through."""


class Connector(TCPConnector):
    """The connections of one endpoint."""

    def __init__(self, resolver: Resolver, tls: SSLContext, idle_s: float, taken_bytes: int) -> None:
        """Of each answer, header and all, not much more than `taken_bytes` is taken from the network."""
        super().__init__(
            resolver=_Judged(resolver),
            use_dns_cache=False,
            socket_factory=self.open_socket,
            ssl=tls,
            keepalive_timeout=idle_s,
            limit=0,
        )
        self._factory = partial(_handler, self._loop, taken_bytes)
        self._judge = resolver.judge
        self._remotes: WeakKeyDictionary[ResponseHandler, str] = WeakKeyDictionary()

    async def connect(  # the signature is aiohttp's
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109
    ) -> Connection:
        try:
            connection = await super().connect(req, traces, timeout)
        finally:
            self._let_go(TRIP.get())
        try:
            self._check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def open_socket(self, info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, where = info
        address = ip_address(where[0])
        self._judge(address)
        opened = socket.socket(family, kind, protocol)
        TRIP.get().sockets[opened] = address
        return opened

    def _let_go(self, trip: Trip) -> None:
        """Takes their descriptors from the sockets that the event loop has taken over.

        asyncio goes on using the socket. uvloop uses the descriptor alone and closes it, but when the peer resets the
        connection in the very moment that it is made, it leaves the number in the socket (0.23; its issue 738 mends
        less): that would be closed again with the socket, whatever file or connection has the number by then.
        """
        if not isinstance(self._loop, BaseEventLoop):
            for opened in trip.sockets:
                opened.detach()

    def _check(self, connection: Connection) -> None:
        trip, handler = TRIP.get(), connection.protocol
        known = self._remotes.get(handler) if handler is not None else None
        if isinstance(handler, _Handler):
            handler.taken_bytes = 0
        if known is not None:
            trip.remote, trip.reused = known, True
            return
        trip.reused = False
        peer = connection.transport.get_extra_info("peername") if connection.transport is not None else None
        if handler is None or peer is None:
            raise ConnectionResetError("the connection was closed as soon as it was made")
        address = ip_address(peer[0])
        if address not in trip.sockets.values():
            raise Refused("address", "led to another address than the one judged")
        self._judge(address)
        trip.remote = self._remotes[handler] = str(address)


class _Handler(ResponseHandler):
    """Stops listening to a receiver that floods it with what never becomes an answer; the timeout ends that.

    aiohttp limits lines, fields and what waits to be read, but neither how often a receiver says 100 nor how much it
    says in a chunk's extension, which took a quarter of a processor for as long as the attempt lasted.
    """

    def __init__(self, loop: AbstractEventLoop, limit_bytes: int) -> None:
        super().__init__(loop)
        self._limit_bytes = limit_bytes
        self.taken_bytes = 0

    def close(self) -> None:
        """At once: a farewell in TLS would be waited for, and meanwhile be read past all that is still coming in."""
        self.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.taken_bytes += len(data)
        if self.taken_bytes > self._limit_bytes and self.transport is not None:
            self.force_close()
            self.transport.pause_reading()


def _handler(loop: AbstractEventLoop, limit_bytes: int) -> ResponseHandler:
    return _Handler(loop, limit_bytes)


class _Judged(AbstractResolver):
    """How aiohttp asks for a name's addresses."""

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
        """It is the sender's, and holds nothing open."""

"""Resolves a host and judges all its addresses; one refused address refuses the host.

It queries the name servers itself instead of calling the C library, which would parse odd spellings as numbers and
block a thread while a server is silent. It caches nothing: each new connection resolves again and connects to an
address that was judged for it.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from itertools import chain

from leadloop.egress import dns
from leadloop.egress.addresses import IpAddress, Rules, embedded, judge_address, judge_own
from leadloop.egress.system_dns import NameServers, SocketAddress, system_names

BUDGET_S = 2.0
ROUNDS = 2
"""How often each server is queried before the lookup fails; all queries share the budget."""
LOOPBACK: tuple[IpAddress, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

_DISCARD_PORT = 9


class HostNotFound(Exception):
    """A name has no address. The text says why, in a few words and without the name."""


class Resolver:
    """Shared by all connections; it keeps nothing open."""

    def __init__(
        self, rules: Rules, names: Callable[[], NameServers] = system_names, budget_s: float = BUDGET_S
    ) -> None:
        self.rules = rules
        self._names = names
        self._budget_s = budget_s

    async def addresses(self, host: str) -> list[IpAddress]:
        """The addresses of a name in lower-case ASCII, IPv4 first; never empty.

        Raises `HostNotFound`, and `TargetRefused` if the rules forbid any of them.
        """
        names = self._names()
        if host == "localhost" or host.endswith(".localhost"):
            addresses = list(LOOPBACK)
        else:
            addresses = list(names.hosts.get(host, ())) or await self._query_all(host, names.servers)
        for address in addresses:
            self.judge(address)
        return addresses

    def judge(self, address: IpAddress) -> None:
        """Raises `TargetRefused`. Called right before a connection is made, and again after."""
        judge_address(address, self.rules)
        if is_own(embedded(address)):
            judge_own(address, self.rules)

    async def _query_all(self, host: str, servers: tuple[SocketAddress, ...]) -> list[IpAddress]:
        """The IPv4 and IPv6 addresses of the name; fails only if neither query finds any."""
        outcomes = await asyncio.gather(
            *(self._query(host, kind, servers) for kind in (dns.A, dns.AAAA)), return_exceptions=True
        )
        addresses = list(chain.from_iterable(outcome for outcome in outcomes if not isinstance(outcome, BaseException)))
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for failure in failures:
            if not addresses or not isinstance(failure, HostNotFound):
                raise failure
        if not addresses:
            raise HostNotFound("the name has no address")
        return addresses

    async def _query(self, host: str, kind: int, servers: tuple[SocketAddress, ...]) -> tuple[IpAddress, ...]:
        query = dns.encode_query(host, kind, secrets.randbits(16))
        try_s = self._budget_s / (ROUNDS * len(servers))
        for server in servers * ROUNDS:
            try:
                async with asyncio.timeout(try_s):
                    answer = await _send_query(server, query)
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                continue
            if answer.code == dns.NO_SUCH_NAME:
                raise HostNotFound("there is no such name")
            if answer.code == dns.OK:
                return answer.addresses
        raise HostNotFound("no name server could resolve the name")


def is_own(address: IpAddress) -> bool:
    """Whether the address belongs to this machine: then it is also the source address of a socket that connects to it.

    Sends nothing: connecting a UDP socket only consults the routing table (5 µs).
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), _DISCARD_PORT))
            return bool(probe.getsockname()[0] == str(address))
        except OSError:
            return False


async def _send_query(server: SocketAddress, query: bytes) -> dns.DnsAnswer:
    """Queries over UDP from an unpredictable port, and over TCP if the answer is too long for UDP."""
    loop = asyncio.get_running_loop()
    transport, pending = await loop.create_datagram_endpoint(lambda: _QueryProtocol(query), remote_addr=server)
    try:
        transport.sendto(query)
        answer = await pending.answer
    finally:
        transport.close()
    return await _send_query_over_tcp(server, query) if answer.truncated else answer


async def _send_query_over_tcp(server: SocketAddress, query: bytes) -> dns.DnsAnswer:
    reader, writer = await asyncio.open_connection(*server)
    try:
        writer.write(len(query).to_bytes(2, "big") + query)
        message = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
    finally:
        writer.transport.abort()
    answer = dns.decode_answer(message, query)
    if answer is None or answer.truncated:
        raise OSError("not an answer to the query")
    return answer


class _QueryProtocol(asyncio.DatagramProtocol):
    """Waits for the answer to one query and ignores other datagrams."""

    def __init__(self, query: bytes) -> None:
        self._query = query
        self.answer: asyncio.Future[dns.DnsAnswer] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        answer = dns.decode_answer(data, self._query)
        if answer is not None and not self.answer.done():
            self.answer.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)

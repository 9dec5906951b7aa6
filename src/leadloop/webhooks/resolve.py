"""Looks a host's addresses up and judges every one of them; one bad address refuses the host.

It asks the name servers itself and does not leave it to the C library, which would read odd spellings as numbers and
hold a thread for as long as a silent server pleases. Nothing is kept: each new connection asks anew, and it goes to an
address that was judged for it.
"""

import asyncio
import secrets
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from itertools import chain

from leadloop.webhooks import dns
from leadloop.webhooks.addresses import Address, Rules, embedded, judge_address, judge_own
from leadloop.webhooks.names import Names, Server, system_names

BUDGET_S = 2.0
ROUNDS = 2
"""How often each server is asked before the name counts as not found; the budget is shared out among all askings."""
LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

_DISCARD_PORT = 9


class NotFound(Exception):
    """No address is known for a name. The text says why, in a few words and without the name."""


class Resolver:
    """One for all endpoints; it holds nothing open."""

    def __init__(self, rules: Rules, names: Callable[[], Names] = system_names, budget_s: float = BUDGET_S) -> None:
        self.rules = rules
        self._names = names
        self._budget_s = budget_s

    async def addresses(self, host: str) -> list[Address]:
        """The addresses of a name in lower-case ASCII, IPv4 first; never empty.

        Raises `NotFound`, and `Refused` if any of them may not be reached.
        """
        names = self._names()
        if host == "localhost" or host.endswith(".localhost"):
            found = list(LOOPBACK)
        else:
            found = list(names.hosts.get(host, ())) or await self._asked(host, names.servers)
        for address in found:
            self.judge(address)
        return found

    def judge(self, address: Address) -> None:
        """Raises `Refused`. What is judged last before a connection is made, and again after."""
        judge_address(address, self.rules)
        if is_own(embedded(address)):
            judge_own(address, self.rules)

    async def _asked(self, host: str, servers: tuple[Server, ...]) -> list[Address]:
        """What is known of the name under either version of IP; a failure of one alone is no failure."""
        outcomes = await asyncio.gather(
            *(self._of_kind(host, kind, servers) for kind in (dns.A, dns.AAAA)), return_exceptions=True
        )
        found = list(chain.from_iterable(outcome for outcome in outcomes if not isinstance(outcome, BaseException)))
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for failure in failures:
            if not found or not isinstance(failure, NotFound):
                raise failure
        if not found:
            raise NotFound("the name has no address")
        return found

    async def _of_kind(self, host: str, kind: int, servers: tuple[Server, ...]) -> tuple[Address, ...]:
        asked = dns.question(host, kind, secrets.randbits(16))
        try_s = self._budget_s / (ROUNDS * len(servers))
        for server in servers * ROUNDS:
            try:
                async with asyncio.timeout(try_s):
                    answer = await _ask(server, asked)
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                continue
            if answer.code == dns.NO_SUCH_NAME:
                raise NotFound("there is no such name")
            if answer.code == dns.OK:
                return answer.addresses
        raise NotFound("no name server could tell")


def is_own(address: Address) -> bool:
    """Whether the address belongs to this machine: then it would also be the source of what is sent there.

    Nothing is sent to find out, the routing table is only asked (5 µs).
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((str(address), _DISCARD_PORT))
            return bool(asking.getsockname()[0] == str(address))
        except OSError:
            return False


async def _ask(server: Server, asked: bytes) -> dns.Answer:
    """Over UDP, from a port that nobody can foresee; over TCP when the answer is too long for that."""
    loop = asyncio.get_running_loop()
    transport, waiting = await loop.create_datagram_endpoint(lambda: _Waiting(asked), remote_addr=server)
    try:
        transport.sendto(asked)
        answer = await waiting.answer
    finally:
        transport.close()
    return await _ask_at_length(server, asked) if answer.truncated else answer


async def _ask_at_length(server: Server, asked: bytes) -> dns.Answer:
    reader, writer = await asyncio.open_connection(*server)
    try:
        writer.write(len(asked).to_bytes(2, "big") + asked)
        message = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
    finally:
        writer.transport.abort()
    answer = dns.answer(message, asked)
    if answer is None or answer.truncated:
        raise OSError("not an answer to what was asked")
    return answer


class _Waiting(asyncio.DatagramProtocol):
    """For the one answer to one question; whatever else arrives is passed over."""

    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        self.answer: asyncio.Future[dns.Answer] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        answer = dns.answer(data, self._asked)
        if answer is not None and not self.answer.done():
            self.answer.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)

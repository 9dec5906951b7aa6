"""Resolving names: which addresses, from which servers, and for how long."""

import asyncio
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.egress import dns, resolver
from leadloop.egress.addresses import IpAddress, Rules, TargetRefused
from leadloop.egress.resolver import HostNotFound, Resolver, is_own
from leadloop.egress.system_dns import NameServers, SocketAddress, hosts_in, servers_in, system_names
from tests.support.receivers.name_server import NameServer, Record, Say, Script, always

STRICT = Rules()
PUBLIC, OTHER, PUBLIC_V6 = "8.8.8.8", "1.1.1.1", "2606:4700::1111"
SCRIPTS: Mapping[str, Script] = {
    "one.test": always(PUBLIC),
    "six.test": always(PUBLIC_V6),
    "both.test": always(PUBLIC_V6, PUBLIC, OTHER),
    "alias.test": lambda _: Say([Record("b.test"), Record("c.test", "B.TEST"), Record(PUBLIC, "C.test")]),
    "patchy.test": lambda n: Say(code=2) if n == 0 else Say([Record(PUBLIC)]),
    "lossy.test": lambda n: Say(silent=True) if n == 0 else Say([Record(PUBLIC)]),
    "long.test": lambda _: Say(truncated=True),
    "none.test": lambda _: Say(),
    "silent.test": lambda _: Say(silent=True),
    **{f"{'x' * 60}.{'y' * 60}.test": always(PUBLIC)},
}
LONG: Mapping[str, Script] = {"long.test": always(*(f"8.8.{n // 250}.{n % 250}" for n in range(500)))}


def resolve(host: str, names: NameServers, rules: Rules = STRICT, budget_s: float = 2.0) -> list[str]:
    return [str(address) for address in asyncio.run(Resolver(rules, lambda: names, budget_s).addresses(host))]


def servers_of(server: NameServer, *more: SocketAddress) -> NameServers:
    return NameServers((*more, server.server))


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("one.test", [PUBLIC]),
        ("six.test", [PUBLIC_V6]),
        ("both.test", [PUBLIC, OTHER, PUBLIC_V6]),
        ("alias.test", [PUBLIC]),
        (f"{'x' * 60}.{'y' * 60}.test", [PUBLIC]),
    ],
)
def test_all_addresses_are_found_ipv4_first(host: str, addresses: Sequence[str]) -> None:
    with NameServer(SCRIPTS) as server:
        assert resolve(host, servers_of(server)) == addresses


def test_an_answer_that_is_too_long_is_fetched_over_tcp() -> None:
    with NameServer(SCRIPTS, over_tcp=LONG) as server:
        assert len(resolve("long.test", servers_of(server))) == 500


def test_a_server_that_fails_or_loses_a_question_is_asked_again() -> None:
    with NameServer(SCRIPTS) as server:
        assert resolve("patchy.test", servers_of(server)) == [PUBLIC]
        assert resolve("lossy.test", servers_of(server), budget_s=1.0) == [PUBLIC]


def test_the_next_server_is_asked_when_one_is_not_there() -> None:
    with NameServer(SCRIPTS) as server, NameServer({"one.test": lambda _: Say(silent=True)}) as silent:
        gone = NameServer({})
        gone.__enter__()
        gone.__exit__(None, None, None)
        assert resolve("one.test", servers_of(server, gone.server, silent.server), budget_s=3.0) == [PUBLIC]


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("unknown.test", "there is no such name"),
        ("none.test", "the name has no address"),
        ("silent.test", "no name server could resolve the name"),
    ],
)
def test_a_name_without_an_address_is_not_found(host: str, why: str) -> None:
    with NameServer(SCRIPTS) as server, pytest.raises(HostNotFound, match=why):
        resolve(host, servers_of(server), budget_s=0.2)


def test_each_server_is_asked_twice_within_the_budget() -> None:
    with NameServer(SCRIPTS) as first, NameServer(SCRIPTS) as second, NameServer(SCRIPTS) as third:
        with pytest.raises(HostNotFound):
            resolve("silent.test", servers_of(first, second.server, third.server), budget_s=0.9)
        assert sum(server.asked["silent.test", dns.A, "udp"] for server in (first, second, third)) == 6


def test_what_the_administrator_wrote_down_comes_first() -> None:
    names = NameServers((), {"one.test": (ip_address(OTHER),), "inside.test": (ip_address("10.0.0.1"),)})
    assert resolve("one.test", names) == [OTHER]
    with pytest.raises(TargetRefused):
        resolve("inside.test", names)


def test_localhost_is_loopback_whoever_says_otherwise() -> None:
    names = NameServers((), {"localhost": (ip_address(PUBLIC),)})
    assert resolve("a.localhost", names, Rules(allow_private=True)) == ["127.0.0.1", "::1"]
    with pytest.raises(TargetRefused):
        resolve("localhost", names)


def test_the_own_machine_is_known_by_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("127.0.0.2"))
    monkeypatch.setattr(resolver, "is_own", lambda address: str(address) == PUBLIC)
    names = NameServers((), {"own.test": (ip_address(OTHER), ip_address(f"::ffff:{PUBLIC}"))})
    with pytest.raises(TargetRefused, match="machine that leadloop runs on"):
        resolve("own.test", names)
    assert len(resolve("own.test", names, Rules(allow_private=True))) == 2


def test_the_files_of_the_system_are_read() -> None:
    text = (
        "# nameserver 1.1.1.1\nsearch a.test\nnameserver 10.0.0.2\n nameserver fe80::1%eth0 \nnameserver\noptions x\n"
    )
    assert servers_in(text) == (("10.0.0.2", 53), ("fe80::1%eth0", 53))
    assert len(servers_in("nameserver 10.0.0.2\n" * 9)) == 3
    assert servers_in("") == (("127.0.0.1", 53),)
    hosts = hosts_in("127.0.0.1 localhost # one\n\n::1 LocalHost x.test\nx y z\n#8.8.8.8 a.test\n")
    assert hosts == {"localhost": (ip_address("127.0.0.1"), ip_address("::1")), "x.test": (ip_address("::1"),)}
    assert system_names().servers


@given(
    message=st.binary(max_size=300), spoiled=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=8)
)
def test_no_message_is_an_answer_by_chance(message: bytes, spoiled: list[tuple[int, int]]) -> None:
    """Whatever a name server sends is read without a failure."""
    query = dns.encode_query("one.test", dns.A, 4_711)
    assert dns.decode_answer(message, query) is None or message[:2] == query[:2]
    reply = bytearray(query[:2] + b"\x81\x80\0\1\0\2\0\0\0\0" + query[12:] + _RECORDS)
    for at, byte in spoiled:
        reply[at % len(reply)] = byte
    answer = dns.decode_answer(bytes(reply), query)
    addresses: Sequence[IpAddress] = answer.addresses if answer else ()
    assert all(address.version == 4 for address in addresses)


_RECORDS = b"\xc0\x0c\0\5\0\1\0\0\0\0\0\x04\1b\xc0\x10" + b"\1b\xc0\x10\0\1\0\1\0\0\0\0\0\4\x08\x08\x08\x08"

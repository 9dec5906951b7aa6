"""Hostile targets: nothing is ever sent to where webhooks may not go, however the way there is written or found.

A canary listens on loopback and must not see a single connection; the controls show that it would. Whatever passed by
mistake to another machine is stopped at the last moment and reported, so that no test reaches beyond loopback.
"""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import ClientSession

from leadloop.egress.addresses import Rules, TargetRefused
from leadloop.egress.connections import TRACE, AddressInfo, ConnectionTrace, Connector
from leadloop.egress.exchange import OutgoingRequest, tls_context
from leadloop.egress.repeating import Attempt, RepeatingSender
from leadloop.egress.resolver import Resolver
from leadloop.egress.system_dns import NameServers
from leadloop.egress.target import judge_url
from tests.support.receivers.behaviours import reply, says
from tests.support.receivers.canary import Canary
from tests.support.receivers.hostile import HOSTILE
from tests.support.receivers.name_server import NameServer, Record, Say, Script, always, in_turn
from tests.support.receivers.zoo import Animal, Expected, Zoo

STRICT = Rules(allow_http=True)
OPEN = Rules(allow_http=True, allow_private=True)
FRIEND = "127.0.0.2"
"""Represents a public address: the only one that `FRIENDLY` permits. The canary is on 127.0.0.1."""
FRIENDLY = Rules(allow_http=True, allowed=(ip_network(FRIEND),))
TARGETS = [(trick, url) for trick, urls in HOSTILE.items() for url in urls]
KINDS = {
    "numbers": {"number", "address", "host"},
    "IPv6": {"number", "address", "host"},
    "IPv4 ranges": {"address"},
    "mapped IPv4 ranges": {"address"},
    "translated IPv4 ranges": {"address"},
    "names": {"name", "address", "host"},
    "ports": {"port"},
}
"""The expected error of each trick, where it is the same everywhere."""

ROUNDS = 200
"""Of flips, each on a connection of its own."""


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as canary:
        yield canary


@pytest.fixture(autouse=True)
def escaped(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Addresses of other machines that were about to be connected."""
    connected: list[str] = []
    judged = Connector.open_socket

    def open_socket(self: Connector, info: AddressInfo) -> socket.socket:
        opened = judged(self, info)
        if not ip_address(info[4][0]).is_loopback:
            opened.close()
            connected.append(info[4][0])
            raise OSError("no test reaches beyond loopback")
        return opened

    monkeypatch.setattr(Connector, "open_socket", open_socket)
    yield connected
    assert connected == []


def attempts(
    urls: Sequence[str], rules: Rules, server: NameServer | None = None, budget_s: float = 10.0
) -> list[Attempt]:
    """One at each, one after the other, all for one endpoint."""

    async def run() -> list[Attempt]:
        names = NameServers((server.server,) if server else (), {})
        sender = RepeatingSender(Resolver(rules, lambda: names, budget_s))
        results = [await sender.send(OutgoingRequest("one", url, {}, b"{}")) for url in urls]
        await sender.close()
        return results

    return asyncio.run(run())


def test_there_are_enough_targets() -> None:
    assert len(set(TARGETS)) == len(TARGETS) >= 500


@pytest.mark.parametrize("trick", HOSTILE)
def test_no_target_of_the_table_is_reached(trick: str, canary: Canary) -> None:
    """Each is refused before any name is looked up: there is no name server."""
    port = canary.ports[0]
    urls = [url.replace("{port}", str(port)) for url in HOSTILE[trick]]
    for url, attempt in zip(urls, attempts(urls, STRICT), strict=True):
        assert (attempt.error, attempt.status, attempt.remote) == ("blocked", None, None), url
    assert canary.seen() == 0


@pytest.mark.parametrize("trick", KINDS)
def test_each_target_is_refused_for_its_trick(trick: str) -> None:
    for url in HOSTILE[trick]:
        with pytest.raises(TargetRefused) as refused:
            judge_url(url.replace("{port}", "45678"), STRICT)
        assert refused.value.kind in KINDS[trick], url
        assert refused.value.problem.text.startswith("must ")


def test_control_the_canary_sees_who_may_reach_it(canary: Canary) -> None:
    urls = [f"http://{host}:{port}/" for host in ("127.0.0.1", "localhost") for port in canary.ports]
    results = attempts(urls, OPEN)
    assert {attempt.remote for attempt in results} == {"127.0.0.1"}
    assert canary.seen() >= len(urls)


def test_control_the_canary_sees_who_trusts_the_c_library(canary: Canary) -> None:
    """Many of the odd spellings really lead to loopback."""
    reached = []
    for host in (url.removeprefix("http://").removesuffix(":{port}/hook").strip("[]") for url in HOSTILE["numbers"]):
        try:
            address = socket.getaddrinfo(host, canary.ports[0], type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[
                0
            ][4]
        except (OSError, UnicodeError):
            continue
        if address[0] in ("127.0.0.1", "0.0.0.0"):
            with socket.create_connection((address[0], address[1])):
                reached.append(host)
    assert len(reached) >= 20
    assert canary.seen() == len(reached)


def test_a_literal_address_is_judged_where_no_name_is_looked_up(canary: Canary) -> None:
    """By the connections themselves: aiohttp asks no resolver about it."""

    async def run() -> None:
        async with ClientSession(connector=Connector(Resolver(STRICT), tls_context(), 4.0, 65_536)) as session:
            TRACE.set(ConnectionTrace())
            for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"):
                with pytest.raises(TargetRefused):
                    await session.post(f"http://{host}:{canary.ports[0]}/")

    asyncio.run(run())
    assert canary.seen() == 0


REFUSED_ANSWERS: dict[str, Script] = {
    "loopback.test": always("127.0.0.1"),
    "loopback6.test": always("::1"),
    "private.test": always("10.0.0.1"),
    "private6.test": always("fd00::1"),
    "link-local.test": always("169.254.169.254"),
    "mapped.test": always("::ffff:127.0.0.1"),
    "nat64.test": always("64:ff9b::7f00:1"),
    "6to4.test": always("2002:7f00:1::"),
    "zero.test": always("0.0.0.0"),
    "mixed.test": always(FRIEND, "127.0.0.1"),
    "mixed-the-other-way.test": always("127.0.0.1", FRIEND),
    "mixed6.test": always(FRIEND, "::1"),
    "one-in-many.test": always(*[FRIEND] * 20, "127.0.0.1"),
    "alias.test": lambda _: Say([Record("inner.test"), Record("127.0.0.1", "inner.test")]),
    "aliases.test": lambda _: Say(
        [Record("c.test", "b.test"), Record("127.0.0.1", "c.test"), Record("b.test"), Record(FRIEND)]
    ),
}
UNKNOWN_ANSWERS: dict[str, Script] = {
    "nothing.test": lambda _: Say(),
    "silent.test": lambda _: Say(silent=True),
    "failing.test": lambda _: Say(code=2),
    "refusing.test": lambda _: Say(code=5),
    "another-name.test": lambda _: Say([Record("127.0.0.1", "localhost.test")]),
    "no-alias.test": lambda _: Say([Record("127.0.0.1", "inner.test")]),
    "alias-to-itself.test": lambda _: Say([Record("alias-to-itself.test")]),
    "another-number.test": lambda _: Say([Record("127.0.0.1")], spoil=lambda said: b"\0\0" + said[2:]),
    "no-answer-but-a-question.test": lambda _: Say(
        [Record("127.0.0.1")], spoil=lambda said: said[:2] + b"\1" + said[3:]
    ),
    "another-question.test": lambda _: Say(
        [Record("127.0.0.1")], spoil=lambda said: said.replace(b"another", b"anotter")
    ),
    "cut.test": lambda _: Say([Record("127.0.0.1")], spoil=lambda said: said[:-2]),
    "empty.test": lambda _: Say(spoil=lambda said: b""),
    "noise.test": lambda _: Say(spoil=lambda said: said[:12] + b"\xff" * 500),
    "circle.test": lambda _: Say([Record("127.0.0.1")], spoil=lambda said: said.replace(b"\xc0\x0c", b"\xc0\x1d")),
    "long-record.test": lambda _: Say([Record("127.0.0.1")], spoil=lambda said: said[:-5] + b"\xff" + said[-4:]),
    "short-record.test": lambda _: Say([Record("127.0.0.1")], spoil=lambda said: said[:-5] + b"\x03" + said[-4:]),
}


@pytest.mark.parametrize(
    ("answers", "error", "budget_s"), [(REFUSED_ANSWERS, "blocked", 10.0), (UNKNOWN_ANSWERS, "dns", 0.2)]
)
def test_no_name_leads_to_the_canary(answers: dict[str, Script], error: str, budget_s: float, canary: Canary) -> None:
    urls = [f"http://{name}:{canary.ports[0]}/" for name in answers]
    with NameServer(answers) as server:
        for url, attempt in zip(urls, attempts(urls, FRIENDLY, server, budget_s), strict=True):
            assert (attempt.error, attempt.remote) == (error, None), url
    assert canary.seen() == 0


def test_the_answer_over_tcp_is_judged_as_well(canary: Canary) -> None:
    def cut_off(_: int) -> Say:
        return Say([Record(FRIEND)], truncated=True)

    with NameServer({"long.test": cut_off}, over_tcp={"long.test": always("127.0.0.1")}) as server:
        [attempt] = attempts([f"http://long.test:{canary.ports[0]}/"], FRIENDLY, server)
        assert server.asked["long.test", 1, "tcp"] == 1
    assert (attempt.error, canary.seen()) == ("blocked", 0)


@pytest.fixture
def friend() -> Iterator[Zoo]:
    """A receiver at the friend's address, which needs a new connection for each request."""
    with Zoo([Animal("friend", says(reply(200, b"ok", "Connection: close")), Expected(200))], host=FRIEND) as zoo:
        yield zoo


FLIPS: dict[str, Script] = {
    "flip.test": in_turn(FRIEND, "127.0.0.1"),
    "flop.test": in_turn("127.0.0.1", FRIEND),
    "late.test": in_turn(FRIEND, FRIEND, FRIEND, "127.0.0.1"),
    "growing.test": lambda n: Say([Record(FRIEND), Record("127.0.0.1")][: 1 + n % 2]),
}


@pytest.mark.parametrize("name", FLIPS)
def test_a_name_that_flips_never_leads_to_the_canary(name: str, friend: Zoo) -> None:
    """Rebinding: each attempt goes to the address that was judged for it, or nowhere. The canary has the same port."""
    port = friend.ports["friend"]
    with NameServer(FLIPS) as server, Canary(port) as canary:
        results = attempts([f"http://{name}:{port}/"] * ROUNDS, FRIENDLY, server)
        assert server.asked[name, 1, "udp"] == ROUNDS
        assert canary.seen() == 0
    ends = {(attempt.error, attempt.status, attempt.remote) for attempt in results}
    assert ends == {(None, 200, FRIEND), ("blocked", None, None)}


def test_control_the_canary_sees_who_judges_and_then_looks_again(friend: Zoo) -> None:
    port = friend.ports["friend"]
    with NameServer(FLIPS) as server, Canary(port) as canary:
        asyncio.run(_judge_then_look_again(server, port))
        assert canary.seen() == 1


async def _judge_then_look_again(server: NameServer, port: int) -> None:
    """A naive sender: it checks a name and then lets its library connect."""
    names = NameServers((server.server,), {})
    await Resolver(FRIENDLY, lambda: names).addresses("flip.test")
    [address] = await Resolver(OPEN, lambda: names).addresses("flip.test")
    _, writer = await asyncio.open_connection(str(address), port)
    writer.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_leads_to_the_canary(status: int, canary: Canary) -> None:
    port = canary.ports[0]
    places = (f"http://127.0.0.1:{port}/", f"//127.0.0.1:{port}/", f"http://localhost:{port}/", "/again", "file:///x")
    fields = ("Location: {}", "Refresh: 0; url={}", "Alt-Svc: h2={}", "Content-Location: {}", "Link: <{}>; rel=next")
    with Zoo([_redirect(status, field.format(place)) for field in fields for place in places], host=FRIEND) as zoo:
        urls = [f"http://{FRIEND}:{port}/" for port in zoo.ports.values()]
        assert {(attempt.status, attempt.remote) for attempt in attempts(urls, FRIENDLY)} == {(status, FRIEND)}
        assert all(len(requests) == 1 for requests in zoo.requests.values())
    assert canary.seen() == 0


def _redirect(status: int, field: str) -> Animal:
    return Animal(field, says(reply(status, b"", field)), Expected(status))


def test_a_peer_that_is_not_the_judged_one_gets_nothing(friend: Zoo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever may turn a connection elsewhere: it is closed before a byte of the request is on it."""
    judged = Connector.open_socket
    with Zoo([Animal("stranger", says(reply(200)), Expected(200))]) as zoo:

        class Turned(socket.socket):
            def connect(self, where: object) -> None:
                super().connect(("127.0.0.1", zoo.ports["stranger"]))

        def open_socket(self: Connector, info: AddressInfo) -> socket.socket:
            judged(self, info).close()
            return Turned(*info[:3])

        monkeypatch.setattr(Connector, "open_socket", open_socket)
        [attempt] = attempts([f"http://{FRIEND}:{friend.ports['friend']}/"], FRIENDLY)
        deadline = time.monotonic() + 10
        while not zoo.connections["stranger"] and time.monotonic() < deadline:
            time.sleep(0.01)
    assert (attempt.error, attempt.detail) == (
        "blocked",
        "the URL resolved to a different address than the one that was checked",
    )
    assert (zoo.connections["stranger"], zoo.requests["stranger"]) == (1, [])

"""Which requests are sent, and on which connection."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from leadloop.egress.addresses import Rules
from leadloop.egress.connections import AddressInfo, Connector
from leadloop.egress.exchange import ExchangeLimits, OutgoingRequest, tls_context
from leadloop.egress.repeating import Attempt, RepeatingSender
from leadloop.egress.resolver import Resolver
from leadloop.egress.response import text_of
from leadloop.egress.system_dns import NameServers
from tests.support.receivers.behaviours import closes_its_open_connection, reply, resets_at_once, says, secured
from tests.support.receivers.canary import Canary
from tests.support.receivers.certificates import Authority
from tests.support.receivers.zoo import NAME, Animal, Expected, Visit, Zoo

OPEN = Rules(allow_http=True, allow_private=True)
HERE, ELSEWHERE = ip_address("127.0.0.1"), ip_address("127.0.0.3")
NAMES = NameServers((), {NAME: (HERE,), "two.test": (ELSEWHERE, HERE)})
PLAIN = Animal("plain", says(reply(200, b"ok")), Expected())
SECURE = Animal("secure", says(reply(200, b"ok", "Set-Cookie: a=b; Path=/")), Expected(), secured(NAME), True)
CLOSING = Animal("closing", closes_its_open_connection, Expected())
RESETTING = Animal("resetting", resets_at_once, Expected())
SILENT = Animal("silent", None, Expected(), None, True)
BODY = '{"name":"Ação"}'.encode()
FIELDS = {"Content-Type": "application/json", "webhook-id": "evt_1", "User-Agent": "leadloop/1"}

Run = Callable[[Callable[[RepeatingSender], Coroutine[Any, Any, list[Attempt]]]], list[Attempt]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def zoo(authority: Authority) -> Iterator[Zoo]:
    with Zoo(
        [PLAIN, SECURE, CLOSING, RESETTING, SILENT, Animal("counting", _counts, Expected())], authority
    ) as running:
        yield running


@pytest.fixture(params=["asyncio", "uvloop"])
def run(authority: Authority, request: pytest.FixtureRequest) -> Run:
    """Runs one piece of sending with a sender of its own."""
    tls = tls_context()
    tls.load_verify_locations(cadata=authority.pem)
    loop = asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop

    def run(sending: Callable[[RepeatingSender], Coroutine[Any, Any, list[Attempt]]]) -> list[Attempt]:
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(_closing(sending, tls))

    return run


async def _closing(
    sending: Callable[[RepeatingSender], Coroutine[Any, Any, list[Attempt]]], tls: ssl.SSLContext
) -> list[Attempt]:
    sender = RepeatingSender(Resolver(OPEN, lambda: NAMES), tls, ExchangeLimits(idle_s=60.0, idle_sessions=2))
    try:
        return await sending(sender)
    finally:
        await sender.close()


async def _counts(visit: Visit) -> None:
    """Answers with the number of requests on this connection."""
    count = 0
    while True:
        await visit.request()
        count += 1
        await visit.say(reply(200, str(count).encode()))


def one_by_one(
    url: str, *endpoints: str, fields: dict[str, str] = FIELDS
) -> Callable[[RepeatingSender], Coroutine[Any, Any, list[Attempt]]]:
    async def sending(sender: RepeatingSender) -> list[Attempt]:
        return [await sender.send(OutgoingRequest(endpoint, url, fields, BODY)) for endpoint in endpoints]

    return sending


def head_of(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return {"": lines[0], **dict(line.lower().split(": ", 1) for line in lines[1:])}


def test_the_bytes_given_are_the_bytes_sent(zoo: Zoo, run: Run) -> None:
    [attempt] = run(one_by_one(zoo.url(PLAIN, "/a/%2e%2E/b//c;d?e=f&g=%20+{h}"), "one"))
    [request] = zoo.requests["plain"]
    assert (attempt.status, attempt.remote, attempt.answer) == (200, "127.0.0.1", "ok")
    assert attempt.started_at_ms > 1_600_000_000_000 and attempt.duration_ms >= 0
    assert request.partition(b"\r\n\r\n")[2] == BODY
    assert head_of(request) == {
        "": "POST /a/%2e%2E/b//c;d?e=f&g=%20+{h} HTTP/1.1",
        "host": f"127.0.0.1:{zoo.ports['plain']}",
        "content-type": "application/json",
        "webhook-id": "evt_1",
        "user-agent": "leadloop/1",
        "accept-encoding": "identity",
        "content-length": str(len(BODY)),
    }


def test_the_host_is_the_name_over_tls(zoo: Zoo, run: Run) -> None:
    [attempt] = run(one_by_one(zoo.url(SECURE), "one"))
    assert (attempt.status, attempt.error, attempt.remote) == (200, None, "127.0.0.1")
    assert head_of(zoo.requests["secure"][0])["host"] == f"{NAME}:{zoo.ports['secure']}"


def test_an_ipv6_address_is_the_host_in_brackets(run: Run) -> None:
    try:
        zoo = Zoo([PLAIN], host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    with zoo:
        [attempt] = run(one_by_one(zoo.url(PLAIN), "one"))
    assert (attempt.status, attempt.remote) == (200, "::1")
    assert head_of(zoo.requests["plain"][0])["host"] == f"[::1]:{zoo.ports['plain']}"


def test_the_next_address_is_tried_when_the_first_refuses(zoo: Zoo, run: Run) -> None:
    [attempt] = run(one_by_one(f"http://two.test:{zoo.ports['plain']}/", "one"))
    assert (attempt.status, attempt.remote) == (200, "127.0.0.1")


def test_connecting_has_a_limit_of_its_own(zoo: Zoo) -> None:
    async def sending() -> Attempt:
        sender = RepeatingSender(Resolver(OPEN, lambda: NAMES), limits=ExchangeLimits(connect_s=0.2))
        attempt = await sender.send(OutgoingRequest("one", zoo.url(SILENT), {}, BODY))
        await sender.close()
        return attempt

    attempt = asyncio.run(sending())
    assert (attempt.status, attempt.error, attempt.detail) == (None, "timeout", "the connection timed out")


def test_fields_of_the_connection_and_what_is_no_field_are_left_out(zoo: Zoo, run: Run) -> None:
    fields = {
        **{"Host": "evil.test", "content-length": "1", "Transfer-Encoding": "chunked", "Connection": "upgrade"},
        **{"Cookie": "a=b", "Accept-Encoding": "gzip", "Expect": "100-continue", "Upgrade": "h2c", "TE": "trailers"},
        **{"X-Broken": "a\r\nX-Injected: b", "X-Nul": "a\0b", "X Y": "z", "": "x", "X:Y": "z", "Ünicode": "x"},
        **{"X-Fine": "a\tb c", "X-Wide": "ç"},
    }
    run(one_by_one(zoo.url(PLAIN), "one", fields=fields))
    head = head_of(zoo.requests["plain"][0])
    assert set(head) == {"", "host", "content-length", "accept-encoding", "x-fine", "x-wide"}
    assert (head["accept-encoding"], head["x-fine"]) == ("identity", "a\tb c")
    assert zoo.requests["plain"][0].endswith(BODY)


def test_no_cookie_comes_back(zoo: Zoo, run: Run) -> None:
    """Of a name, since no library takes cookies of an address."""
    run(one_by_one(zoo.url(SECURE), "one", "one"))
    assert ["cookie" in head_of(request) for request in zoo.requests["secure"]] == [False, False]


def test_no_proxy_and_no_password_is_taken_from_the_environment(
    zoo: Zoo, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\ndefault login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Canary() as canary:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.ports[0]}")
        attempts = run(one_by_one(zoo.url(PLAIN), "one")) + run(one_by_one(zoo.url(SECURE), "one"))
        assert canary.seen() == 0
    assert [attempt.status for attempt in attempts] == [200, 200]
    assert "authorization" not in head_of(zoo.requests["plain"][0])


def test_an_endpoint_goes_on_using_its_connection(zoo: Zoo, run: Run) -> None:
    counting = zoo.url(Animal("counting", None, Expected()))
    attempts = run(one_by_one(counting, "one", "one", "one"))
    assert [attempt.answer for attempt in attempts] == ["1", "2", "3"]
    assert {attempt.remote for attempt in attempts} == {"127.0.0.1"}


def test_no_connection_serves_two_endpoints(zoo: Zoo, run: Run) -> None:
    counting = zoo.url(Animal("counting", None, Expected()))
    attempts = run(one_by_one(counting, "one", "two", "one", "two"))
    assert [attempt.answer for attempt in attempts] == ["1", "1", "2", "2"]


def test_connections_are_kept_for_the_last_endpoints_only(zoo: Zoo, run: Run) -> None:
    """For two of them, here."""
    counting = zoo.url(Animal("counting", None, Expected()))
    attempts = run(one_by_one(counting, "one", "two", "three", "two", "one"))
    assert [attempt.answer for attempt in attempts] == ["1", "1", "1", "2", "1"]


def test_a_connection_that_is_just_being_closed_costs_no_attempt(zoo: Zoo, run: Run) -> None:
    attempts = run(one_by_one(zoo.url(CLOSING), "one", "one", "one"))
    assert [(attempt.status, attempt.error) for attempt in attempts] == [(200, None)] * 3
    assert (zoo.connections["closing"], len(zoo.requests["closing"])) == (3, 3)


def test_a_new_connection_that_is_reset_is_not_tried_again(zoo: Zoo, run: Run) -> None:
    [attempt] = run(one_by_one(zoo.url(RESETTING), "one"))
    assert (attempt.error, zoo.connections["resetting"]) == ("reset", 1)


def test_no_socket_is_left_with_a_descriptor_that_is_not_its_own(
    zoo: Zoo, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver that resets at once must not get any other file closed: see `Connector`."""
    opened: list[socket.socket] = []
    judged = Connector.open_socket

    def open_socket(self: Connector, info: AddressInfo) -> socket.socket:
        opened.append(judged(self, info))
        return opened[-1]

    monkeypatch.setattr(Connector, "open_socket", open_socket)
    url = f"https://{NAME}:{zoo.ports['resetting']}/"
    assert {attempt.error for attempt in run(one_by_one(url, *["one"] * 200))} == {"reset"}
    assert {opened_socket.fileno() for opened_socket in opened} == {-1} and len(opened) == 200


def test_a_refused_connection_is_reported_in_a_few_words(zoo: Zoo, run: Run) -> None:
    with Canary() as canary:
        port = canary.ports[0]
    [attempt] = run(one_by_one(f"http://127.0.0.1:{port}/", "one"))
    assert (attempt.status, attempt.error, attempt.remote) == (None, "connect", None)
    assert attempt.detail and "127.0.0.1" not in attempt.detail
    [attempt] = run(one_by_one("http://", "one"))
    assert (attempt.error, attempt.detail) == (
        "blocked",
        "the URL must name its host in letters, digits, hyphens and single dots",
    )


@given(body=st.binary(max_size=64) | st.text(max_size=32).map(str.encode), limit=st.integers(0, 40))
def test_the_kept_text_fits_any_store(body: bytes, limit: int) -> None:
    text = text_of(body, limit)
    assert len(text.encode()) <= limit and "\0" not in text
    if len(body) <= limit and b"\0" not in body and body.decode("utf-8", "ignore").encode() == body:
        assert text == body.decode()

"""A one-shot request reaches its receiver at most once: a server breaks the connection at every point, and counts."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from ipaddress import ip_address
from itertools import product
from typing import Any, NamedTuple, TypeVar, get_args

import aiohttp
import pytest
import uvloop

from leadloop.egress.addresses import Rules
from leadloop.egress.exchange import ExchangeLimits, Method, OutgoingRequest, tls_context
from leadloop.egress.one_shot import OneShotResult, OneShotSender
from leadloop.egress.repeating import RepeatingSender
from leadloop.egress.resolver import Resolver
from leadloop.egress.system_dns import NameServers
from tests.support.receivers.behaviours import closes_after_the_request, reply, says, says_nothing, secured
from tests.support.receivers.canary import Canary
from tests.support.receivers.certificates import Authority
from tests.support.receivers.counting import CountingServer, Ending, Point
from tests.support.receivers.zoo import NAME, Animal, Expected, Zoo

T = TypeVar("T")

OPEN = Rules(allow_http=True, allow_private=True)
NAMES = NameServers((("127.0.0.1", 9),), {NAME: (ip_address("127.0.0.1"),)})
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
METHODS: tuple[Method, ...] = get_args(Method)
SMALL, LARGE = b"x" * 100, b"x" * 1_000_000
"""The large one exceeds the buffers of the sockets, so that its connection breaks while it is written."""
ENOUGH_S = 60.0


class Case(NamedTuple):
    method: Method
    point: Point
    ending: Ending
    reused: bool
    """Whether the connection has carried another request, which was answered."""

    @property
    def body(self) -> bytes:
        return b"" if self.method == "GET" else LARGE if self.point == "in the body" else SMALL


def is_possible(case: Case) -> bool:
    return not (case.method == "GET" and case.point == "in the body") and not (case.point == "before" and case.reused)


CASES = list(filter(is_possible, map(Case._make, product(METHODS, get_args(Point), get_args(Ending), (False, True)))))

PROMPT = Animal("prompt", says(reply(201, b'{"id":7}', "X-Id: 7")), Expected())
LONG = Animal("long", says(reply(200, b"y" * 20_000)), Expected())
SILENT = Animal("silent", says_nothing, Expected())
GARBLED = Animal("garbled", says(b"SSH-2.0-OpenSSH_9.2\r\n"), Expected())
MOVED = Animal("moved", says(reply(307, b"", "Location: /elsewhere")), Expected())
SECURE = Animal("secure", closes_after_the_request, Expected(), secured(NAME), True)
UNTRUSTED = Animal("untrusted", says(reply(200)), Expected(), secured("other.test"), True)
DEAF = Animal("deaf", None, Expected(), None, True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def zoo(authority: Authority) -> Iterator[Zoo]:
    with Zoo([PROMPT, LONG, SILENT, GARBLED, MOVED, SECURE, UNTRUSTED, DEAF], authority) as zoo:
        yield zoo


def run(send: Callable[[OneShotSender], Coroutine[Any, Any, T]], tls: ssl.SSLContext | None = None) -> T:
    async def sending() -> T:
        sender = OneShotSender(Resolver(OPEN, lambda: NAMES), tls, ExchangeLimits(connect_s=5.0))
        try:
            return await send(sender)
        finally:
            await sender.close()

    return asyncio.run(sending())


def send(request: OutgoingRequest, tls: ssl.SSLContext | None = None) -> OneShotResult:
    return run(lambda sender: sender.send(request), tls)


async def send_case(case: Case, url: str) -> list[OneShotResult]:
    """The results of the requests on one connection; the last one is the one that breaks."""
    sender = OneShotSender(Resolver(OPEN, lambda: NAMES))
    try:
        requests = [OutgoingRequest("key", url, {}, SMALL, ENOUGH_S)] * case.reused
        requests.append(OutgoingRequest("key", url, {}, case.body, ENOUGH_S, case.method))
        return [await sender.send(request) for request in requests]
    finally:
        await sender.close()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_a_request_is_never_sent_twice(case: Case, loop: str) -> None:
    with CountingServer(case.point, case.ending, case.reused) as server, asyncio.Runner(loop_factory=LOOPS[loop]) as on:
        *first, result = on.run(send_case(case, server.url))
    assert (server.connections, server.requests) == (1, case.point != "before")
    assert [answered.body for answered in first] == [b"first"] * case.reused
    assert result.failure is not None and result.failure.error in ("reset", "connect")
    assert result.failure.may_have_arrived or case.point == "before"
    assert result.status is None or case.point == "in the response"


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("reused", [False, True])
def test_the_server_counts_what_aiohttp_repeats_by_itself(method: Method, reused: bool) -> None:
    async def sending(url: str) -> None:
        async with aiohttp.ClientSession() as session:
            if reused:
                async with session.post(url, data=SMALL) as answer:
                    await answer.read()
            with suppress(aiohttp.ClientError):
                await session.request(method, url, data=SMALL)

    with CountingServer("after", "close", reused) as server:
        asyncio.run(sending(server.url))
    assert (server.connections, server.requests) == (2, 1 if reused else 2)


def test_the_repeating_exchange_repeats_on_a_reused_connection_and_only_once() -> None:
    async def sending(url: str) -> list[int | None]:
        sender = RepeatingSender(Resolver(OPEN, lambda: NAMES))
        requests = [OutgoingRequest("key", url, {}, SMALL, ENOUGH_S, method) for method in ("POST", "PUT")]
        statuses = [(await sender.send(request)).status for request in requests]
        await sender.close()
        return statuses

    with CountingServer("after", "close", True) as server:
        assert asyncio.run(sending(server.url)) == [200, 200]
    assert (server.connections, server.requests) == (2, 1)


def test_over_tls_a_request_is_not_sent_twice_either(zoo: Zoo, authority: Authority) -> None:
    tls = tls_context()
    tls.load_verify_locations(cadata=authority.pem)
    for method in METHODS:
        result = send(OutgoingRequest(None, zoo.url(SECURE), {}, SMALL, ENOUGH_S, method), tls)
        assert result.failure is not None and result.failure.may_have_arrived
    assert (zoo.connections["secure"], len(zoo.requests["secure"])) == (len(METHODS), len(METHODS))


@pytest.mark.parametrize("method", METHODS)
def test_the_response_has_status_headers_and_body(zoo: Zoo, method: Method) -> None:
    body = b"" if method == "GET" else SMALL
    result = send(OutgoingRequest("key", zoo.url(PROMPT, "/a?b=c"), {"X-Token": "t"}, body, ENOUGH_S, method))
    assert (result.status, result.headers["x-id"], result.body, result.failure) == (201, "7", b'{"id":7}', None)
    assert result.remote == "127.0.0.1" and result.started_at_ms > 1_600_000_000_000 and result.duration_ms >= 0
    [request] = zoo.requests["prompt"]
    assert request.startswith(f"{method} /a?b=c HTTP/1.1\r\n".encode()) and request.endswith(b"\r\n\r\n" + body)
    assert b"X-Token: t\r\n" in request and (b"Content-Length" in request) == (method != "GET")


def test_a_redirect_is_an_answer_like_any_other(zoo: Zoo) -> None:
    result = send(OutgoingRequest("key", zoo.url(MOVED), {}, SMALL, ENOUGH_S))
    assert (result.status, result.headers["location"], result.failure) == (307, "/elsewhere", None)
    assert len(zoo.requests["moved"]) == 1


def test_a_key_shares_its_connection_and_no_key_shares_none(zoo: Zoo) -> None:
    async def sending(sender: OneShotSender) -> list[int]:
        counts = []
        for key in ("key", "key", None, None):
            await sender.send(OutgoingRequest(key, zoo.url(PROMPT), {}, SMALL, ENOUGH_S))
            counts.append(zoo.connections["prompt"])
        return counts

    assert run(sending) == [1, 1, 2, 3]


def test_a_failure_before_the_request_says_that_it_was_not_sent(zoo: Zoo) -> None:
    with Canary() as canary:
        closed = f"http://127.0.0.1:{canary.ports[0]}/"
    failures = {
        "blocked": "http://169.254.169.254/",
        "dns": "http://missing.test/",
        "connect": closed,
        "tls": zoo.url(UNTRUSTED),
    }
    for error, url in failures.items():
        result = send(OutgoingRequest("key", url, {}, SMALL, ENOUGH_S))
        assert result.failure is not None
        assert (result.status, result.failure.error, result.failure.may_have_arrived) == (None, error, False)
    result = send(OutgoingRequest("key", zoo.url(DEAF), {}, SMALL, 0.5))
    assert result.failure is not None
    assert (result.failure.error, result.failure.may_have_arrived) == ("timeout", False)


def test_a_failure_after_the_request_says_that_it_may_have_arrived(zoo: Zoo) -> None:
    for animal, error, timeout_s in ((SILENT, "timeout", 1.0), (GARBLED, "http", ENOUGH_S)):
        result = send(OutgoingRequest("key", zoo.url(animal), {}, SMALL, timeout_s))
        assert result.failure is not None and result.status is None
        assert (result.failure.error, result.failure.may_have_arrived) == (error, True)


def test_a_long_response_is_cut_and_its_status_kept(zoo: Zoo) -> None:
    result = send(OutgoingRequest("key", zoo.url(LONG), {}, SMALL, ENOUGH_S))
    assert result.failure is not None
    assert (result.status, result.failure.error, result.failure.may_have_arrived) == (200, "body_limit", True)
    assert result.body == b"y" * ExchangeLimits().read_bytes

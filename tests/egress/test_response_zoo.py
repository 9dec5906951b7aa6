"""One attempt at each animal of the zoo: every way in which a receiver behaves comes out as the table says."""

import asyncio
import ssl
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
import uvloop

from leadloop.egress.addresses import Rules
from leadloop.egress.exchange import ExchangeLimits, OutgoingRequest, tls_context
from leadloop.egress.repeating import Attempt, RepeatingSender
from leadloop.egress.resolver import Resolver
from leadloop.egress.system_dns import NameServers
from tests.support.receivers.animals import ANIMALS, SLOW
from tests.support.receivers.certificates import Authority
from tests.support.receivers.zoo import NAME, Animal, Zoo

OPEN = Rules(allow_http=True, allow_private=True)
NAMES = NameServers(hosts={NAME: (ip_address("127.0.0.1"),)})
LIMITS = ExchangeLimits()
ENOUGH_S, SHORT_S = 20.0, 2.0
BODY = b'{"type":"lead.updated"}'
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def zoo(authority: Authority) -> Iterator[Zoo]:
    with Zoo(ANIMALS, authority) as running:
        yield running


@pytest.fixture(scope="module", params=LOOPS)
def attempts(zoo: Zoo, authority: Authority, request: pytest.FixtureRequest) -> dict[str, Attempt]:
    """One at each animal, all at once."""
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        return runner.run(_visit_all(zoo, authority))


async def _visit_all(zoo: Zoo, authority: Authority) -> dict[str, Attempt]:
    sender = RepeatingSender(Resolver(OPEN, lambda: NAMES), trusting(authority), LIMITS)
    results = await asyncio.gather(*(sender.send(request_to(zoo, animal)) for animal in ANIMALS))
    await sender.close()
    return {animal.name: attempt for animal, attempt in zip(ANIMALS, results, strict=True)}


def trusting(authority: Authority) -> ssl.SSLContext:
    context = tls_context()
    context.load_verify_locations(cadata=authority.pem)
    return context


def request_to(zoo: Zoo, animal: Animal) -> OutgoingRequest:
    timeout_s = SHORT_S if animal in SLOW else ENOUGH_S
    return OutgoingRequest(animal.name, zoo.url(animal), {"Content-Type": "application/json"}, BODY, timeout_s)


@pytest.mark.parametrize("animal", ANIMALS, ids=lambda animal: animal.name)
def test_an_attempt_ends_as_expected(animal: Animal, attempts: dict[str, Attempt]) -> None:
    expected, attempt = animal.expected, attempts[animal.name]
    assert (attempt.status, attempt.error) == (expected.status, expected.error)
    assert (attempt.error is None) == (attempt.detail is None)
    assert len(attempt.answer.encode()) <= LIMITS.stored_bytes
    if expected.answer is not None:
        assert attempt.answer == expected.answer
    if expected.retry_after_s is None:
        assert attempt.retry_after_s is None
    else:
        assert attempt.retry_after_s in expected.retry_after_s

"""What the tests of writing on terms share: each dialect in turn, and a key that may not read."""

from collections.abc import Iterator

import pytest

from tests.support.dialects import Face, face
from tests.support.server import Client, Leadloop
from tests.support.twins import Twin


@pytest.fixture(params=["expad", "leadsail"])
def one(client: Client, request: pytest.FixtureRequest) -> Face:
    """One dialect after the other, as one account's client uses it."""
    return face(client, request.param)


@pytest.fixture
def writer(client: Client, server: Leadloop) -> Iterator[Client]:
    """A key of the same account that may write and not read."""
    found = server.client(["leads:write"], client.account_id)
    yield found
    found.close()


@pytest.fixture(scope="session")
def twin(server: Leadloop) -> Iterator[Twin]:
    """A second process over the same database."""
    found = Twin(server)
    found.start()
    yield found
    assert found.stop() == 0


@pytest.fixture(params=["one process", "two processes"])
def processes(client: Client, twin: Twin, request: pytest.FixtureRequest) -> Iterator[list[Client]]:
    """One key, sent to one process or to two."""
    second = twin.of(client)
    yield [client, second][: 1 if request.param == "one process" else 2]
    second.close()

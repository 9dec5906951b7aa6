"""What behaviour tests share: each dialect in turn, a key that may not read, and a receiver of webhooks."""

from collections.abc import Iterator

import pytest

from lab.server import Client, Leadloop, running
from lab.webhooks import OPTIONS
from leadloop.core.keys import SCOPES
from tests.conftest import new_database
from tests.support.dialects import Face, face


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
def twin(server: Leadloop) -> Iterator[Leadloop]:
    """A second process over the same database."""
    with running(server.beside()) as found:
        yield found
    assert found.errors == []


@pytest.fixture(params=["one process", "two processes"])
def processes(client: Client, twin: Leadloop, request: pytest.FixtureRequest) -> Iterator[list[Client]]:
    """One key, sent to one process or to two."""
    second = client.at(twin)
    yield [client, second][: 1 if request.param == "one process" else 2]
    second.close()


@pytest.fixture(scope="session")
def sender(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Leadloop]:
    """A server that may send to loopback."""
    database = new_database(engine, tmp_path_factory.mktemp("sender"), request)
    with running(Leadloop(engine, database, options=OPTIONS)) as found:
        yield found
    assert found.errors == []


@pytest.fixture
def owner(sender: Leadloop) -> Iterator[Client]:
    found = sender.client(SCOPES)
    yield found
    found.close()

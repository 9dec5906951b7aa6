"""Fixtures of the behaviour tests: a client of each dialect, a write-only key, a second process, a webhook sender."""

from collections.abc import Iterator

import pytest

from lab.server import Client, Leadloop, running
from lab.webhooks import OPTIONS
from leadloop.core.keys import SCOPES
from tests.conftest import new_database
from tests.support.dialects import DialectClient, api_of


@pytest.fixture(params=["expad", "leadsail"])
def api(client: Client, request: pytest.FixtureRequest) -> DialectClient:
    """A client of each dialect: the test runs once with Expad and once with LeadSail."""
    return api_of(client, request.param)


@pytest.fixture
def writer(client: Client, server: Leadloop) -> Iterator[Client]:
    """A key of the same account that may write but not read."""
    writer = server.client(["leads:write"], client.account_id)
    yield writer
    writer.close()


@pytest.fixture(scope="session")
def twin(server: Leadloop) -> Iterator[Leadloop]:
    """A second process over the same database."""
    with running(server.beside()) as twin:
        yield twin
    assert twin.errors == []


@pytest.fixture(params=["one process", "two processes"])
def processes(client: Client, twin: Leadloop, request: pytest.FixtureRequest) -> Iterator[list[Client]]:
    """Clients with one key, for one process or for two."""
    second = client.at(twin)
    yield [client, second][: 1 if request.param == "one process" else 2]
    second.close()


@pytest.fixture(scope="session")
def sender(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Leadloop]:
    """A server that may send webhooks to loopback."""
    database = new_database(engine, tmp_path_factory.mktemp("sender"), request)
    with running(Leadloop(engine, database, options=OPTIONS)) as sender:
        yield sender
    assert sender.errors == []


@pytest.fixture
def owner(sender: Leadloop) -> Iterator[Client]:
    owner = sender.client(SCOPES)
    yield owner
    owner.close()

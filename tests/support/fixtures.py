"""The fixtures that tests share; tests/conftest.py imports them."""

from collections.abc import Iterator

import pytest

from lab import stores
from lab.postgres import PostgresServer
from lab.receiver import Receiver, receiving
from tests.support.distributed import Cluster


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run, or the cluster of `--distributed`. A test that stops or kills it must start it
    again; each test creates its own databases."""
    nodes = request.config.getoption("distributed")
    settings = {"autovacuum_naptime": "1d"}  # else it visits hundreds of databases each minute
    with Cluster(nodes.split(",")) if nodes else PostgresServer(settings) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> str:
    """The name of a template database with all tables and no rows. On a cluster it has no tables: a copy would exist on
    one node only, so each test migrates its database."""
    if isinstance(postgres_server, Cluster):
        return "template1"
    return stores.migrated_template(postgres_server)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiving() as receiver:
        yield receiver

"""The fixtures that tests share; tests/conftest.py imports them."""

import asyncio
from collections.abc import Iterator

import pytest

from lab.postgres import PostgresServer
from lab.receiver import Receiver, receiving
from lab.stores import open_database
from tests.support.distributed import Cluster


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run, or the cluster of `--distributed`. Who stops or kills it starts it again;
    databases are made per test."""
    nodes = request.config.getoption("distributed")
    settings = {"autovacuum_naptime": "1d"}  # else it visits hundreds of databases each minute
    with Cluster(nodes.split(",")) if nodes else PostgresServer(settings) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> str:
    """The name of a database with all tables and nothing in them, to be a template. On a cluster an empty one: a copy
    would be of one node, and who opens a database there migrates it."""
    if isinstance(postgres_server, Cluster):
        return "template1"
    name = "migrated"
    asyncio.run(_migrate(postgres_server.create_database(name)))
    return name


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Of webhooks."""
    with receiving() as found:
        yield found


async def _migrate(url: str) -> None:
    async with open_database(url, migrated=True):
        pass

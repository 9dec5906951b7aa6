"""The fixtures that tests share; tests/conftest.py imports them."""

import asyncio
from collections.abc import Iterator

import pytest

from lab.postgres import PostgresServer
from lab.receiver import Receiver, receiving
from lab.stores import opened


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run. Who stops or kills it starts it again; databases are made per test."""
    with PostgresServer({"autovacuum_naptime": "1d"}) as server:  # else it visits hundreds of databases each minute
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> str:
    """The name of a database with all tables and nothing in them, to be a template."""
    name = "migrated"
    asyncio.run(_migrate(postgres_server.create_database(name)))
    return name


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Of webhooks."""
    with receiving() as found:
        yield found


async def _migrate(url: str) -> None:
    async with opened(url, migrated=True):
        pass

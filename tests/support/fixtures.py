"""The fixtures that tests share; tests/conftest.py imports them."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run. Who stops or kills it starts it again; databases are made per test."""
    with PostgresServer() as server:
        yield server

"""The fixtures that tests share; tests/conftest.py imports them."""

from collections.abc import Iterator

import pytest

from tests.support.distributed import Cluster
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run, or the cluster of `--distributed`. Who stops or kills it starts it again;
    databases are made per test."""
    nodes = request.config.getoption("distributed")
    with Cluster(nodes.split(",")) if nodes else PostgresServer() as server:
        yield server

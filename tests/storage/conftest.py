"""One suite for all engines: a test that asks for `database` runs on each of them."""

import uuid
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from tests.storage.database import DISTRIBUTED, ENGINES, POSTGRES, SQLITE, Database
from tests.support.distributed import Cluster, distribute_database

SAME_STATEMENTS = ("bulk_load", "finding", "insights", "insights_free", "lists", "matching_keys", "search_repair")
"""Modules whose statements are the same on a distributed database: bulk loads, reads and repairs. A single PostgreSQL
would only execute them again; on a cluster the behaviour tests do (`--distributed`)."""


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    repeated = [item for item in items if DISTRIBUTED in item.name and item.path.stem[5:] in SAME_STATEMENTS]
    items[:] = [item for item in items if item not in repeated]
    config.hook.pytest_deselected(items=repeated)


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    """An empty database: a path without a file, or a database that has its tables."""
    if engine == SQLITE:
        return Database(engine, str(tmp_path / "leads.db"))
    return copied_postgres(engine, request)


@pytest.fixture
def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    """A database without tables."""
    if engine == SQLITE:
        return Database(engine, str(tmp_path / "leads.db"))
    return new_postgres(request.getfixturevalue("postgres_server"), engine)


@pytest.fixture(params=POSTGRES)
def postgres(request: pytest.FixtureRequest) -> Database:
    """An empty database of each kind of PostgreSQL, for tests of that engine alone."""
    return copied_postgres(request.param, request)


@pytest.fixture(scope="session")
def distributed_template(postgres_server: PostgresServer, migrated_template: str) -> str:
    """The name of a template database with all tables that is distributed. On a cluster each test distributes its
    own."""
    if isinstance(postgres_server, Cluster):
        return migrated_template
    name = "distributed"
    distribute_database(postgres_server.create_database(name, migrated_template))
    return name


def copied_postgres(engine: str, request: pytest.FixtureRequest) -> Database:
    template = "distributed_template" if engine == DISTRIBUTED else "migrated_template"
    return new_postgres(request.getfixturevalue("postgres_server"), engine, request.getfixturevalue(template))


def new_postgres(server: PostgresServer, engine: str, template: str = "template1") -> Database:
    return Database(engine, server.create_database(f"storage_{uuid.uuid4().hex}", template))


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """An empty SQLite database, for tests of that engine alone."""
    return Database(SQLITE, str(tmp_path / "leads.db"))

"""One suite for both engines: a test that asks for `database` runs on each of them."""

import uuid
from pathlib import Path

import pytest

from tests.storage.database import Database
from tests.support.postgres import PostgresServer


@pytest.fixture
def database(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    """An empty database, not yet migrated."""
    if engine == "sqlite":
        return Database(engine, str(tmp_path / "leads.db"))
    return new_postgres(request.getfixturevalue("postgres_server"))


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Database:
    """For what only PostgreSQL can get into."""
    return new_postgres(postgres_server)


def new_postgres(server: PostgresServer) -> Database:
    return Database("postgres", server.create_database(f"storage_{uuid.uuid4().hex}"))


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    """For what only SQLite can get into."""
    return Database("sqlite", str(tmp_path / "leads.db"))

"""A write that takes long enough for other requests to time out, and succeeds in the end."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from lab import databases
from lab.server import Leadloop

SECONDS = 3.0
UNSAFE = "SET citus.enable_unsafe_triggers = on"
"""Triggers on distributed tables; PostgreSQL alone ignores it."""


@contextmanager
def slow(server: Leadloop, lead_id: str) -> Iterator[None]:
    """In this context nothing can be written on SQLite; on PostgreSQL a write of this lead takes three seconds."""
    if server.engine == "sqlite":
        with _held(server.database):
            yield
        return
    databases.execute(server.database, UNSAFE, *filter(str.strip, _SLOW.replace("LEAD", lead_id).split(";\n")))
    try:
        yield
    finally:
        databases.execute(server.database, UNSAFE, "DROP FUNCTION takes_its_time CASCADE")


_SLOW = f"""
    CREATE FUNCTION takes_its_time() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep({SECONDS}); RETURN NEW; END';
    CREATE TRIGGER takes_its_time BEFORE UPDATE ON leads FOR EACH ROW WHEN (NEW.id = 'LEAD')
        EXECUTE FUNCTION takes_its_time();
"""


@contextmanager
def _held(database: str) -> Iterator[None]:
    with closing(databases.connect(database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")

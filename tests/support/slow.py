"""A write that takes its time: long enough for others to grow impatient, short enough to be done in the end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import apsw
import asyncpg

from tests.support.server import Leadloop

SECONDS = 3.0


@contextmanager
def slow(server: Leadloop, lead_id: str) -> Iterator[None]:
    """On SQLite nothing can be written inside of this; on PostgreSQL writing this lead takes three seconds."""
    if server.engine == "sqlite":
        with _held(server.database):
            yield
        return
    asyncio.run(_execute(server.database, _SLOW.replace("LEAD", lead_id)))
    try:
        yield
    finally:
        asyncio.run(_execute(server.database, "DROP FUNCTION takes_its_time CASCADE"))


_SLOW = f"""
    CREATE FUNCTION takes_its_time() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep({SECONDS}); RETURN NEW; END';
    CREATE TRIGGER takes_its_time BEFORE UPDATE ON leads FOR EACH ROW WHEN (NEW.id = 'LEAD')
        EXECUTE FUNCTION takes_its_time();
"""


async def _execute(database: str, sql: str) -> None:
    connection = await asyncpg.connect(database, server_settings={"citus.enable_unsafe_triggers": "on"})
    try:
        for statement in filter(str.strip, sql.split(";\n")):
            await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _held(database: str) -> Iterator[None]:
    connection = apsw.Connection(database)
    connection.set_busy_timeout(5_000)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()

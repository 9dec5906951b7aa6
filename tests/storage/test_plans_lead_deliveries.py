"""The deliveries of one lead are found by the primary key of each endpoint, however many an endpoint has."""

import asyncio

import apsw
import asyncpg
import pytest

from lab import databases
from leadloop.storage.postgres.deliveries import SQL as POSTGRES
from leadloop.storage.postgres.engine import KEYED_SETTINGS, for_distributed
from leadloop.storage.sqlite.deliveries import SQL as SQLITE_SQL
from tests.storage.database import DISTRIBUTED, SQLITE, Database
from tests.storage.test_plans_webhooks import DONE, PENDING, migrate

STATES = {"nothing is known of them": [PENDING], "they are known": [DONE, PENDING, "ANALYZE"]}
BAD = ("Seq Scan on deliveries", "SCAN deliveries", "TEMP B-TREE", "deliveries_due", "deliveries_by_time")


@pytest.mark.parametrize("steps", STATES.values(), ids=STATES)
def test_the_primary_key_finds_them(database: Database, steps: list[str]) -> None:
    asyncio.run(migrate(database))
    if database.engine == SQLITE:
        databases.execute(database.address, *steps)
        lines = of_sqlite(database.address)
    else:
        databases.execute(database.address, "ALTER TABLE deliveries SET (autovacuum_enabled = off)", *steps)
        lines = asyncio.run(of_postgres(database.address, distributed=database.engine == DISTRIBUTED))
    assert not [line for line in lines if any(bad in line for bad in BAD)], "\n".join(lines)
    assert any(word in line for line in lines for word in ("deliveries_pkey", "sqlite_autoindex_deliveries_1"))


def of_sqlite(path: str) -> list[str]:
    connection = apsw.Connection(path)
    try:
        sql = f"EXPLAIN QUERY PLAN {SQLITE_SQL['list_deliveries_of_lead']}"
        return [str(row[3]) for row in connection.execute(sql, ("account", "endpoint", "7", 9, 51))]
    finally:
        connection.close()


async def of_postgres(url: str, *, distributed: bool) -> list[str]:
    settings = for_distributed(KEYED_SETTINGS) if distributed else KEYED_SETTINGS
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        await connection.execute(f"PREPARE of_lead AS {POSTGRES['list_deliveries_of_lead']}")
        sql = "EXPLAIN EXECUTE of_lead ('account', '7', ARRAY['endpoint', 'other'], 9, 'x', 51)"
        return [str(row[0]) for row in await connection.fetch(sql)]
    finally:
        await connection.close()

"""Which tables are distributed, and how sessions on a distributed database are set."""

import asyncio
from typing import cast

import asyncpg

from leadloop.storage.postgres import PostgresStore, distribution
from tests.storage.database import DISTRIBUTED, Database


def test_every_table_is_distributed_and_the_planner_sees_values(postgres: Database) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            line = await asyncpg.connect(postgres.address)
            tables = await line.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            assert {name for (name,) in tables} - {"citus_tables"} == set(distribution.TABLES)
            if await line.fetchval("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"):
                places = await line.fetch("SELECT table_name::text, distribution_column FROM citus_tables")
                expected = dict.fromkeys(distribution.TABLES, "account_id") | {"accounts": "id"}
                expected |= dict.fromkeys(("schema_version", "instance", "distribution"), "<none>")
                found = {str(name): str(column) for name, column in places}
                assert found == (expected if postgres.engine == DISTRIBUTED else {})
            await line.close()
            mode = await cast(PostgresStore, store)._keyed.run(lambda c: c.fetchval("SHOW plan_cache_mode"))
            assert mode == ("auto" if postgres.engine == DISTRIBUTED else "force_generic_plan")

    asyncio.run(run())

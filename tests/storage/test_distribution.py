"""Which tables are distributed, and how sessions on a distributed database are set."""

import asyncio
from typing import cast

import asyncpg
import pytest

from leadloop.storage.migrate import Migration
from leadloop.storage.postgres import PostgresStore, distribution, migrations
from tests.storage.database import ACCOUNT, DISTRIBUTED, Database, create
from tests.storage.test_insights import execute
from tools.sql_statements import KEYLESS_TABLES

LATER = """-- rebuild: words
-- Of a later version.
CREATE TABLE lead_tasks (account_id text COLLATE "C" NOT NULL, n bigint NOT NULL, PRIMARY KEY (account_id, n));
CREATE INDEX lead_tasks_by_n ON lead_tasks (n);
ALTER TABLE leads ADD COLUMN tasks bigint;
ALTER TABLE lead_words ADD COLUMN tasks bigint;
"""


def test_every_table_is_distributed_and_the_planner_sees_values(postgres: Database) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            line = await asyncpg.connect(postgres.address)
            tables = await line.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            assert {name for (name,) in tables} - {"citus_tables"} == set(distribution.tables())
            if await line.fetchval("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"):
                places = await line.fetch("SELECT table_name::text, distribution_column FROM citus_tables")
                expected = dict.fromkeys(distribution.tables(), "account_id") | {"accounts": "id"}
                expected |= dict.fromkeys(KEYLESS_TABLES, "<none>")
                columns = {str(name): str(column) for name, column in places}
                assert columns == (expected if postgres.engine == DISTRIBUTED else {})
            await line.close()
            mode = await cast(PostgresStore, store)._database.keyed.run(lambda c: c.fetchval("SHOW plan_cache_mode"))
            assert mode == ("auto" if postgres.engine == DISTRIBUTED else "force_generic_plan")

    asyncio.run(run())


def test_a_later_migration_alters_distributed_tables_and_its_tables_are_placed(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            await create(store, name="Ana")
            await execute(postgres, "DELETE FROM lead_words")
            later = Migration(9_999, "9999_tasks", LATER)
            monkeypatch.setattr(migrations, "KNOWN", [*migrations.KNOWN, later])
            assert await store.migrate() == [later.name]
            assert await cast(PostgresStore, store).derived.misindexed(ACCOUNT) == 0
            assert await execute(postgres, "SELECT count(tasks) FROM leads") == ["0"]
            if await execute(postgres, "SELECT extname FROM pg_extension WHERE extname = 'citus'"):
                placed = "SELECT logicalrelid FROM pg_dist_partition WHERE logicalrelid = 'lead_tasks'::regclass"
                assert len(await execute(postgres, placed)) == (1 if postgres.engine == DISTRIBUTED else 0)

    asyncio.run(run())

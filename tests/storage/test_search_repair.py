"""Damage to the index, also by an old server, is repaired: for one lead by its next change, for all by recomputing."""

import asyncio
from typing import Any, cast

import asyncpg
import pytest

from lab.postgres import PostgresServer
from leadloop.app import EngineStore
from leadloop.core.leads.parts import Cart
from leadloop.derived.tokens import phone
from leadloop.storage import spans
from leadloop.storage.migrate import Migration
from leadloop.storage.postgres import derived as postgres_derived
from leadloop.storage.postgres import migrations as postgres_migrations
from leadloop.storage.sqlite import derived as sqlite_derived
from leadloop.storage.sqlite import migrations as sqlite_migrations
from tests.storage.conftest import new_postgres
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, START_MS, Database, create, update
from tests.storage.test_batches import together
from tests.storage.test_insights import check as check_counts
from tests.storage.test_insights import execute
from tests.storage.test_search_index import check, leads_in_all_states


async def without_words(database: Database) -> None:
    """No lead is in the full-text index."""
    if database.engine == SQLITE:
        await execute(database, "DELETE FROM lead_places")
        await execute(database, "INSERT INTO lead_words (lead_words) VALUES ('delete-all')")
    else:
        await execute(database, "DELETE FROM lead_words")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Eva"},
        {"tags": [{"name": "vip"}]},
        {"cart": Cart(value_micros=7), "lead_date_ms": START_MS - 10**9},
        {"lead_date_ms": START_MS - 10**9},
        {"deleted": True},
    ],
    ids=str,
)
def test_a_lead_without_an_entry_gets_one_with_its_next_change(database: Database, change: dict[str, Any]) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana", email="ana@x.test", phone="11987654321")
            await without_words(database)
            await update(store, lead, stage="ACTIVE")
            await update(store, lead, **change)
            await check(database, store)

    asyncio.run(run())


def test_leads_without_entries_get_them_in_one_batch(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = [await create(store, name=f"Ana {n}") for n in range(4)]
            await without_words(database)
            await together(store, leads[0], *(update(store, lead, name="Eva", email="e@x.test") for lead in leads[1:]))
            await update(store, leads[0], name="Eva")
            await check(database, store)

    asyncio.run(run())


@pytest.mark.parametrize("size", [1, 2, 3])
def test_rows_of_missing_leads_are_deleted_while_servers_write(
    database: Database, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ranges and batches of any size, and an account without leads."""
    for module in (spans, sqlite_derived, postgres_derived):
        monkeypatch.setattr(module, "BATCH", size)
    for module in (sqlite_derived, postgres_derived):
        monkeypatch.setattr(module, "SPAN", size + 1)

    async def run() -> None:
        async with database.opened() as opened:
            store = cast(EngineStore, opened)
            leads = [*await leads_in_all_states(store), await create(store, "f" * 24, name="Ana", stage="COMPLETE")]
            others = [await create(store, name=f"Ana {n}") for n in range(5)]
            await execute(database, f"DELETE FROM leads WHERE id IN ('{leads[0].id}', '{leads[-1].id}')")
            await execute(database, "UPDATE lead_facts SET value_micros = 1")
            await execute(database, "UPDATE lead_terms SET value = value || 'x'")
            writes = (update(store, lead, name="Eva", stage="LOST", tags=[{"name": "vip"}]) for lead in others)
            await asyncio.gather(store.derived.recompute(), *writes)
            await check(database, store)
            await check_counts(store)
            for account_id in ("f" * 24, OTHER_ACCOUNT):
                assert await store.derived.misindexed(account_id) == await store.derived.miscounted(account_id) == 0

    asyncio.run(run())


def test_all_projections_are_recomputed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as opened:
            store = cast(EngineStore, opened)
            lead, *_ = await leads_in_all_states(store)
            await without_words(database)
            await execute(database, "UPDATE lead_terms SET value = value || 'x'")
            await execute(database, "DELETE FROM lead_facts")
            others = (update(store, lead, name="Eva"), update(store, lead, email="eva@x.test"))
            await asyncio.gather(others[0], store.derived.recompute(), others[1])
            await check(database, store)
            await check_counts(store)

    asyncio.run(run())


def test_a_migration_rebuilds_the_projections_that_it_names(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with database.opened() as opened:
            store = cast(EngineStore, opened)
            await leads_in_all_states(store)
            await without_words(database)
            await execute(database, "UPDATE lead_terms SET value = value || 'x'")
            await execute(database, "DELETE FROM lead_facts")
            rebuild = Migration(9_999, "9999_rebuild", "-- rebuild: words terms facts\n")
            for engine in (sqlite_migrations, postgres_migrations):
                monkeypatch.setattr(engine, "KNOWN", [*engine.KNOWN, rebuild])
            assert await store.migrate() == [rebuild.name]
            await check(database, store)
            await check_counts(store)

    asyncio.run(run())


def test_a_migration_waits_for_an_old_server_that_writes(postgres_server: PostgresServer) -> None:
    """Distributed engines have no such lock."""
    postgres = new_postgres(postgres_server, "postgres")

    async def run() -> None:
        async with postgres.opened() as store:
            await create(store, name="Ana")
        for sql in ("DROP TABLE lead_words", "DROP TABLE lead_terms", "DELETE FROM schema_version WHERE version = 7"):
            await execute(postgres, sql)
        old = await asyncpg.connect(postgres.address)
        await old.execute("BEGIN; UPDATE leads SET doc = jsonb_set(doc, '{name}', '\"Eva\"')")
        store = postgres.store()
        await store.open()
        migrating = asyncio.create_task(store.migrate())
        waiting = "SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND NOT granted"
        while not (await asyncio.wait([migrating], timeout=0.01))[0] and await execute(postgres, waiting) == ["0"]:
            pass
        await old.execute("COMMIT")
        await old.close()
        assert await migrating == ["0007_search"]
        await check(postgres, store)
        await store.close()

    asyncio.run(run())


def test_a_deleted_lead_that_kept_its_entry_can_come_back(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, other = await create(store, name="Ana"), await create(store, OTHER_ACCOUNT, name="Ana")
            await update(store, lead, deleted=True)
            places = "lead_places" if database.engine == SQLITE else "lead_words"
            moved = f"account_id = '{ACCOUNT}', lead_id = '{lead.id}'"
            await execute(database, f"UPDATE {places} SET {moved} WHERE lead_id = '{other.id}'")
            await update(store, other, deleted=True)
            await update(store, lead, deleted=False)
            await check(database, store)

    asyncio.run(run())


def test_an_entry_is_deleted_with_a_phone_that_was_once_parsed_differently(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana", phone="11987654321", tags=[{"name": "vip"}])
            await together(store, lead, *(create(store, name="Ana", phone="11987654322") for _ in range(2)))
            stale = phone(ACCOUNT, "55")
            if database.engine == SQLITE:
                where = f"WHERE lead_id = '{lead.id}'"
                await execute(database, f"UPDATE lead_places SET words = words || '{stale} ' {where}")
                token = f"SELECT n, '{stale}' FROM lead_places {where}"
                await execute(database, f"INSERT INTO lead_words (rowid, other) {token}")
            else:
                await execute(database, f"UPDATE lead_words SET words = words || '{stale}' WHERE lead_id = '{lead.id}'")
            await update(store, lead, country="BR", tags=[])
            await check(database, store)
            await update(store, lead, phone="11987654329")
            await check(database, store)

    asyncio.run(run())

"""Several stores on one database, like several processes: no change is lost or counted twice."""

import asyncio
from threading import Thread

import asyncpg
import pytest

from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Loaded, Outcome
from leadloop.core.writes.use_cases import WriteResult, plain
from leadloop.storage.postgres import engine as postgres_engine
from leadloop.storage.sqlite import SqliteStore
from tests.storage.database import Database, create, stamp, stored, unit, update
from tests.storage.test_batches import check_log

EACH = 200


async def increments(store: Store, lead: Lead, name: str, at_once: int) -> None:
    numbers = iter(range(EACH))

    async def write() -> None:
        for n in numbers:
            await update(store, lead, custom_fields={f"{name}{n}": n})

    await asyncio.gather(*(write() for _ in range(at_once)))


@pytest.mark.parametrize("at_once", [1, 8])
def test_two_stores_change_one_lead(database: Database, at_once: int) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            lead = await create(first, name="Ana")
            await asyncio.gather(increments(first, lead, "a", at_once), increments(second, lead, "b", at_once))
            now = await stored(first, lead)
            assert now.version == 1 + 2 * EACH
            assert len(now.custom_fields) == 2 * EACH
            await check_log(second)

    asyncio.run(run())


def test_stores_that_change_the_same_leads_in_different_orders(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second, database.opened() as third:
            leads = [await create(first, name=str(n)) for n in range(12)]

            async def write(store: Store, name: str, order: list[Lead]) -> None:
                for n in range(15):
                    await asyncio.gather(*(update(store, lead, custom_fields={f"{name}{n}": n}) for lead in order))

            await asyncio.gather(
                write(first, "a", leads), write(second, "b", leads[::-1]), write(third, "c", leads[6:] + leads[:6])
            )
            for lead in leads:
                now = await stored(first, lead)
                assert (now.version, len(now.custom_fields)) == (46, 45)
            await check_log(second)

    asyncio.run(run())


def test_a_unit_that_depends_on_a_lost_change_is_run_again(postgres: Database) -> None:
    """A unit that follows a change which loses its race has seen a state that was never committed."""

    async def change_from_outside(lead: Lead) -> None:
        async with postgres.opened() as other:
            await update(other, lead, custom_fields={"other": True})

    async def run() -> None:
        async with postgres.opened() as store:
            lead = await create(store, name="Ana")
            runs = 0

            def settle(base: Lead, now: Lead) -> LeadPatch:
                nonlocal runs
                runs += 1
                if runs == 1:
                    thread = Thread(target=asyncio.run, args=[change_from_outside(lead)])
                    thread.start()
                    thread.join()
                return LeadPatch(detail="x")

            def look(loaded: Loaded) -> Outcome[Lead | None]:
                return Outcome(loaded.lead)

            def refuse(loaded: Loaded) -> Outcome[None]:
                raise RuntimeError(loaded.lead and loaded.lead.version)

            results = await asyncio.gather(
                use_cases.update(store, plain(stamp(), lead.account_id), lead.id, settle),
                store.write(unit(lead, look)),
                store.write(unit(lead, refuse)),
                return_exceptions=True,
            )
            now = await stored(store, lead)
            assert (now.version, now.custom_fields) == (3, {"other": True})
            assert isinstance(results[0], WriteResult) and results[0].lead == now
            assert results[1] == now
            assert isinstance(results[2], RuntimeError) and results[2].args == (3,)

    asyncio.run(run())


def test_serialisation_failures_are_run_again(postgres: Database) -> None:
    """Distributed engines are stricter than PostgreSQL's default; so is a database whose owner wants it."""

    async def run() -> None:
        await run_sql(postgres, "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'")
        async with postgres.opened() as first, postgres.opened() as second:
            lead = await create(first, name="Ana")
            other = await create(first, name="Bia")
            await asyncio.gather(
                increments(first, lead, "a", 4), increments(second, lead, "b", 4), increments(second, other, "c", 4)
            )
            assert len((await stored(first, lead)).custom_fields) == 2 * EACH
            await check_log(second)

    asyncio.run(run())


def test_a_lead_that_somebody_else_has_locked_holds_up_only_itself(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_engine.WRITER_SETTINGS, "lock_timeout", "100ms")

    async def run() -> None:
        async with postgres.opened() as store:
            locked, free = await create(store, name="Ana"), await create(store, name="Bia")
            connection = await asyncpg.connect(postgres.address)
            async with connection.transaction():
                await connection.execute("SELECT 1 FROM leads WHERE id = $1 FOR UPDATE", locked.id)
                calls = update(store, locked, detail="x"), update(store, free, detail="x")
                results = await asyncio.gather(*calls, return_exceptions=True)
            await connection.close()
            assert isinstance(results[0], Unavailable)
            assert not isinstance(results[1], BaseException) and results[1].lead.version == 2
            assert (await update(store, locked, detail="y")).lead.version == 2
            await check_log(store)

    asyncio.run(run())


def test_a_file_that_is_locked_for_long_is_unavailable_and_then_works_again(sqlite: Database) -> None:
    async def run() -> None:
        async with sqlite.opened() as store, sqlite.opened() as other:
            lead = await create(store, name="Ana")
            assert isinstance(store, SqliteStore) and isinstance(other, SqliteStore)
            assert store._database._connection is not None and other._database._connection is not None
            store._database._connection.set_busy_timeout(50)
            other._database._connection.execute("BEGIN IMMEDIATE")
            results = await asyncio.gather(
                *(update(store, lead, custom_fields={str(n): n}) for n in range(5)), return_exceptions=True
            )
            assert [type(result) for result in results] == [Unavailable] * 5
            assert await stored(store, lead) == lead
            other._database._connection.execute("ROLLBACK")
            assert (await update(store, lead, detail="x")).lead.version == 2
            await check_log(store)

    asyncio.run(run())


async def run_sql(database: Database, sql: str) -> None:
    connection = await asyncpg.connect(database.address)
    await connection.execute(sql.format(database.address.rpartition("/")[2]))
    await connection.close()

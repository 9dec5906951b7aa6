"""A deleted account leaves no row in any table, and takes nothing from another account."""

import asyncio

import pytest

from lab import databases
from leadloop.core.people.model import LinkKind
from leadloop.storage import account_deletion
from tests.storage import search_index
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, Database, create, update
from tests.storage.people import add_accounts, add_member, link, person, session
from tests.storage.test_accounts_and_keys import key
from tests.storage.test_insights import execute

ANA, BIA = person("ana"), person("bia")
LEADS = 5
VALUES = {"INTEGER": "1", "TEXT": "'x'", "BLOB": "x'00'", "bigint": "1", "text": "'x'", "bytea": "'\\x00'"}
VALUES |= {"boolean": "true", "integer": "1", "json": "'[]'", "jsonb": "'{}'", "tsvector": "'x'"}


async def columns(database: Database) -> dict[str, dict[str, str]]:
    """Of each table with rows of accounts: the columns that need a value, and their types."""
    if database.engine == SQLITE:
        names = await execute(database, "SELECT name FROM sqlite_schema WHERE type = 'table'")
        sql = "SELECT name, type FROM pragma_table_info('{}') WHERE \"notnull\" = 1 OR name LIKE '%account_id'"
    else:
        names = await execute(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        sql = (
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' "
            "AND table_name = '{}' AND (is_nullable = 'NO' OR column_name LIKE '%account_id')"
        )
    tables: dict[str, dict[str, str]] = {}
    for name in names:
        tables[name] = {
            str(column): str(kind) for column, kind in await databases.run(database.address, sql.format(name))
        }
    return {name: types for name, types in tables.items() if account_column(types) is not None}


def account_column(types: dict[str, str]) -> str | None:
    return next((name for name in ("account_id", "for_account_id") if name in types), None)


async def rows(database: Database, tables: dict[str, dict[str, str]], account_id: str) -> dict[str, int]:
    sql = "SELECT count(*) FROM {} WHERE {} = $1"
    return {
        table: int((await execute(database, sql.format(table, account_column(types)), account_id))[0])
        for table, types in tables.items()
    }


async def fill(database: Database, tables: dict[str, dict[str, str]], account_id: str) -> None:
    """Gives every table a row of the account."""
    for table, number in (await rows(database, tables, account_id)).items():
        if not number:
            types = tables[table]
            own = account_column(types)
            values = [f"'{account_id}'" if name == own else VALUES[kind] for name, kind in types.items()]
            sql = f"INSERT INTO {table} ({', '.join(types)}) VALUES ({', '.join(values)})"
            await execute(database, sql.replace("x'00'", f"x'{account_id}'").replace("\\x00", f"\\x{account_id}"))


def test_no_table_keeps_a_row(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_deletion, "BATCH", 2)
    monkeypatch.setattr(account_deletion, "PEOPLE", 1)

    async def run() -> None:
        async with database.opened() as store:
            await add_accounts(store)
            kept = []
            for account_id in (ACCOUNT, OTHER_ACCOUNT):
                await store.keys.add(key(account_id))
                await add_member(store, ANA if account_id == ACCOUNT else person("caio"), account_id)
                await add_member(store, BIA, account_id)
                for n in range(LEADS):
                    lead = await create(store, account_id, name=f"Lead {n}", email=f"ana{n}@example.com")
                    kept.append((await update(store, lead, detail="called")).lead)
            await store.sessions.add(session("ana", ANA))
            await store.sessions.add(session("bia", BIA))
            await store.links.add(link("reset", LinkKind.PASSWORD, ANA, account_id=None))
            tables = await columns(database)
            assert {"leads", "memberships", "links", "audit", "api_keys", "webhook_endpoints"} <= tables.keys()
            for account_id in (ACCOUNT, OTHER_ACCOUNT):
                await fill(database, tables, account_id)
                assert 0 not in (await rows(database, tables, account_id)).values()
            others = await rows(database, tables, OTHER_ACCOUNT)

            assert await store.accounts.delete(ACCOUNT)
            assert not await store.accounts.delete(ACCOUNT), "as after an interruption"

            assert await rows(database, tables, ACCOUNT) == dict.fromkeys(tables, 0)
            assert await rows(database, tables, OTHER_ACCOUNT) == others
            assert [each.id for each in await store.accounts.all()] == [OTHER_ACCOUNT]
            index = await search_index.held(database)
            assert index.entries == search_index.wanted(kept[LEADS:]).entries
            assert await store.people.get(ANA.id) is None
            assert await store.sessions.get(b"ana") is None
            assert await store.links.get(b"reset") is None
            assert await store.sessions.get(b"bia") == (session("bia", BIA), BIA)
            assert await store.accounts.get(OTHER_ACCOUNT) is not None

    asyncio.run(run())


def test_a_write_beside_the_deletion_is_deleted_by_the_next_one(database: Database) -> None:
    """A server may accept a key for some seconds after it is deleted."""

    async def run() -> None:
        async with database.opened() as store, database.opened() as server:
            await add_accounts(store)
            await create(server, ACCOUNT, name="Ana")
            await asyncio.gather(store.accounts.delete(ACCOUNT), create(server, ACCOUNT, name="Bia"))
            await create(server, ACCOUNT, name="Caio")
            assert not await store.accounts.delete(ACCOUNT)
            tables = await columns(database)
            assert await rows(database, tables, ACCOUNT) == dict.fromkeys(tables, 0)
            again = await create(server, OTHER_ACCOUNT, name="Dora")
            assert (await search_index.held(database)).entries == search_index.wanted([again]).entries

    asyncio.run(run())

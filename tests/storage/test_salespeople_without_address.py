"""After the upgrade, salespeople that an e-mail such as `n/a` made one user go by their names, in every engine."""

import asyncio
from typing import cast

import pytest

from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.parts import User
from leadloop.core.store import Store
from leadloop.insights import service
from leadloop.insights.ports import InsightStore
from tests.storage.database import ACCOUNT, Database, create, update
from tests.storage.test_insights import check, execute

EVER = (-(10**14), 10**15)


def former(key: str) -> Entry:
    """The one user that earlier versions made of Ana and Bia."""
    return Entry(
        kind="users", key=key, id=key, name="Bia", past_names=["Ana"], email="n/a", created_at_ms=1, updated_at_ms=1
    )


async def sales(store: Store) -> dict[str | None, int]:
    report = await service.insights(cast(InsightStore, store), ACCOUNT, *EVER)
    assert len(report.users) == len({row.user and row.user.name for row in report.users})
    return {row.user.name if row.user else None: row.value_micros for row in report.users}


async def user_entries(store: Store) -> dict[str | None, Entry]:
    return {entry.name: entry for entry in (await store.catalogue.get(ACCOUNT)).of_kind("users")}


@pytest.mark.parametrize("first_text", ["n/a", "Ana"])
def test_what_was_stored_as_one_user_is_two(database: Database, first_text: str) -> None:
    """`first_text` is the text of which the entry's key was derived."""
    entry_key = Catalogue(ACCOUNT).derived_id("users", first_text)

    async def run() -> None:
        async with database.opened() as store:
            await store.catalogue.manage(ACCOUNT, lambda _: former(entry_key))
            leads = [
                await create(store, stage="COMPLETE", sale_value_micros=n, owner=User(name=name, email="n/a"))
                for n, name in ((1, "Ana"), (2, "Bia"))
            ]
        for name in ("Ana", "Bia"):
            old = f'replace(traits, \'"name","{name}"\', \'"email","n/a"\')'
            await execute(database, f"UPDATE lead_facts SET traits = {old} WHERE account_id = '{ACCOUNT}'")
        await execute(database, "DELETE FROM schema_version WHERE name LIKE '%_salespeople_by_name'")
        async with database.opened() as store:
            assert (await store.health()).pending_migrations == []
            assert await sales(store) == {"Ana": 1, "Bia": 2}
            await check(store)
            await update(store, leads[0], owner=User(name="Ana", email="-"), sale_value_micros=8)
            await create(store, stage="COMPLETE", sale_value_micros=4, owner=User(name="Bia", email="n/a"))
            assert await sales(store) == {"Ana": 8, "Bia": 6}
            entries = await user_entries(store)
            assert set(entries) == {"Ana", "Bia"}
            assert entries["Bia"].key == entry_key and entries["Ana"].key != entry_key, "the entry keeps its last name"
            await create(store, owner=User(name="Bia", email="bia@x.test"))
            await create(store, owner=User(id="u1", name="Bea", email="bia@x.test"))
            bea = (await user_entries(store))["Bea"]
            assert (bea.key, bea.id, bea.past_names) == (entry_key, "u1", ["Bia"]), "nobody else's names"
            await check(store)
        async with database.opened() as store:
            assert set(await user_entries(store)) == {"Ana", "Bea"}
            await check(store)

    asyncio.run(run())

"""The catalogue cache is bounded, and holds nothing that the database has lost."""

import asyncio

import pytest
from msgspec import structs

from leadloop.core.catalogue import manage
from leadloop.core.catalogue.model import Entry
from leadloop.core.leads.parts import Ref
from leadloop.storage import catalogues
from leadloop.storage.catalogues import CatalogueCache
from tests.storage.database import ACCOUNT, START_MS, Database, create
from tests.storage.test_batches import together
from tests.storage.test_catalogue import ACCOUNTS, entries
from tests.storage.test_insights import execute


def test_evicted_catalogues_are_read_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "MAX_CACHED_ENTRIES", 3)

    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, unit=Ref(id="u0", name="Unidade 0"))
            for n in range(6):
                for account_id in ACCOUNTS:
                    await create(store, account_id, unit=Ref(id=f"u{n}", name=f"Unidade {n}"))
            for account_id in ACCOUNTS * 2:
                assert [entry.id for entry in await entries(store, account_id)] == [f"u{n}" for n in range(6)]
            names = [
                create(store, account_id, unit=Ref(name=f"Unidade {n}")) for n in range(6) for account_id in ACCOUNTS
            ]
            made = await together(store, lead, *names)
            assert [lead.unit and lead.unit.id for lead in made] == [f"u{n}" for n in range(6) for _ in ACCOUNTS]

    asyncio.run(run())


def test_the_accounts_used_last_are_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "MAX_CACHED_ENTRIES", 12)
    cache = CatalogueCache()
    for n in range(5):
        entry = Entry(kind="units", key="u", id="u", created_at_ms=1, updated_at_ms=1)
        cache.of(f"a{n}").put(structs.replace(entry, key=f"u{number}") for number in range(3))
        assert cache.of("a0").size == 3
    assert [cache.of(f"a{n}").size for n in (0, 4, 3, 2, 1)] == [3, 3, 3, 0, 0]


def test_a_database_that_was_restored_is_reloaded(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            for n in range(4):
                await create(store, unit=Ref(id=f"u{n}", name=f"Unidade {n}"))
            assert len(await entries(store)) == 4
            await execute(database, "DELETE FROM catalogue WHERE version > 2")
            await execute(database, "UPDATE catalogue_versions SET version = 2")
            assert [entry.id for entry in await entries(store)] == ["u0", "u1"]
            lead = await create(store, unit=Ref(name="Unidade 3"))
            assert lead.unit == Ref(name="Unidade 3")
            assert (await create(store, unit=Ref(name="Unidade 1"))).unit == Ref(id="u1", name="Unidade 1")
            assert [entry.name for entry in await entries(store) if not entry.given] == ["Unidade 3"]
            await execute(database, "DELETE FROM catalogue")
            await execute(database, "UPDATE catalogue_versions SET version = 0")
            await store.catalogue.manage(
                ACCOUNT, lambda cache: manage.create(cache, "units", "u9", "Unidade 1", {}, START_MS)
            )
            assert [entry.id for entry in await entries(store)] == ["u9"]

    asyncio.run(run())

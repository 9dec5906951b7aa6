"""A value that the database rejects fails its own unit, not its batch."""

import asyncio

import pytest
from msgspec import structs

from leadloop.core.leads.model import Lead
from leadloop.core.store import Store
from leadloop.core.writes.unit import Loaded, Outcome, Saved
from tests.storage.database import ACCOUNT, Database, create, stored, unit, update
from tests.storage.test_batches import check_log, together

BAD_TEXT = "\ud800"
"""Half of a surrogate pair: neither engine can store it. The API refuses it."""


async def poison(store: Store, lead: Lead) -> None:
    def run(loaded: Loaded) -> Outcome[None]:
        assert loaded.lead is not None
        new = structs.replace(loaded.lead, version=loaded.lead.version + 1)
        change = structs.replace(first, version=new.version, actor=BAD_TEXT)
        return Outcome(None, Saved(new, b"{}", change))

    (first,) = await store.changes.of_lead(ACCOUNT, lead.id, 0, 1)
    await store.write(unit(lead, run))


def test_only_the_poisonous_unit_fails(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, other = await create(store, name="Ana"), await create(store, name="Bia")
            calls = [update(store, lead, detail="a"), poison(store, lead), update(store, lead, stage="ACTIVE")]
            results = await together(store, lead, *calls, update(store, other, detail="b"), poison(store, other))
            assert isinstance(results[1], UnicodeError) and isinstance(results[4], UnicodeError)
            now = await stored(store, lead)
            assert (now.version, now.detail, now.stage) == (3, "a", "ACTIVE")
            assert (await stored(store, other)).detail == "b"
            await check_log(store)

    asyncio.run(run())


def test_poison_alone_fails_and_the_store_goes_on(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            with pytest.raises(UnicodeError):
                await poison(store, lead)
            assert (await update(store, lead, detail="x")).lead.version == 2
            await check_log(store)

    asyncio.run(run())


def test_a_value_that_postgresql_refuses_fails_alone(postgres: Database) -> None:
    """jsonb cannot store NUL. It reaches the server, which rolls back the whole statement."""

    async def run() -> None:
        async with postgres.opened() as store:
            lead, other = await create(store, name="Ana"), await create(store, name="Bia")
            results = await together(store, lead, update(store, lead, detail="\0"), update(store, other, detail="b"))
            assert isinstance(results[0], Exception)
            assert results[1].lead.version == 2
            assert await stored(store, lead) == lead
            await check_log(store)

    asyncio.run(run())

"""Closing answers everything that is queued; later requests fail with an error text."""

import asyncio
from typing import Any

import pytest

from leadloop.core.errors import Unavailable
from tests.storage.database import ACCOUNT, Database, create, stored, update


def test_queued_units_are_committed_and_answered(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            writes = [asyncio.ensure_future(update(store, lead, custom_fields={str(n): n})) for n in range(300)]
            await asyncio.sleep(0)
            await store.close()
            assert all(write.done() for write in writes)
            assert {(await write).lead.version for write in writes} == set(range(2, 302))
        async with database.opened() as store:
            assert len((await stored(store, lead)).custom_fields) == 300

    asyncio.run(run())


def test_after_closing_everything_is_unavailable(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
        late: list[Any] = [update(store, lead, detail="x"), store.leads.get(ACCOUNT, lead.id), store.accounts.all()]
        for call in late:
            with pytest.raises(Unavailable):
                await call
        await store.close()

    asyncio.run(run())


def test_before_opening_everything_is_unavailable(database: Database) -> None:
    async def run() -> None:
        store = database.store()
        calls: list[Any] = [
            store.accounts.all(),
            store.leads.get(ACCOUNT, "x"),
            create(store, name="Ana"),
            store.health(),
        ]
        for call in calls:
            with pytest.raises(Unavailable):
                await call
        await store.close()

    asyncio.run(run())

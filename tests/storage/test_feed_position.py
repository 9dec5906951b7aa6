"""The end of an account's feed, and the version of a lead at a time."""

import asyncio
from functools import partial

from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, START_MS, Database, create, stamp, update


def test_the_feed_ends_with_its_last_record(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.changes.position(ACCOUNT) == 0
            lead = await create(store, name="Ana")
            await create(store, OTHER_ACCOUNT, name="Bia")
            for number in range(3):
                await update(store, lead, detail=str(number))
                assert await store.changes.position(ACCOUNT) == (await store.changes.feed(ACCOUNT, 0, 100))[-1].position
            await update(store, lead, detail="2")
            assert await store.changes.position(ACCOUNT) == 4
            assert await store.changes.position(OTHER_ACCOUNT) == 1

    asyncio.run(run())


def test_another_store_sees_it_move(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store, database.opened() as reader:
            for number in range(1, 4):
                await asyncio.gather(create(store, name="Ana"), create(store, name="Bia"))
                assert await reader.changes.position(ACCOUNT) == 2 * number

    asyncio.run(run())


def test_the_version_at_a_moment(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            times = [lead.created_at_ms]
            for number in range(3):
                times.append((await update(store, lead, detail=str(number))).lead.updated_at_ms)
            for version, at_ms in enumerate(times, 1):
                assert await store.changes.version_at(ACCOUNT, lead.id, at_ms) == version
                assert await store.changes.version_at(ACCOUNT, lead.id, at_ms - 1) == version - 1
            assert await store.changes.version_at(ACCOUNT, lead.id, times[-1] + 10**12) == 4
            assert await store.changes.version_at(ACCOUNT, lead.id, -(10**13)) == 0
            assert await store.changes.version_at(OTHER_ACCOUNT, lead.id, times[-1]) == 0
            assert await store.changes.version_at(ACCOUNT, "no such lead", times[-1]) == 0

    asyncio.run(run())


def test_of_several_versions_of_one_moment_it_is_the_last(database: Database) -> None:
    """A clock that is set back does not move the lead's times back."""

    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            for number in range(2):
                write = use_cases.plain(stamp(START_MS - 5_000), ACCOUNT)
                await use_cases.update(store, write, lead.id, partial(_detail, str(number)))
            assert await store.changes.version_at(ACCOUNT, lead.id, lead.created_at_ms) == 3
            assert await store.changes.version_at(ACCOUNT, lead.id, lead.created_at_ms - 1) == 0

    asyncio.run(run())


def _detail(text: str, base: Lead, now: Lead) -> LeadPatch:
    return LeadPatch(detail=text)

"""A lead reads back as written, and its records have no gap."""

import asyncio
from typing import Any

from leadloop.core.leads.fold import fold
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.use_cases import plain
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database, create, stamp, stored, update

EVERYTHING: dict[str, Any] = {
    "name": "José Ávila",
    "email": "jose@example.test",
    "phone": "+55 11 98888-7777",
    "custom_fields": {"ünï": ["ø", 1, 2.5, True, None, {"b": {}, "a": "\\u0000 \" ' % _ \n"}], "big": 2**63 - 1},
    "google_campaign_id": 2**53 + 1,
    "tags": [{"id": "t1", "name": "quente"}],
    "sale_value_micros": 1_500_000,
    "answers": [{"key": "q", "value": {"z": 1, "a": [1.25]}}],
}


async def all_changes(store: Store, account_id: str = ACCOUNT) -> list[tuple[int, str, int]]:
    return [
        (change.position, change.lead_id, change.version) for change in await store.changes.feed(account_id, 0, 10_000)
    ]


def test_a_written_lead_is_read_back(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, **EVERYTHING)
            assert await store.leads.get(ACCOUNT, lead.id) == lead
            changed = (await update(store, lead, custom_fields={"ünï": None}, detail="x")).lead
            assert changed.version == 2
            assert await store.leads.get(ACCOUNT, lead.id) == changed

    asyncio.run(run())


def test_a_lead_of_another_account_is_not_found(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            assert await store.leads.get(OTHER_ACCOUNT, lead.id) is None
            assert await store.leads.get(ACCOUNT, "no such lead") is None
            assert await store.changes.feed(OTHER_ACCOUNT, 0, 10) == []
            assert await store.changes.of_lead(OTHER_ACCOUNT, lead.id, 0, 10) == []

    asyncio.run(run())


def test_a_lead_is_the_fold_of_its_stored_changes(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, **EVERYTHING)
            changes: list[dict[str, Any]] = [
                {"stage": "ACTIVE"},
                {"email": None},
                {"tags": []},
                {"deleted": True},
                {"deleted": False},
            ]
            for fields in changes:
                await update(store, lead, **fields)
            records = await store.changes.of_lead(ACCOUNT, lead.id, 0, 100)
            assert [record.version for record in records] == [1, 2, 3, 4, 5, 6]
            assert fold(records) == await stored(store, lead)
            assert [record.version for record in await store.changes.of_lead(ACCOUNT, lead.id, 2, 3)] == [3, 4, 5]

    asyncio.run(run())


def test_a_record_says_who_and_what(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            by = stamp()
            written = await use_cases.update(
                store, plain(by, ACCOUNT), lead.id, lambda base, now: LeadPatch(detail="novo")
            )
            (record,) = await store.changes.of_lead(ACCOUNT, lead.id, 1, 10)
            assert written.change is not None
            assert record.fields == written.change.fields
            assert (record.at_ms, record.actor, record.dialect, record.request_id) == (
                by.at_ms,
                by.actor,
                by.dialect,
                by.request_id,
            )

    asyncio.run(run())


def test_the_feed_of_an_account_counts_its_records_from_one(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            await create(store, OTHER_ACCOUNT, name="Bia")
            second = await create(store, name="Caio")
            await update(store, lead, detail="x")
            assert await all_changes(store) == [(1, lead.id, 1), (2, second.id, 1), (3, lead.id, 2)]
            assert [position for position, _, _ in await all_changes(store, OTHER_ACCOUNT)] == [1]
            assert [change.position for change in await store.changes.feed(ACCOUNT, 1, 1)] == [2]

    asyncio.run(run())


def test_what_changes_nothing_leaves_no_trace(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            assert (await update(store, lead, name="Ana")).change is None
            assert await stored(store, lead) == lead
            assert len(await all_changes(store)) == 1

    asyncio.run(run())


def test_only_what_is_committed_is_read(database: Database) -> None:
    """Readers of another store never see a version without its record, nor an answer before its commit."""

    async def run() -> None:
        async with database.opened() as store, database.opened() as reader:
            lead = await create(store, custom_fields={"n": "0"})
            done = False

            async def watch() -> int:
                seen = 0
                while not done:
                    version = (await stored(reader, lead)).version
                    assert version >= seen
                    records = await reader.changes.of_lead(ACCOUNT, lead.id, 0, 1_000)
                    assert len(records) >= version
                    assert [record.version for record in records] == list(range(1, len(records) + 1))
                    seen = version
                return seen

            watching = asyncio.create_task(watch())
            for n in range(50):
                written = await update(store, lead, custom_fields={"n": str(n + 1)})
                assert await stored(reader, lead) == written.lead
            done = True
            assert await watching <= 51

    asyncio.run(run())

"""Expired deliveries and attempts are deleted, and deliveries that waited for them become due."""

import asyncio

import asyncpg

from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import Claim
from leadloop.webhooks.routing import QueuedDelivery
from tests.storage.database import START_MS, Database
from tests.storage.test_deliveries import LATER_MS, claim, done, endpoint
from tests.storage.test_delivery_repeats import DAY_MS, ON, delivery, drain, lead_with


def test_expired_rows_are_deleted(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 3)
            finished: list[Claim] = await claim(store, most=1)
            await store.deliveries.finish([done(claimed) for claimed in finished], LATER_MS)
            assert await store.deliveries.purge(START_MS + 14 * DAY_MS - 1, 100) == 0
            assert await store.deliveries.purge(LATER_MS + 14 * DAY_MS, 100) == 1
            assert [record.delivery.version for record in await store.deliveries.page(*ON, None, 9)] == [3, 2]
            assert len(await store.deliveries.attempts(*ON, None, 9)) == 1
            assert await store.deliveries.purge(LATER_MS + 31 * DAY_MS, 100) == 1
            assert await store.deliveries.attempts(*ON, None, 9) == []
            assert await drain(store) == [2, 3]

    asyncio.run(run())


def test_deliveries_held_for_two_weeks_are_deleted_and_later_ones_continue(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            lead = await lead_with(store, 3)
            disabled = Health(state="disabled", why="asked", since_ms=START_MS + DAY_MS)
            await store.endpoints.change(*ON, lambda stored: stored.with_health(disabled))
            newer = QueuedDelivery(delivery(lead, 4, START_MS + 10 * DAY_MS), True)
            await store.deliveries.queue_again([newer], "replay", START_MS + 10 * DAY_MS)
            assert await store.deliveries.purge(START_MS + 14 * DAY_MS + DAY_MS // 2, 100) == 0
            assert await store.deliveries.purge(START_MS + 16 * DAY_MS, 2) == 2
            assert await store.deliveries.purge(START_MS + 16 * DAY_MS, 2) == 1
            assert await drain(store, at_ms=START_MS + 16 * DAY_MS) == [4]

    asyncio.run(run())


def test_a_deleted_endpoints_rows_are_deleted_in_batches(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 3)
            await drain(store)
            await store.endpoints.delete(*ON, LATER_MS)
            counts = [await store.deliveries.purge(LATER_MS + 2 * 3_600_000, 2) for _ in range(5)]
            assert sum(counts) == 6 and counts[-1] == 0
            assert await store.deliveries.page(*ON, None, 9) == []

    asyncio.run(run())


def test_a_delivery_queued_again_during_a_purge_stays(postgres: Database) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 1)
            await drain(store)
            other = await asyncpg.connect(postgres.address)
            await other.execute("BEGIN")
            await other.execute("UPDATE deliveries SET state = 'pending', finished_at_ms = NULL")
            purge = asyncio.create_task(store.deliveries.purge(LATER_MS + 20 * DAY_MS, 100))
            for _ in range(1_000):
                if waiting := await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    break
                await asyncio.sleep(0.01)
            assert waiting
            await other.execute("COMMIT")
            await other.close()
            assert await purge == 0
            assert [record.state for record in await store.deliveries.page(*ON, None, 9)] == ["pending"]

    asyncio.run(run())

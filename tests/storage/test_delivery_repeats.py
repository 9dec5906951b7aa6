"""Deliveries are queued again, listed and purged, and read with their leads and changes."""

import asyncio
from typing import Any

from leadloop.core.leads.model import Lead
from leadloop.webhooks import health
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import AFTER_ANOTHER_MS, FOLLOWING, Outbox, PagePosition, StoredEndpoint, WebhookStore
from leadloop.webhooks.routing import QueuedDelivery
from tests.storage.database import ACCOUNT, START_MS, Database, create, update
from tests.storage.test_deliveries import LATER_MS, claim, done, endpoint

E = "e" * 24
DAY_MS = 86_400_000
ON = (ACCOUNT, E)


async def lead_with(store: WebhookStore, versions: int) -> Lead:
    lead = await create(store, name="Ana")
    for n in range(2, versions + 1):
        lead = (await update(store, lead, detail=str(n))).lead
    return lead


async def drain(store: Outbox, state: Any = "done", at_ms: int = LATER_MS) -> list[int]:
    """Claims and finishes until nothing is due; returns the versions in the order of the claims."""
    versions = []
    while claims := await claim(store, at_ms, most=1):
        versions += [claimed.delivery.version for claimed in claims]
        await store.deliveries.finish([done(claimed, state) for claimed in claims], at_ms)
    return versions


async def queued_again(store: Outbox, in_turn: bool, *versions: int) -> list[QueuedDelivery]:
    records = await store.deliveries.page(*ON, None, 100)
    return [QueuedDelivery(record.delivery, in_turn) for record in records if record.delivery.version in versions]


def test_a_delivery_is_sent_again_with_all_attempts_again(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 2)
            assert await drain(store) == [1, 2]
            assert await store.deliveries.queue_again(await queued_again(store, False, 1), "resend", LATER_MS + 1) == 1
            (again,) = await claim(store, LATER_MS + 1)
            assert (again.delivery.version, again.attempts, again.trigger) == (1, 0, "resend")
            assert await store.deliveries.queue_again(await queued_again(store, False, 1), "resend", LATER_MS + 2) == 0
            assert (await store.deliveries.finish([done(again)], LATER_MS + 3)).ours == 1

    asyncio.run(run())


def test_a_delivery_that_waits_for_a_retry_becomes_due_and_keeps_its_attempts(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 2)
            (claimed,) = await claim(store)
            await store.deliveries.finish([done(claimed, "pending", LATER_MS + DAY_MS)], LATER_MS)
            assert (
                await store.deliveries.queue_again(await queued_again(store, False, 1, 2), "resend", LATER_MS + 1) == 1
            )
            (again,) = await claim(store, LATER_MS + 1)
            assert (again.delivery.version, again.attempts, again.trigger) == (1, 1, "resend")

    asyncio.run(run())


def test_deliveries_that_were_never_queued_are_queued_in_the_order_of_their_lead(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await lead_with(store, 3)
            assert await store.endpoints.add(endpoint(), 50)
            again = [QueuedDelivery(delivery(lead, version), True) for version in (3, 1, 2)]
            assert await store.deliveries.queue_again(again, "replay", LATER_MS) == 3
            await update(store, lead, detail="4")
            assert await drain(store) == [1, 2, 3, 4]

    asyncio.run(run())


def delivery(lead: Lead, version: int, at_ms: int = START_MS) -> Delivery:
    return Delivery(
        account_id=ACCOUNT, endpoint_id=E, lead_id=lead.id, version=version, event="lead.updated", at_ms=at_ms
    )


def test_a_finished_version_in_between_does_not_break_the_chain(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 5)
            assert await drain(store) == [1, 2, 3, 4, 5]
            assert await store.deliveries.queue_again(await queued_again(store, True, 1, 4), "replay", LATER_MS) == 2
            assert await drain(store) == [1, 4]

    asyncio.run(run())


def test_recovering_queues_failed_deliveries_and_makes_waiting_ones_due(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 3)
            assert await drain(store, "failed") == [1, 2, 3]
            waiting = await create(store, name="Eva")
            (claimed,) = await claim(store)
            await store.deliveries.finish([done(claimed, "pending", LATER_MS + DAY_MS)], LATER_MS)
            assert await store.deliveries.recover(*ON, LATER_MS, LATER_MS + 1, 100, in_turn=True) == 0
            assert await claim(store, LATER_MS + 1) == []
            assert await store.deliveries.recover(*ON, 0, LATER_MS + 1, 2, in_turn=True) == 2
            assert await store.deliveries.recover(*ON, 0, LATER_MS + 1, 2, in_turn=True) == 1
            assert await store.deliveries.recover(*ON, 0, LATER_MS + 1, 2, in_turn=True) == 0
            claims = await claim(store, LATER_MS + 1)
            assert {c.trigger for c in claims} == {"recover"}
            assert sorted(c.delivery.version for c in claims if c.delivery.lead_id != waiting.id) == [1]
            assert len(claims) == 2
            await store.deliveries.finish([done(claimed) for claimed in claims], LATER_MS + 1)
            assert await drain(store, at_ms=LATER_MS + 1) == [2, 3]

    asyncio.run(run())


def test_deliveries_are_listed_newest_first_page_by_page(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 5)
            (first,) = await claim(store, most=1)
            await store.deliveries.finish([done(first, "failed")], LATER_MS)
            seen, before = [], None
            while page := await store.deliveries.page(*ON, before, 2):
                seen += page
                last = page[-1].delivery
                before = PagePosition(last.at_ms, last.lead_id, last.version)
            assert [record.delivery.version for record in seen] == [5, 4, 3, 2, 1]
            assert [record.state for record in seen] == ["pending"] * 4 + ["failed"]
            assert seen[0].due_at_ms == AFTER_ANOTHER_MS and seen[-1].finished_at_ms == LATER_MS
            assert [record.delivery.version for record in await store.deliveries.page(*ON, None, 9, failed=True)] == [1]
            records = await store.deliveries.at(*ON, first.delivery.at_ms)
            assert first.delivery in [record.delivery for record in records]
            assert await store.deliveries.page("b" * 24, E, None, 9) == []

    asyncio.run(run())


def test_attempts_are_listed_newest_first_page_by_page(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 5)
            await drain(store)
            seen, before = [], None
            while page := await store.deliveries.attempts(*ON, before, 2):
                seen += page
                before = PagePosition(page[-1].at_ms, page[-1].lead_id, page[-1].version, page[-1].n)
            assert [attempt.version for attempt in seen] == [5, 4, 3, 2, 1]
            assert all(attempt.event_id.startswith("evt_") and attempt.event for attempt in seen)

    asyncio.run(run())


def test_an_early_claim_takes_waiting_deliveries_and_none_under_a_lease(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await lead_with(store, 2)
            (claimed,) = await claim(store)
            assert await claim(store, early=True) == []
            await store.deliveries.finish([done(claimed, "pending", LATER_MS + DAY_MS)], LATER_MS)
            assert await claim(store) == []
            assert [c.delivery.version for c in await claim(store, early=True)] == [1]

    asyncio.run(run())


def test_concurrent_creates_do_not_exceed_the_endpoint_limit(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store, database.opened() as other:
            made = [endpoint(f"{n:024x}") for n in range(10)]
            stores = [store, other] * 5
            added = await asyncio.gather(
                *(s.endpoints.add(new_endpoint, 4) for s, new_endpoint in zip(stores, made, strict=True))
            )
            assert added.count(True) == 4 == len(await store.endpoints.all(ACCOUNT))

    asyncio.run(run())


def test_health_is_changed_by_one_at_a_time(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store, database.opened() as other:
            assert await store.endpoints.add(endpoint(), 50)

            def fail(stored: StoredEndpoint) -> StoredEndpoint:
                return stored.with_health(health.record_attempt(stored.endpoint.health, LATER_MS, ok=False))

            await asyncio.gather(*(s.endpoints.change(*ON, fail) for s in [store, other] * 4))
            (stored,) = await store.endpoints.all(ACCOUNT)
            assert stored.endpoint.health.failures == 8
            assert await store.endpoints.change(ACCOUNT, "f" * 24, fail) is None

    asyncio.run(run())


def test_a_batch_reads_each_lead_with_its_later_changes(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, other = await lead_with(store, 4), await lead_with(store, FOLLOWING + 2)
            deliveries = [
                delivery(lead, 2),
                delivery(other, 2),
                delivery(other, 1),
                delivery(lead, 5),
                delivery(lead, 4),
            ]
            results = await store.deliveries.leads_and_changes(deliveries)
            assert [
                None if result is None else (result[0].version, [c.version for c in result[1]]) for result in results
            ] == [
                (4, [2, 3, 4]),
                (FOLLOWING + 2, list(range(2, FOLLOWING + 3))),
                None,
                None,
                (4, [4]),
            ]

    asyncio.run(run())


def test_the_writer_reports_the_endpoints_it_queued_for(database: Database) -> None:
    async def run() -> None:
        seen: list[tuple[str, str]] = []
        async with database.opened(on_queued=seen.extend) as store:
            lead = await create(store, name="Ana")
            assert seen == []
            assert await store.endpoints.add(endpoint(), 50)
            await update(store, lead, detail="x")
            assert seen == [ON]
            await update(store, lead, detail="x")
            assert seen == [ON]

    asyncio.run(run())

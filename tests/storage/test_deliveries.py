"""Deliveries are queued with their change, claimed in order, and finished only by the holder of the claim."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from leadloop.core import ids
from leadloop.core.ids import new_id
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.use_cases import plain
from leadloop.storage.postgres.engine import KEYED_SETTINGS
from leadloop.storage.sqlite import SqliteStore
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import (
    AttemptRecord,
    Claim,
    ClaimRequest,
    CompletedAttempt,
    Outbox,
    StoredEndpoint,
)
from leadloop.webhooks.sign import Secret
from tests.storage.database import ACCOUNT, START_MS, Database, create, update

LATER_MS, LEASE_MS = START_MS + 10_000_000, 60_000


def endpoint(endpoint_id: str = "e" * 24, **members: Any) -> StoredEndpoint:
    made = Endpoint(
        account_id=ACCOUNT, id=endpoint_id, url="https://crm.test/", created_at_ms=1, updated_at_ms=1, **members
    )
    return StoredEndpoint(made, [Secret("v1:sealed")])


async def claim(store: Outbox, at_ms: int = LATER_MS, most: int = 10, token: str = "t", **wanted: Any) -> list[Claim]:
    request = ClaimRequest(**{"account_id": ACCOUNT, "endpoint_id": "e" * 24, "most": most, **wanted})
    return await store.deliveries.claim([request], token, at_ms, at_ms + LEASE_MS)


def done(claimed: Claim, state: Any = "done", due_at_ms: int = 0) -> CompletedAttempt:
    made = AttemptRecord(
        lead_id=claimed.delivery.lead_id,
        version=claimed.delivery.version,
        event=claimed.delivery.event,
        event_id=claimed.delivery.event_id,
        n=claimed.attempts + 1,
        trigger=claimed.trigger,
        at_ms=LATER_MS,
        duration_ms=5,
        status=200 if state == "done" else 500,
        error=None,
        address="192.0.2.1",
        answer="ok",
        next_at_ms=due_at_ms or None,
    )
    return CompletedAttempt(claimed, state, claimed.attempts + 1, due_at_ms, made)


def summary(claims: list[Claim]) -> list[tuple[str, int, str]]:
    return sorted((c.delivery.lead_id, c.delivery.version, c.delivery.event) for c in claims)


def test_an_endpoint_reads_back(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            stored = endpoint(events=("lead.created",), headers={"X-A": "b"}, tags=("vip",))
            assert await store.endpoints.add(stored, 50)
            assert await store.endpoints.get(ACCOUNT, "e" * 24) == stored
            assert await store.endpoints.get("b" * 24, "e" * 24) is None
            assert await store.endpoints.all(ACCOUNT) == [stored] == await store.endpoints.all()
            changed = endpoint(description="CRM", health=Health(failures=3))._replace(secrets=[Secret("v1:newest")])
            assert await store.endpoints.change(ACCOUNT, "e" * 24, lambda stored: changed) == changed
            assert await store.endpoints.get(ACCOUNT, "e" * 24) == changed
            with pytest.raises(IndexError):
                await store.endpoints.change(
                    ACCOUNT, "e" * 24, lambda current: current._replace(secrets=[current.secrets[7]])
                )
            assert await store.endpoints.get(ACCOUNT, "e" * 24) == changed
            await store.endpoints.delete(ACCOUNT, "e" * 24, LATER_MS)
            assert await store.endpoints.all(ACCOUNT) == []

    asyncio.run(run())


def test_changes_are_queued_for_an_endpoint_that_was_just_added(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store, database.opened() as other:
            before = await create(store, name="Ana")
            assert await other.endpoints.add(endpoint(), 50)
            lead = await create(store, name="Eva")
            await update(store, lead, detail="x")
            await update(store, lead, detail="x")
            await update(store, before, deleted=True)
            first = await claim(store)
            assert summary(first) == sorted([(lead.id, 1, "lead.created"), (before.id, 2, "lead.deleted")])
            await store.deliveries.finish([done(claimed) for claimed in first], LATER_MS)
            assert summary(await claim(store)) == [(lead.id, 2, "lead.updated")]

    asyncio.run(run())


def test_a_change_is_due_at_once_though_the_clock_was_set_back(database: Database) -> None:
    """The change's time is that of the previous change, which is later than now."""
    now_ms = time.time_ns() // 1_000_000
    later = ids.stamp(now_ms + 3_600_000, "request", "key:0123456789ab", "test")

    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            moved = await use_cases.update(
                store, plain(later, ACCOUNT), lead.id, lambda base, now: LeadPatch(detail="x")
            )
            assert await store.endpoints.add(endpoint(), 50)
            changed = await update(store, lead, detail="y")
            assert changed.lead.updated_at_ms == moved.lead.updated_at_ms == now_ms + 3_600_000
            assert summary(await claim(store, now_ms + 60_000)) == [(lead.id, 3, "lead.updated")]

    asyncio.run(run())


def test_a_claim_is_exclusive_until_its_lease_ends(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            await create(store, name="Ana")
            (mine,) = await claim(store, token="mine")
            assert await claim(store, token="hers") == []
            (hers,) = await claim(store, LATER_MS + LEASE_MS, token="hers")
            assert hers.delivery == mine.delivery
            assert await store.deliveries.finish([done(mine)], LATER_MS) == (0, set())
            assert await store.deliveries.attempts(ACCOUNT, "e" * 24, None, 10) == []
            assert await store.deliveries.finish([done(hers)], LATER_MS) == (1, set())
            assert await store.deliveries.finish([done(hers)], LATER_MS) == (0, set())
            (attempt,) = await store.deliveries.attempts(ACCOUNT, "e" * 24, None, 10)
            assert attempt == done(hers).attempt

    asyncio.run(run())


def test_each_lead_keeps_its_order_and_leads_do_not_wait_for_each_other(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            ana, eva = await create(store, name="Ana"), await create(store, name="Eva")
            for n in range(3):
                await update(store, ana, detail=str(n))
            first = await claim(store)
            assert summary(first) == sorted([(ana.id, 1, "lead.created"), (eva.id, 1, "lead.created")])
            (first_of_ana,) = [c for c in first if c.delivery.lead_id == ana.id]
            retry_ms = LATER_MS + 5_000
            await store.deliveries.finish([done(first_of_ana, "pending", retry_ms)], LATER_MS)
            assert await claim(store, LATER_MS + 2_000) == []
            (again,) = await claim(store, retry_ms)
            assert (again.delivery.version, again.attempts, again.trigger) == (1, 1, "retry")
            await store.deliveries.finish([done(again, "failed")], retry_ms)
            (second,) = await claim(store, retry_ms)
            assert (second.delivery.lead_id, second.delivery.version, second.trigger) == (ana.id, 2, "change")

    asyncio.run(run())


def test_unordered_deliveries_do_not_wait(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(order="unordered"), 50)
            lead = await create(store, name="Ana")
            for n in range(3):
                await update(store, lead, detail=str(n))
            assert sorted(c.delivery.version for c in await claim(store, most=3)) == [1, 2, 3]

    asyncio.run(run())


def test_only_subscribed_changes_are_queued(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await store.endpoints.add(endpoint(only_fields=("/detail",), events=("lead.updated",)), 50)
            lead: Lead = await create(store, name="Ana")
            await update(store, lead, company_name="x")
            await update(store, lead, detail="x")
            assert [c.delivery.version for c in await claim(store)] == [3]
            assert await claim(store, account_id=new_id(1)) == []

    asyncio.run(run())


def test_a_worker_that_freezes_while_it_records_a_result_does_not_block_the_lead(
    postgres: Database,
) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            assert await store.endpoints.add(endpoint(), 50)
            lead = await create(store, name="Ana")
            frozen = await asyncpg.connect(postgres.address, server_settings=KEYED_SETTINGS)
            await frozen.execute("BEGIN")
            await frozen.execute("SELECT FROM deliveries FOR UPDATE")
            assert (await update(store, lead, detail="x")).lead.version == 2
            frozen.terminate()
            assert summary(await claim(store)) == [(lead.id, 1, "lead.created")]

    asyncio.run(run())


def test_an_endpoint_whose_transaction_was_rolled_back_is_not_remembered(sqlite: Database) -> None:
    async def run() -> None:
        async with sqlite.opened() as store:
            assert isinstance(store, SqliteStore) and store._database._connection is not None
            lead = await create(store, name="Ana")
            store._database._connection.set_commit_hook(lambda: True)
            group = store.endpoints.add(endpoint("a" * 24), 50), update(store, lead, detail="x")
            failed = await asyncio.gather(*group, return_exceptions=True)
            assert all(isinstance(error, Exception) for error in failed)
            store._database._connection.set_commit_hook(None)
            assert await store.endpoints.add(endpoint("b" * 24), 50)
            await update(store, lead, detail="x")
            assert summary(await claim(store, endpoint_id="b" * 24)) == [(lead.id, 2, "lead.updated")]

    asyncio.run(run())

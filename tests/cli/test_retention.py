"""Servers and workers delete expired rows."""

import asyncio

import pytest

from lab.receiver import poll, receiving
from lab.webhooks import deliveries, subscribe
from leadloop.app import open_store, retention
from leadloop.app.stores import clock
from leadloop.settings import DatabaseSettings
from leadloop.webhooks.ports import Outbox
from tests.cli.instance import Instance

DAY_MS = 86_400_000


def test_expired_deliveries_and_attempts_are_deleted(migrated: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, migrated.serving() as owner:
        endpoint = subscribe(owner, receiver)
        owner.new_lead()
        poll(lambda: [delivery["state"] for delivery in deliveries(owner, endpoint)] == ["done"])
    monkeypatch.setattr(retention, "EVERY_S", 0.0)
    monkeypatch.setattr(retention, "clock", lambda: clock() + 31 * DAY_MS)
    asyncio.run(_purge(migrated, endpoint["id"]))


async def _purge(instance: Instance, endpoint_id: str) -> None:
    store = open_store(DatabaseSettings(database=instance.database))
    await store.open()
    assert await _count_rows(store, instance, endpoint_id) == 2
    purging = asyncio.create_task(retention.purge_expired(store))
    async with asyncio.timeout(30):
        rows = 2
        while rows:
            await asyncio.sleep(0.01)
            rows = await _count_rows(store, instance, endpoint_id)
    purging.cancel()
    await store.close()


async def _count_rows(store: Outbox, instance: Instance, endpoint_id: str) -> int:
    page = await store.deliveries.page(instance.account, endpoint_id, None, 10)
    return len(page) + len(await store.deliveries.attempts(instance.account, endpoint_id, None, 10))

"""What serves, and what sends, drops what is past keeping."""

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


def test_old_deliveries_and_attempts_are_dropped(migrated: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, migrated.serving() as owner:
        endpoint = subscribe(owner, receiver)
        owner.new_lead()
        poll(lambda: [one["state"] for one in deliveries(owner, endpoint)] == ["done"])
    monkeypatch.setattr(retention, "EVERY_S", 0.0)
    monkeypatch.setattr(retention, "clock", lambda: clock() + 31 * DAY_MS)
    asyncio.run(_tidied(migrated, endpoint["id"]))


async def _tidied(instance: Instance, endpoint_id: str) -> None:
    store = open_store(DatabaseSettings(database=instance.database))
    await store.open()
    assert await _kept(store, instance, endpoint_id) == 2
    tidier = asyncio.create_task(retention.purge_expired(store))
    async with asyncio.timeout(30):
        kept = 2
        while kept:
            await asyncio.sleep(0.01)
            kept = await _kept(store, instance, endpoint_id)
    tidier.cancel()
    await store.close()


async def _kept(store: Outbox, instance: Instance, endpoint_id: str) -> int:
    filed = await store.deliveries.page(instance.account, endpoint_id, None, 10)
    return len(filed) + len(await store.deliveries.attempts(instance.account, endpoint_id, None, 10))

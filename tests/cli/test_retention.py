"""Servers and workers delete expired rows."""

import asyncio

import pytest
from msgspec import structs

from lab.receiver import poll, receiving
from lab.webhooks import deliveries, subscribe
from leadloop.app import open_store, retention
from leadloop.app.stores import clock
from leadloop.core.ids import system_stamp
from leadloop.core.people.audit import record
from leadloop.core.people.model import LinkKind, Throttle
from leadloop.settings import DatabaseSettings
from leadloop.webhooks.ports import Outbox
from tests.cli.instance import Instance
from tests.storage.people import link, membership, person, session

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


def test_ended_sessions_failed_sign_ins_and_old_audit_entries_are_deleted(migrated: Instance) -> None:
    asyncio.run(_purge_people(migrated))


async def _purge_people(instance: Instance) -> None:
    store, now_ms, ana = open_store(DatabaseSettings(database=instance.database)), clock(), person("ana")
    await store.open()
    invited = membership(ana, instance.account)
    pending = link("new", of=ana, expires_at_ms=now_ms)
    await store.memberships.invite(ana, invited, structs.replace(pending, account_id=instance.account))
    await store.links.add(link("old", LinkKind.PASSWORD, ana, expires_at_ms=now_ms - 8 * DAY_MS))
    for token, at_ms in (("old", now_ms - 2 * DAY_MS), ("new", now_ms)):
        await store.sessions.add(session(token, ana, at_ms))
        await store.throttles.count([token], at_ms, 0)
    for at_ms in (now_ms - 401 * DAY_MS, now_ms - 399 * DAY_MS):
        await record(store, system_stamp(at_ms), instance.account, "key.created", "k")
    assert await retention._purge_batch(store, now_ms, None), "there may be more"
    assert await store.sessions.get(b"old") is not None, "only a server knows the limits"
    more = await retention._purge_batch(store, now_ms, retention.SessionLimits(DAY_MS, 7 * DAY_MS))
    assert not more
    assert [each.digest for each in await store.sessions.of_person(ana.id)] == [b"new"]
    assert await store.throttles.get(["old", "new"]) == [None, Throttle(1, now_ms)]
    assert [await store.links.get(token) is not None for token in (b"old", b"new")] == [False, True]
    page = await store.audit.page(instance.account, "", 9, actor=None, action=None, since_ms=0)
    assert [entry.at_ms for entry in page if entry.at_ms < now_ms - DAY_MS] == [now_ms - 399 * DAY_MS]
    await store.close()


async def _count_rows(store: Outbox, instance: Instance, endpoint_id: str) -> int:
    page = await store.deliveries.page(instance.account, endpoint_id, None, 10)
    return len(page) + len(await store.deliveries.attempts(instance.account, endpoint_id, None, 10))

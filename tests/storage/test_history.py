"""The change records that a unit requests, for a client whose lead has changed since it was read."""

import asyncio
from typing import Any

import pytest

from leadloop.core.writes import base
from leadloop.core.writes.unit import Loaded, Outcome, Unit
from leadloop.storage.postgres import leads as postgres_leads
from leadloop.storage.sqlite import leads as sqlite_leads
from tests.storage.database import ACCOUNT, Database, create, stamp, update


def asking(lead_id: str, after: int) -> Unit[Any]:
    return Unit(
        account_id=ACCOUNT,
        lead_id=lead_id,
        request_id=stamp().request_id,
        run=Outcome,
        history_after=after,
    )


def test_the_records_behind_a_version(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            other = await create(store, name="Eva")
            for n in range(4):
                await update(store, lead, detail=f"d{n}")
                await update(store, other, detail=f"e{n}")
            first, second, none = await asyncio.gather(
                store.write(asking(lead.id, 3)), store.write(asking(other.id, 1)), store.write(asking(lead.id, 5))
            )
            assert [(c.version, c.fields[0].after) for c in first.history] == [(4, "d2"), (5, "d3")]
            assert [c.version for c in second.history] == [2, 3, 4, 5]
            assert all(c.lead_id == other.id for c in second.history)
            assert isinstance(none, Loaded) and list(none.history) == []

    asyncio.run(run())


def test_no_more_than_the_limit_is_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postgres_leads, sqlite_leads):
        monkeypatch.setattr(module, "HISTORY_LIMIT", 2)

    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            for n in range(4):
                await update(store, lead, detail=f"d{n}")
            loaded = await store.write(asking(lead.id, 1))
            assert [c.version for c in loaded.history] == [2, 3]

    asyncio.run(run())


def test_a_base_too_far_back_is_none(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "HISTORY_LIMIT", 3)
    monkeypatch.setattr(base, "RECORD_BATCH", 2)

    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            for n in range(4):
                await update(store, lead, detail=f"d{n}")
            details = []
            for version in range(1, 7):
                prepared = await base.load_base(store, ACCOUNT, lead.id, version)
                details.append(prepared and (prepared.lead.version, prepared.read_version, prepared.lead.detail))
            assert details == [None, (2, 5, "d0"), (3, 5, "d1"), (4, 5, "d2"), (5, 5, "d3"), None]
            assert await base.load_base(store, ACCOUNT, "0" * 24, 1) is None

    asyncio.run(run())

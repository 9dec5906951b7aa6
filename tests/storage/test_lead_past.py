"""What the page of a lead reads of its past: the moves through the stages, and who last set a field."""

import asyncio
from typing import cast

import pytest

from leadloop.app import EngineStore
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.core.store import Store
from leadloop.core.writes import history
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database, create, update


async def current(store: Store, lead: Lead) -> Lead:
    stored = await store.leads.get(ACCOUNT, lead.id)
    assert stored is not None
    return stored


def test_the_moves_of_a_lead(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            insights = cast(EngineStore, store).insights
            lead = await create(store, name="Ana")
            other = await create(store, name="Eva", stage="LOST")
            for stage in ("ACTIVE", "active", "Visita", "COMPLETE", "NEW"):
                await update(store, lead, stage=stage)
                await update(store, lead, detail=stage)
            moves = await insights.stage_moves(ACCOUNT, lead.id, 0, 100)
            assert [(move.version, move.stage) for move in moves] == [
                (2, "ACTIVE"),
                (6, "Visita"),
                (8, "COMPLETE"),
                (10, "NEW"),
            ]
            assert await insights.stage_moves(ACCOUNT, lead.id, 4, 8) == moves[1:3]
            assert [move.stage for move in await insights.stage_moves(ACCOUNT, other.id, 0, 1)] == ["LOST"]
            assert await insights.stage_moves(OTHER_ACCOUNT, lead.id, 0, 100) == []

    asyncio.run(run())


def test_the_last_change_of_a_field(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana", owner=User(id="u1"))
            assert (change := await history.last_change_of(store, await current(store, lead), "/owner")) is not None
            assert change.version == 1
            for n in range(45):
                await update(store, lead, detail=f"d{n}")
                if n == 10:
                    await update(store, lead, owner=User(id="u2"))
            now = await current(store, lead)
            change = await history.last_change_of(store, now, "/owner")
            assert change is not None and change.version == 13
            assert await history.last_change_of(store, now, "/own") is None
            then = await history.at_version(store, ACCOUNT, lead.id, 12)
            change = await history.last_change_of(store, then, "/owner")
            assert change is not None and change.version == 1
            monkeypatch.setattr(history, "HISTORY_LIMIT", 20)
            assert await history.last_change_of(store, now, "/owner") is None

    asyncio.run(run())

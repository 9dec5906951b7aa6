"""The breakdown reads of each engine: the leads of a period with the requested members, and their stage moves."""

import asyncio
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from lab.load_checks import read_feed
from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart, Ref, User
from leadloop.core.store import Store
from leadloop.derived.stage_moves import FIELD
from leadloop.insights.lead_view import COLUMNS, MEMBERS, LeadView
from leadloop.insights.ports import InsightStore, LeadScan
from leadloop.insights.stages import Move
from leadloop.storage.postgres.lead_views import BATCH, statement
from leadloop.storage.sqlite.lead_views import SQL as SQLITE_SQL
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, START_MS, Database, create, update
from tests.storage.test_batches import together
from tests.storage.test_insights import execute
from tests.support.years import year

END_MS = 1_772_323_200_000  # 2026-03-01T00:00:00Z
EVER = (-(10**14), 10**15)
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Gathered:
    def __init__(self) -> None:
        self.subjects: dict[str, LeadView] = {}

    def add(self, subject: LeadView) -> None:
        assert subject.id not in self.subjects
        self.subjects[subject.id] = subject


async def gathered(
    store: Store, *members: str, period: tuple[int, int] = EVER, with_moves: bool = False
) -> dict[str, LeadView]:
    sought = LeadScan(ACCOUNT, *period, frozenset(members), with_moves)
    return (await cast(InsightStore, store).insights.fold_leads(sought, Gathered)).subjects


async def log(store: Store) -> dict[str, list[Change]]:
    by_lead: defaultdict[str, list[Change]] = defaultdict(list)
    for record in await read_feed(store, ACCOUNT):
        by_lead[record.lead_id].append(record)
    return by_lead


async def check_moves(store: Store) -> None:
    """The stored moves equal those of the change log."""
    records = await log(store)
    for lead_id, subject in (await gathered(store, with_moves=True)).items():
        set_to = (
            (record, field.after) for record in records[lead_id] for field in record.fields if field.field == FIELD
        )
        assert subject.moves == [Move(record.version, record.at_ms, stage) for record, stage in set_to]


def test_leads_have_the_requested_members(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            user = User(id="u1", name="Bia", phone="1")
            lead = await create(store, owner=user, tags=[{"name": "vip"}], params={"utm_source": "x"}, stage="ACTIVE")
            plain = await create(store, unit=Ref(name="Centro"), cart=Cart(value_micros=5), lead_date_ms=START_MS - 1)
            await update(store, await create(store, name="deleted"), deleted=True)
            await create(store, OTHER_ACCOUNT, name="Other")
            gathered_views = await gathered(store, *MEMBERS)
            assert set(gathered_views) == {lead.id, plain.id}
            for stored in (lead, plain):
                subject = gathered_views[stored.id]
                assert (subject.source, subject.type, subject.moves) == ("API", "UNSPECIFIED", [])
                for name in (*COLUMNS, *MEMBERS):
                    if name not in ("source", "type"):
                        assert getattr(subject, name) == getattr(stored, name), name
            bare = (await gathered(store, "unit", period=(START_MS - 1, START_MS)))[plain.id]
            assert bare.unit == Ref(name="Centro") and not hasattr(bare, "cart")
            assert list(await gathered(store, period=(START_MS, END_MS))) == [lead.id]

    asyncio.run(run())


def test_moves_are_those_of_the_log_however_they_were_written(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(year(7, 200, ACCOUNT, END_MS))
            lead = await create(store, stage="Visita / \"x\" ~ 'y' é")
            other: Lead = await create(store, name="/stage")
            steps: list[dict[str, Any]] = [{"stage": "ACTIVE"}, {"cpf": "1"}, {"status": "rejected"}, {"stage": "NEW"}]
            for step in steps:
                await update(store, lead, **step)
            await together(store, lead, *(update(store, target, **step) for step in steps for target in (lead, other)))
            await together(store, lead, *(create(store, stage="LOST") for _ in range(3)))
            await check_moves(store)

    asyncio.run(run())


def test_the_migration_adds_the_moves_of_existing_leads(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(year(7, 100, ACCOUNT, END_MS))
            lead = await create(store, stage="Visita / \"x\" ~ 'y' é", name='"/stage"')
            await update(store, lead, params={"/stage": "/stage"}, status="rejected")
        name = "0008_funnel" if database.engine == SQLITE else "0009_funnel"
        await execute(database, "ALTER TABLE changes DROP COLUMN stage")
        await execute(database, f"DELETE FROM schema_version WHERE name = '{name}'")
        async with database.opened() as store:
            assert (await store.health()).pending_migrations == []
            await check_moves(store)
            assert len((await gathered(store, with_moves=True))[lead.id].moves) == 2

    asyncio.run(run())


def test_a_period_is_found_by_its_dates_and_stages_by_the_key_of_the_changes(database: Database) -> None:
    async def run() -> list[str]:
        async with database.opened() as store:
            await store.leads.load(year(7, 2_000, ACCOUNT, END_MS))
        parameters = ACCOUNT, END_MS - 10 * 86_400_000, END_MS
        if database.engine == SQLITE:
            return await execute(database, f"EXPLAIN QUERY PLAN {SQLITE_SQL['lead_views']}", *parameters, True, True)
        await execute(database, "ANALYZE leads, changes")
        return await execute(database, f"EXPLAIN {statement(frozenset(MEMBERS))}", *parameters, True)

    plan = "\n".join(asyncio.run(run()))
    assert "leads_by_lead_date" in plan, plan
    assert ("sqlite_autoindex_changes_1 (account_id=? AND lead_id=?)" in plan) or ("using changes_pkey" in plan), plan
    assert "SCAN leads" not in plan and "SCAN c" not in plan and "Seq Scan" not in plan, plan


def test_other_tasks_run_between_slow_leads(database: Database) -> None:
    turns = [0]

    class Slow(Gathered):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[int] = []

        def add(self, subject: LeadView) -> None:
            super().add(subject)
            self.seen.append(turns[0])
            time.sleep(0.02)

    async def take_turns() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(year(7, 20, ACCOUNT, END_MS))
            other = asyncio.create_task(take_turns())
            folded = await cast(InsightStore, store).insights.fold_leads(
                LeadScan(ACCOUNT, *EVER, frozenset(), False), Slow
            )
            other.cancel()
            assert len(set(folded.seen)) > 10

    asyncio.run(run())


def test_after_a_lost_connection_every_lead_is_there_once(postgres: Database) -> None:
    started: list[Gathered] = []

    class Cut(Gathered):
        """The first connection is cut in the middle."""

        def __init__(self) -> None:
            super().__init__()
            started.append(self)

        def add(self, subject: LeadView) -> None:
            super().add(subject)
            if len(started) == 1 and len(self.subjects) == 1:
                with ThreadPoolExecutor(1) as thread:
                    thread.submit(asyncio.run, execute(postgres, CUT)).result()

    async def run() -> None:
        async with postgres.opened() as store:
            await store.leads.load(year(7, 2 * BATCH + 100, ACCOUNT, END_MS))
            folded = await cast(InsightStore, store).insights.fold_leads(
                LeadScan(ACCOUNT, *EVER, frozenset(), True), Cut
            )
            assert [len(scan.subjects) < 2 * BATCH for scan in started] == [True, False]
            assert set(folded.subjects) == set(await gathered(store))

    asyncio.run(run())

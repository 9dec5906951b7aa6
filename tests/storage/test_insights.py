"""Every engine counts its current leads, whether they were written alone, in batches, bulk-loaded, or before the
migration."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from lab import databases
from leadloop.api.expad import wire
from leadloop.api.expad.insights import show
from leadloop.api.properties import show_function
from leadloop.app import EngineStore
from leadloop.core.leads.doc import encode
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart, CartLine, Product, User
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.threads import SMALL
from leadloop.core.writes.unit import History
from leadloop.insights.service import insights
from leadloop.storage.postgres.insights import SQL as POSTGRES_SQL
from leadloop.storage.sqlite.insights import SQL as SQLITE_SQL
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, START_MS, Database, create, update
from tests.storage.test_batches import together
from tests.support.insights import Shown, comparable, recount
from tests.support.years import year

END_MS = 1_772_323_200_000  # 2026-03-01T00:00:00Z
ALWAYS = (-(10**14), 10**15)
CASA = Cart(lines=[CartLine(product=Product(id="p1", name="Casa"), amount_micros=1_000_000, value_micros=5)])
SOLD: dict[str, Any] = {"stage": "COMPLETE", "cart": CASA, "sale_value_micros": 7}


_STARTS = [int(datetime(2025 + n // 12, n % 12 + 1, 1, tzinfo=UTC).timestamp() * 1_000) for n in range(2, 15)]
MONTHS = list(pairwise(_STARTS))
"""Leads of the generated year."""


async def check(store: Store, *periods: tuple[int, int], source: str | None = None) -> None:
    """The Insights equal the recount of the leads, and the engine's own check reports nothing."""
    counting = cast(EngineStore, store)
    leads = await store.leads.find(LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=100_000))
    entries = list((await store.catalogue.get(ACCOUNT)).entries())
    shown = [Shown(show_function(wire.properties())(lead), lead) for lead in leads]
    for from_ms, to_ms in periods or (ALWAYS,):
        answer = await insights(counting, ACCOUNT, from_ms, to_ms, source)
        assert comparable(show(ACCOUNT, answer)) == recount(shown, from_ms, to_ms, source, entries)
    assert await counting.derived.miscounted(ACCOUNT) == 0
    for lead in leads[:200]:
        assert await counting.derived.is_counted(lead)


async def leads_in_all_states(store: Store) -> list[Lead]:
    user = User(id="u1", name="Bia")
    leads = [await create(store, name=name, owner=user, **(SOLD if name == "b" else {})) for name in "abcd"]
    await update(store, leads[2], deleted=True)
    await update(store, leads[3], custom_source_name="Feira", source="CUSTOM")
    await create(store, OTHER_ACCOUNT, name="Other", **SOLD)
    return leads


def test_every_month_of_a_year_is_counted_right(database: Database) -> None:
    async def run() -> None:
        made = list(year(7, 750, ACCOUNT, END_MS))
        async with database.opened() as store:
            await store.leads.load(made)
            await store.leads.load(made[:10])
            await store.leads.load(year(7, 20, OTHER_ACCOUNT, END_MS))
            await check(store, *MONTHS, ALWAYS)
            await check(store, *MONTHS[:3], source="google")

    asyncio.run(run())


def many_sources(count: int) -> Iterator[History]:
    """A lead in each state, each with its own user."""
    for n, made in enumerate(year(7, count, ACCOUNT, END_MS)):
        own = {"source": "CUSTOM", "custom_source_name": f"Feira {n}", "owner": User(id=f"u{n}", name=f"User {n}")}
        leads = (replace(saved.lead, **own) for saved in made)
        yield [saved._replace(lead=lead, doc=encode(lead)) for saved, lead in zip(made, leads, strict=True)]


def test_summing_many_tallies_lets_other_requests_run(database: Database) -> None:
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(many_sources(SMALL + 100))
            await check(store)
            last = 0

            class Noting:
                """Wraps a noun of the store and records the time of its last read."""

                def __init__(self, noun: Any) -> None:
                    self._noun = noun

                def __getattr__(self, name: str) -> Any:
                    async def read(*arguments: Any) -> Any:
                        nonlocal last
                        result = await getattr(self._noun, name)(*arguments)
                        last = turns
                        return result

                    return read

            other = asyncio.create_task(take_turns())
            nouns = {name: Noting(getattr(store, name)) for name in ("insights", "catalogue")}
            await insights(cast(EngineStore, SimpleNamespace(**nouns)), ACCOUNT, *ALWAYS)
            other.cancel()
            assert turns > last

    asyncio.run(run())


def test_a_user_missing_in_the_catalogue_is_read_from_the_newest_lead(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            user = User(id="u1", name="Bia", is_real=False)
            has, nobody = await create(store, owner=user), await create(store)
            other = await create(store, OTHER_ACCOUNT, owner=user)
            ids = [has.id, nobody.id, other.id, "unknown"]
            assert await cast(EngineStore, store).insights.owners(ACCOUNT, ids) == {has.id: has.owner}

    asyncio.run(run())


def test_leads_changed_alone_and_in_batches_are_counted(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, *others = await leads_in_all_states(store)
            await check(store)
            steps: list[dict[str, Any]] = [
                {"stage": "ACTIVE"},
                {"cpf": "1"},
                SOLD,
                {"lead_date_ms": START_MS - 10**10},
                {"cart": None},
                {"deleted": True},
                {"stage": "LOST"},
                {"deleted": False, "owner": None},
                SOLD,
            ]
            for step in steps:
                await update(store, lead, **step)
                await check(store)
            await together(
                store, lead, *(update(store, target, **step) for step in steps for target in (lead, *others))
            )
            await check(store)
            await together(store, lead, *(create(store, name="n", **SOLD) for _ in range(5)))
            await check(store, (START_MS, 2 * START_MS), (START_MS - 10**10, START_MS - 10**10 + 1))

    asyncio.run(run())


def test_the_winner_of_a_race_is_counted(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as other:
            lead = await create(first, name="Ana")
            stages = [{"stage": stage} for stage in ("ACTIVE", "COMPLETE", "LOST", "NEW")] * 5
            await asyncio.gather(*(update(store, lead, **stage) for stage in stages for store in (first, other)))
            await check(first)

    asyncio.run(run())


def test_the_migration_counts_existing_leads(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(year(7, 300, ACCOUNT, END_MS))
            await leads_in_all_states(store)
        name = "0005_insights" if database.engine == SQLITE else "0006_insights"
        await execute(database, "DROP TABLE lead_facts")
        await execute(database, f"DELETE FROM schema_version WHERE name = '{name}'")
        async with database.opened() as store:
            assert (await store.health()).pending_migrations == []
            await check(store, *MONTHS, ALWAYS)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("damage", "is_counted", "miscounted"),
    [
        ("DELETE FROM lead_facts WHERE account_id = '{account}' AND n = 0", False, -3),
        ("DELETE FROM lead_facts WHERE account_id = '{account}' AND n = 1", False, 0),
        ("UPDATE lead_facts SET value_micros = 8 WHERE account_id = '{account}' AND n = 0", False, 0),
        ("UPDATE lead_facts SET lead_date_ms = lead_date_ms + 1 WHERE account_id = '{account}' AND n = 0", False, 0),
        ("UPDATE lead_facts SET account_id = '{other}' WHERE account_id = '{account}'", False, -3),
        ("UPDATE lead_facts SET account_id = '{account}' WHERE account_id = '{other}'", True, 1),
    ],
)
def test_damage_is_noticed(database: Database, damage: str, is_counted: bool, miscounted: int) -> None:
    async def run() -> None:
        async with database.opened() as store:
            _, sold, _, _ = await leads_in_all_states(store)
        await execute(database, damage.format(account=ACCOUNT, other=OTHER_ACCOUNT))
        async with database.opened() as reopened:
            store = cast(EngineStore, reopened)
            assert await store.derived.is_counted(sold) is is_counted
            assert await store.derived.miscounted(ACCOUNT) == miscounted

    asyncio.run(run())


def test_a_month_is_counted_without_reading_the_others_and_without_sorting(database: Database) -> None:
    async def run() -> list[str]:
        async with database.opened() as store:
            await store.leads.load(year(7, 2_000, ACCOUNT, END_MS))
        begin, end = MONTHS[3]
        if database.engine == SQLITE:
            sql = f"EXPLAIN QUERY PLAN {SQLITE_SQL['tallies']}"
            return await execute(database, sql, ACCOUNT, begin, end, 202506, 202506)
        sql = f"EXPLAIN {POSTGRES_SQL['tallies']}"
        for mark, value in (("$1", f"'{ACCOUNT}'"), ("$2", begin), ("$3", end)):
            sql = sql.replace(mark, str(value))
        await execute(database, "ANALYZE lead_facts")
        return await execute(database, sql)

    plan = "\n".join(asyncio.run(run()))
    if database.engine == SQLITE:
        assert "USING PRIMARY KEY (account_id=? AND month>? AND month<?)" in plan and "TEMP B-TREE" not in plan, plan
    else:
        assert "lead_facts_by_date" in plan and "HashAggregate" in plan and "Sort" not in plan, plan


async def execute(database: Database, sql: str, *parameters: Any) -> list[str]:
    """Runs SQL without the store; returns the last column of the result as text."""
    return [str(row[-1]) for row in await databases.run(database.address, sql, *parameters)]

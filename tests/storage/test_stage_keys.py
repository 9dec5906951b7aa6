"""A stage stored in another spelling of one of the four counts as that stage, also after a migration."""

import asyncio
from typing import Any, cast

from leadloop.app.stores import EngineStore
from leadloop.core.leads.parts import Cart, CartLine, Product
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.insights import service
from leadloop.insights.ports import InsightStore
from tests.storage.database import ACCOUNT, SQLITE, Database, create, update
from tests.storage.test_insights import execute

EVER = (-(10**14), 10**15)
CART = Cart(lines=[CartLine(product=Product(id="p1", name="Kit"), amount_micros=2_000_000, value_micros=7_000_000)])
STAGES = ("COMPLETE", "COMPLETE ", "complete", " Complete\u00a0")


async def check(store: Store) -> None:
    report = await service.insights(cast(InsightStore, store), ACCOUNT, *EVER)
    assert report.stages == {"COMPLETE": 4, "Visita": 1}
    [user] = report.users
    assert (user.leads, user.sales, user.value_micros) == (5, 4, 28_000_000)
    [product] = report.products
    assert (product.id, product.amount_micros) == ("p1", 8_000_000)
    for stage, number in (("COMPLETE", 4), ("visita", 1)):
        query = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=10, stage=stage)
        assert (await store.leads.count(query, 100), len(await store.leads.find(query))) == (number, number)


async def fill(store: Store) -> list[Any]:
    return [await create(store, stage=stage, cart=CART) for stage in (*STAGES, "Visita")]


def test_a_stage_in_another_spelling_is_that_stage(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = await fill(store)
            await check(store)
            await asyncio.gather(*(update(store, lead, stage="LOST") for lead in leads))
            report = await service.insights(cast(InsightStore, store), ACCOUNT, *EVER)
            assert (report.stages, report.products) == ({"LOST": 5}, [])

    asyncio.run(run())


def test_existing_leads_are_counted_by_stage_after_the_migration(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = await fill(store)
        for lead in leads[1:]:
            of = f"account_id = '{ACCOUNT}' AND lead_id = '{lead.id}'"
            await execute(database, f"UPDATE leads SET stage = '{lead.stage}' WHERE id = '{lead.id}'")
            await execute(database, f"UPDATE lead_facts SET value_micros = NULL WHERE {of}")
            await execute(database, f"DELETE FROM lead_facts WHERE {of} AND n > 0")
        name = "0010_stage_keys" if database.engine == SQLITE else "0011_stage_keys"
        await execute(database, f"DELETE FROM schema_version WHERE name = '{name}'")
        async with database.opened() as store:
            await check(store)
            for lead in leads:
                assert await cast(EngineStore, store).derived.is_counted(lead)
                await update(store, lead, stage="LOST")
            report = await service.insights(cast(InsightStore, store), ACCOUNT, *EVER)
            assert (report.stages, report.products) == ({"LOST": 5}, [])

    asyncio.run(run())

"""Each account's stored number of leads is that of its leads that are not deleted, and lists of all leads use it."""

import asyncio
from typing import Any, cast

import hypothesis
from hypothesis import strategies as st

from leadloop.app import EngineStore
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.derived.lead_counts import lead_count_change
from tests.core.histories import FIRST, STEPS, Step
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, Database, create, update
from tests.storage.test_batches import together
from tests.storage.test_insights import execute
from tests.storage.test_search_index import END_MS, leads_in_all_states, recorded
from tests.support.examples import examples
from tests.support.years import year

MOST = 10_000
ACCOUNTS = (ACCOUNT, OTHER_ACCOUNT, "f" * 24)


def all_leads(account_id: str) -> LeadQuery:
    return LeadQuery(account_id=account_id, order=Order.LEAD_DATE, limit=MOST)


async def check(store: Store) -> None:
    for account_id in ACCOUNTS:
        existing = len(await store.leads.find(all_leads(account_id)))
        assert await store.leads.count(all_leads(account_id), MOST) == existing
        assert await cast(EngineStore, store).derived.lead_surplus(account_id) == 0


@examples(60)
@hypothesis.given(first=FIRST, steps=st.lists(STEPS, max_size=6))
def test_the_sum_over_a_history_is_1_unless_the_lead_is_deleted(first: Step, steps: list[Step]) -> None:
    saved = recorded(first, steps)
    assert sum(lead_count_change(each.change) for each in saved) == int(saved[-1].lead.deleted_at_ms is None)


@examples(6)
@hypothesis.given(
    steps=st.lists(
        st.tuples(st.sampled_from(ACCOUNTS), st.integers(0, 3), st.sampled_from([None, True, False])), max_size=40
    ),
    grouped=st.booleans(),
)
def test_two_processes_create_delete_and_restore(
    database: Database, steps: list[tuple[str, int, bool | None]], grouped: bool
) -> None:
    """`None` creates a lead, or changes it if it exists."""

    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            leads = {
                (account_id, n): await create(first, account_id, name="Ana")
                for account_id in ACCOUNTS
                for n in range(3)
            }
            writes: list[Any] = []
            for place, (account_id, n, deleted) in enumerate(steps):
                store, lead = (first, second)[place % 2], leads.get((account_id, n))
                if lead is None:
                    writes.append(create(store, account_id, name="Eva"))
                else:
                    fields = {"name": f"Ana {place}"} if deleted is None else {"deleted": deleted}
                    writes.append(update(store, lead, **fields))
            if grouped:
                await asyncio.gather(*writes)
            else:
                for write in writes:
                    await write
            await check(first)

    asyncio.run(run())


def test_a_lead_created_deleted_and_restored_in_one_batch_counts_once(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            await together(
                store,
                lead,
                update(store, lead, deleted=True),
                create(store, name="Ana"),
                update(store, lead, deleted=False),
            )
            await check(store)
            assert await store.leads.count(all_leads(ACCOUNT), MOST) >= 2

    asyncio.run(run())


def test_bulk_loaded_leads_count(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            histories = list(year(3, 60, ACCOUNT, END_MS))
            await store.leads.load(histories)
            await store.leads.load([*histories, *year(4, 5, ACCOUNT, END_MS)])
            assert any(history[-1].lead.deleted_at_ms is not None for history in histories)
            await check(store)

    asyncio.run(run())


def test_lists_of_all_leads_read_the_stored_number_and_others_count(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await leads_in_all_states(store)
            await execute(database, f"UPDATE feeds SET lead_count = 77 WHERE account_id = '{ACCOUNT}'")
            query = all_leads(ACCOUNT)
            assert await store.leads.count(query, MOST) == 77
            assert await store.leads.count(query, 50) == 50
            for filters in (
                {"stage": "COMPLETE"},
                {"lead_date_from_ms": 0},
                {"created_to_ms": 2**50},
                {"tag_id": "t1"},
                {"email_key": "a@x.test"},
            ):
                narrow = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=MOST, **filters)
                assert await store.leads.count(narrow, MOST) == len(await store.leads.find(narrow)) <= 4
            assert await cast(EngineStore, store).derived.lead_surplus(ACCOUNT) == 74

    asyncio.run(run())


def test_changes_of_an_older_leadloop_are_noticed_and_recompute_counts_again(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as opened:
            store = cast(EngineStore, opened)
            lead, *_ = await leads_in_all_states(store)
            await execute(database, "UPDATE feeds SET position = position + 1, lead_count = 9")
            assert await store.derived.lead_surplus(ACCOUNT) is None
            assert await store.leads.count(all_leads(ACCOUNT), MOST) == 3
            await update(store, lead, deleted=True)
            assert await store.derived.lead_surplus(ACCOUNT) is None
            assert await store.leads.count(all_leads(ACCOUNT), MOST) == 2
            writes = (create(store, name="Ana"), update(store, lead, deleted=False), create(store, name="Ana"))
            await asyncio.gather(writes[0], store.derived.recompute(), *writes[1:])
            await check(store)

    asyncio.run(run())


def test_the_migration_counts_existing_leads(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await leads_in_all_states(store)
            await update(store, await create(store, "f" * 24, name="Ana"), deleted=True)
        name = "0012_lead_counts" if database.engine == SQLITE else "0014_lead_counts"
        for column in ("lead_count", "counted"):
            await execute(database, f"ALTER TABLE feeds DROP COLUMN {column}")
        await execute(database, f"DELETE FROM schema_version WHERE name = '{name}'")
        async with database.opened() as store:
            await check(store)

    asyncio.run(run())

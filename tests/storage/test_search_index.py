"""Every engine indexes its current leads, whether they were written alone, in batches, bulk-loaded, or before the
migration."""

import asyncio
import itertools
from functools import partial
from typing import Any, TypeVar, cast

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.app import EngineStore
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart, CartLine, Product, Ref, User
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Loaded, Outcome, Saved, Unit
from tests.core.desk import DIALECTS, Desk
from tests.core.histories import FIRST, STEPS, Step
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, START_MS, Database, create, stamp, update
from tests.storage.search_index import held, wanted
from tests.storage.test_batches import together
from tests.storage.test_insights import execute
from tests.support.examples import examples
from tests.support.years import year

T = TypeVar("T")

END_MS = 1_772_323_200_000  # 2026-03-01T00:00:00Z
DAY_MS = 24 * 60 * 60 * 1_000
BIG = Cart(lines=[CartLine(product=Product(id="p1", name="Casa"))], value_micros=5_000_000)

_desks = itertools.count(1)


class Recorder(Desk):
    """A new lead with all its saved changes."""

    def __init__(self) -> None:
        super().__init__()
        self.at_ms += next(_desks) * DAY_MS
        self.saved: list[Saved] = []

    async def write(self, unit: Unit[T]) -> T:
        def run(loaded: Loaded) -> Outcome[T]:
            outcome = unit.run(loaded)
            if outcome.saved is not None:
                self.saved.append(outcome.saved)
            return outcome

        return await super().write(Unit(**{**{f: getattr(unit, f) for f in unit.__struct_fields__}, "run": run}))


def recorded(first: Step, steps: list[Step]) -> list[Saved]:
    desk = Recorder()
    desk.create(DIALECTS[first[0]], first[1])
    for kind, body in steps:
        if kind == "delete":
            desk.delete()
        else:
            desk.patch(DIALECTS[kind], body)
    return desk.saved


async def replay(store: Store, saved: Saved) -> None:
    lead = saved.lead
    run = partial(_again, saved)
    await store.write(Unit(account_id=lead.account_id, lead_id=lead.id, request_id=saved.change.request_id, run=run))


def _again(saved: Saved, _: Loaded) -> Outcome[None]:
    return Outcome(None, saved)


async def check(database: Database, *stores: Store) -> None:
    """The index equals the expected one, and the engine's own check reports nothing."""
    store = cast(EngineStore, stores[0])
    changes = [
        change for account in await store.accounts.all() for change in await store.changes.feed(account.id, 0, 100_000)
    ]
    for account_id in (ACCOUNT, OTHER_ACCOUNT, "a" * 24):
        changes += await store.changes.feed(account_id, 0, 100_000)
        assert await store.derived.misindexed(account_id) == 0
        assert await store.derived.lead_surplus(account_id) == 0
    stored = [await store.leads.get(*key) for key in {(change.account_id, change.lead_id) for change in changes}]
    leads = [lead for lead in stored if lead is not None]
    assert await held(database) == wanted(leads)
    for lead in leads[:200]:
        assert await store.derived.is_indexed(lead)


async def leads_in_all_states(store: Store) -> list[Lead]:
    leads = [await create(store, name=f"Ana {name}", email=f"{name}@x.test", phone="11987654321") for name in "abcd"]
    await update(store, leads[1], deleted=True)
    await update(store, leads[2], tags=[{"id": "t1", "name": "VIP 🔥"}], cart=BIG, stage="COMPLETE")
    await update(store, leads[3], custom_source_name="Feira do Imóvel", source="CUSTOM")
    await create(store, OTHER_ACCOUNT, name="Ana a", stage="ACTIVE")
    return leads


@examples(12)
@given(pasts=st.lists(st.tuples(FIRST, st.lists(STEPS, max_size=5)), min_size=1, max_size=4), grouped=st.booleans())
def test_the_index_has_the_current_leads_after_any_history(
    database: Database, pasts: list[tuple[Step, list[Step]]], grouped: bool
) -> None:
    async def run() -> None:
        async with database.opened() as store:
            saved = [change for past in pasts for change in recorded(*past)]
            if grouped:
                await asyncio.gather(*(replay(store, change) for change in saved))
            else:
                for change in saved:
                    await replay(store, change)
            await check(database, store)

    asyncio.run(run())


def test_leads_changed_alone_and_in_batches_are_indexed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, *others = await leads_in_all_states(store)
            await check(database, store)
            steps: list[dict[str, Any]] = [
                {"stage": "ACTIVE"},
                {"cpf": "1"},
                {"tags": [{"name": "x"}, {"id": "t2", "name": 'it\'s a \\ "tag"'}], "owner": User(id="u", name="Bia")},
                {"cart": BIG},
                {"lead_date_ms": START_MS - 10**10},
                {"cart": None, "sale_value_micros": -7},
                {"email": "'o_b\\\x01'`%@x.test", "name": "Łukasz ا 李小龙 क्ष"},
                {"deleted": True},
                {"stage": "LOST", "loss_reason": Ref(name="preço")},
                {"deleted": False, "owner": None},
                {"params": {"utm_source": "g", "utm_term": "t"}, "google_campaign_id": 77},
                {"name": None, "email": None},
                {"phone": None, "status": "no_answer"},
            ]
            for step in steps:
                await update(store, lead, **step)
                await check(database, store)
            await together(
                store, lead, *(update(store, target, **step) for step in steps for target in (lead, *others))
            )
            await check(database, store)
            await together(store, lead, *(create(store, name="n", stage="LOST") for _ in range(5)))
            await together(store, lead, *(use_cases.delete(store, plain(lead), target.id) for target in others))
            await check(database, store)

    asyncio.run(run())


def plain(lead: Lead) -> Any:
    return use_cases.plain(stamp(), lead.account_id)


def test_a_lead_with_as_much_to_index_as_fits_is_indexed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            many: list[dict[str, Any]] = [{"id": f"{n:x}", "name": f"{n}"} for n in range(1_000)]
            cart = Cart(lines=[CartLine(product=Product(id=f"{n:x}")) for n in range(2_000)])
            lead = await create(store, name="a b " * 10_000, email="e " * 1_000 + "x" * 5_000, tags=many, cart=cart)
            await check(database, store)
            await update(store, lead, tags=[], name="ä" * 20_000, email="é" * 300 + "@" + "x" * 19)
            await check(database, store)

    asyncio.run(run())


def test_the_winner_of_a_race_is_indexed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as other:
            lead = await create(first, name="Ana")
            steps: list[dict[str, Any]] = [
                {"stage": stage, "name": stage} for stage in ("ACTIVE", "COMPLETE", "LOST", "NEW")
            ] * 5
            steps[7] = steps[12] = {"deleted": True}
            steps[9] = steps[15] = {"deleted": False}
            await asyncio.gather(*(update(store, lead, **step) for step in steps for store in (first, other)))
            await check(database, first)

    asyncio.run(run())


def test_loaded_leads_are_indexed_once(database: Database) -> None:
    async def run() -> None:
        made = list(year(7, 600, ACCOUNT, END_MS))
        async with database.opened() as store:
            await store.leads.load(made[:5])
            await store.leads.load(made)
            await store.leads.load(year(7, 20, OTHER_ACCOUNT, END_MS))
            await check(database, store)

    asyncio.run(run())


def test_leads_loaded_during_a_deletion_are_indexed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            for seed, newest in enumerate([await create(store, name=f"Ana {n}") for n in range(4)][::-1]):
                loaded = year(seed, 1, ACCOUNT, END_MS)
                await asyncio.gather(update(store, newest, deleted=True), store.leads.load(loaded))
                await check(database, store)

    asyncio.run(run())


def test_the_migration_indexes_existing_leads(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(year(7, 300, ACCOUNT, END_MS))
            await leads_in_all_states(store)
        name = "0006_search" if database.engine == SQLITE else "0007_search"
        for table in ("lead_words", "lead_terms", *(["lead_places"] if database.engine == SQLITE else [])):
            await execute(database, f"DROP TABLE {table}")
        await execute(database, f"DELETE FROM schema_version WHERE name = '{name}'")
        async with database.opened() as store:
            assert (await store.health()).pending_migrations == []
            await check(database, store)

    asyncio.run(run())


def test_a_vacuumed_file_keeps_its_index(sqlite: Database) -> None:
    async def run() -> None:
        async with sqlite.opened() as store:
            leads = await leads_in_all_states(store)
            line = apsw.Connection(sqlite.address)
            line.execute("DELETE FROM lead_facts; VACUUM")
            line.close()
            await update(store, leads[0], name="Eva")
            await check(sqlite, store)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("damage", "is_indexed", "misindexed"),
    [
        ("DELETE FROM lead_terms WHERE account_id = '{account}' AND field = 'stage'", False, 0),
        ("UPDATE lead_terms SET lead_date_ms = lead_date_ms + 1 WHERE account_id = '{account}'", False, 0),
        ("DELETE FROM {places} WHERE account_id = '{account}' AND lead_date_ms > 0", False, -3),
        ("UPDATE {places} SET value_micros = 8 WHERE account_id = '{account}'", False, 0),
        ("UPDATE {places} SET lead_date_ms = 8 WHERE account_id = '{account}'", False, 0),
        ("{no_words}", False, 0),
        ("{other_words}", False, 0),
        ("UPDATE {places} SET account_id = '{account}' WHERE account_id = '{other}'", True, 1),
        ("{more_terms} AND field = 'stage'", True, 3),
        ("{more_terms} AND field = 'status'", True, 3),
        ("{more_terms} AND field = 'value'", True, 1),
    ],
)
def test_damage_is_noticed(database: Database, damage: str, is_indexed: bool, misindexed: int) -> None:
    async def run() -> None:
        async with database.opened() as store:
            _, _, sold, _ = await leads_in_all_states(store)
        await execute(database, damage.format(**damages(database), account=ACCOUNT, other=OTHER_ACCOUNT))
        async with database.opened() as reopened:
            store = cast(EngineStore, reopened)
            lead = await store.leads.get(ACCOUNT, sold.id)
            assert lead is not None and await store.derived.is_indexed(lead) is is_indexed
            assert await store.derived.misindexed(ACCOUNT) == misindexed

    asyncio.run(run())


def damages(database: Database) -> dict[str, str]:
    columns = "account_id, field, value, lead_date_ms, lead_id"
    others = columns.replace("value", "value || '0'")
    more_terms = f"INSERT INTO lead_terms ({columns}) SELECT {others} FROM lead_terms"
    more_terms += f" WHERE account_id = '{ACCOUNT}'"
    if database.engine == SQLITE:
        no_words = "INSERT INTO lead_words (lead_words) VALUES ('delete-all')"
        return {
            "places": "lead_places",
            "more_terms": more_terms,
            "no_words": no_words,
            "other_words": "UPDATE lead_places SET words = words || 'x '",
        }
    no_words, other = (f"UPDATE lead_words SET words = {words}" for words in ("''", "words || 'more'"))
    return {"places": "lead_words", "more_terms": more_terms, "no_words": no_words, "other_words": other}


def test_a_deleted_lead_that_is_still_found_is_noticed(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            _, deleted, *_ = await leads_in_all_states(store)
        places = damages(database)["places"]
        await execute(database, f"UPDATE {places} SET lead_id = '{deleted.id}' WHERE account_id = '{OTHER_ACCOUNT}'")
        await execute(database, f"UPDATE {places} SET account_id = '{ACCOUNT}' WHERE lead_id = '{deleted.id}'")
        async with database.opened() as reopened:
            store = cast(EngineStore, reopened)
            lead = await store.leads.get(ACCOUNT, deleted.id)
            assert lead is not None and not await store.derived.is_indexed(lead)

    asyncio.run(run())

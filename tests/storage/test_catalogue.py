"""Every engine upserts the catalogue in the transaction of the lead, and every process sees what any of them has
upserted."""

import asyncio
from collections import Counter
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from leadloop.core.accounts import Account
from leadloop.core.catalogue import manage
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.errors import EntryExists, EntryNotFound
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Department, Ref, Tag, User
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.derived.references import references
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, START_MS, Database, create, update
from tests.storage.test_batches import together
from tests.storage.test_insights import END_MS, execute
from tests.support.years import year


async def entries(store: Store, account_id: str = ACCOUNT) -> list[Entry]:
    catalogue = await store.catalogue.get(account_id)
    return sorted(catalogue.entries(), key=lambda entry: (entry.kind, entry.key))


async def version(store: Store) -> int:
    return (await store.catalogue.get(ACCOUNT)).version


async def check_named(store: Store) -> None:
    """Whatever the leads name is in the catalogue."""
    catalogue = await store.catalogue.get(ACCOUNT)
    leads = await store.leads.find(LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=100_000))
    found = [one for lead in leads for one in references(lead)]
    assert len(found) > len(leads)
    assert [one for one in found if catalogue.find(one.kind, one.reference) is None] == []


def test_leads_that_are_loaded_teach_what_they_name_once(database: Database) -> None:
    async def run() -> None:
        made = list(year(7, 300, ACCOUNT, END_MS))
        async with database.opened() as store:
            await store.leads.load(made)
            await check_named(store)
            known = await entries(store), await version(store)
            await store.leads.load(made)
            assert (await entries(store), await version(store)) == known
            assert await entries(store, OTHER_ACCOUNT) == []
        async with database.opened() as store:
            assert await entries(store) == known[0]

    asyncio.run(run())


def test_leads_that_were_there_before_teach_the_migration(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await store.leads.load(year(7, 200, ACCOUNT, END_MS))
            await create(store, OTHER_ACCOUNT, unit=Ref(name="Centro"))
        tables = ["catalogue", "catalogue_versions", "attributions"]
        if database.engine != SQLITE:
            tables.append("attribution_versions")
        for table in tables:
            await execute(database, f"DROP TABLE {table}")
        await execute(database, "ALTER TABLE accounts DROP COLUMN auto_attribution")
        await execute(database, "DELETE FROM schema_version WHERE name LIKE '%_catalogue'")
        async with database.opened() as store:
            assert (await store.health()).pending_migrations == []
            await check_named(store)
            [entry] = await entries(store, OTHER_ACCOUNT)
            assert (entry.kind, entry.name, entry.given) == ("units", "Centro", False)
            lead = await create(store, unit=Ref(id="u1", name="Centro"))
            assert (await create(store, unit=Ref(name="Centro"))).unit == lead.unit

    asyncio.run(run())


def test_only_what_is_new_changes_the_catalogue(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            assert await version(store) == 0
            lead = await create(store, unit=Ref(id="u1", name="Centro"), tags=[{"name": "vip"}])
            assert await version(store) == 1
            nothing_new: list[dict[str, Any]] = [
                {"cpf": "1"},
                {"unit": None},
                {"unit": Ref(name="Centro")},
                {"tags": []},
            ]
            for fields in nothing_new:
                await update(store, lead, **fields)
            await create(store, tags=[{"name": "vip"}])
            assert await version(store) == 1
            await update(store, lead, tags=[{"name": "vip", "color": "#f00"}])
            assert await version(store) == 2

    asyncio.run(run())


def test_stores_that_learn_at_once_end_up_knowing_the_same(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as one, database.opened() as two:

            async def write(store: Store, account_id: str, n: int) -> None:
                unit = Ref(name=f"Unidade {n % 5}") if n % 3 else Ref(id=f"u{n % 5}", name=f"Unidade {n % 5}")
                tags = [{"name": f"t{n % 7}"}, {"id": f"i{n % 2}", "name": f"n{n % 4}"}]
                lead = await create(store, account_id, unit=unit, tags=tags, owner=User(name=f"Bia {n}"))
                await update(store, lead, department=Department(id="d", name=f"Vendas {n % 2}"))

            writes = [
                write(store, account_id, n)
                for n in range(30)
                for store in (one, two)
                for account_id in (ACCOUNT, OTHER_ACCOUNT)
            ]
            await asyncio.gather(*writes)
            for account_id in (ACCOUNT, OTHER_ACCOUNT):
                known = await entries(one, account_id)
                assert await entries(two, account_id) == known
                counts = Counter(entry.kind for entry in known)
                assert counts == {"units": 5, "tags": 9, "users": 30, "departments": 1}
                assert all(entry.given for entry in known if entry.kind == "units")
                async with database.opened() as three:
                    assert await entries(three, account_id) == known
            assert await check_all_unit_ids(two)

    asyncio.run(run())


async def check_all_unit_ids(store: Store) -> bool:
    """Each unit has one id in all leads."""
    leads = await store.leads.find(LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=1_000))
    found = {(lead.unit.name, lead.unit.id) for lead in leads if lead.unit and lead.unit.id}
    return found == {(f"Unidade {n}", f"u{n}") for n in range(5)}


def test_many_leads_of_one_group_teach_together(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            same = [update(store, lead, unit=Ref(id="u1", name=f"Nome {n}")) for n in range(10)]
            others = [create(store, account_id, tags=[{"name": f"t{n}"}]) for n in range(5) for account_id in ACCOUNTS]
            await together(store, lead, *same, *others)
            known = await entries(store)
            assert Counter(entry.kind for entry in known) == {"units": 1, "tags": 5}
            [unit] = [entry for entry in known if entry.kind == "units"]
            assert (unit.name, len(unit.past_names)) == ("Nome 9", 9)
            assert len(await entries(store, OTHER_ACCOUNT)) == 5

    asyncio.run(run())


ACCOUNTS = (ACCOUNT, OTHER_ACCOUNT)


def test_managing_is_seen_by_every_store_at_once(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as one, database.opened() as two:
            await create(two, unit=Ref(name="Centro"))
            await one.catalogue.manage(
                ACCOUNT, lambda known: manage.create(known, "units", "u1", "Centro", {}, START_MS)
            )
            assert (await create(two, unit=Ref(name="Centro"))).unit == Ref(id="u1", name="Centro")
            await two.catalogue.manage(
                ACCOUNT, lambda known: manage.update(known, "units", "u1", {"name": "Sul"}, START_MS)
            )
            assert (await create(one, unit=Ref(name="Centro"))).unit == Ref(name="Centro")
            entry = await one.catalogue.entry(ACCOUNT, "units", "u1")
            assert entry is not None and entry.past_names == ["Centro"]
            assert await one.catalogue.entry(OTHER_ACCOUNT, "units", "u1") is None
            assert await one.catalogue.entry(ACCOUNT, "tags", "u1") is None

    asyncio.run(run())


def test_what_managing_refuses_changes_nothing(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, unit=Ref(id="u1", name="Centro"))
            with pytest.raises(EntryNotFound):
                await store.catalogue.manage(ACCOUNT, lambda known: manage.update(known, "units", "u2", {}, START_MS))
            with pytest.raises(EntryExists):
                await store.catalogue.manage(
                    ACCOUNT, lambda known: manage.create(known, "units", None, "Centro", {}, START_MS)
                )
            assert [entry.name for entry in await entries(store)] == ["Centro"]
            assert (await create(store, unit=Ref(name="Centro"))).unit == lead.unit

    asyncio.run(run())


def test_entries_are_listed_by_name_a_page_at_a_time(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            for n, name in enumerate(["Zona Sul", "água", "Ágata", "agua", "Centro", "centro"]):
                await create(store, tags=[{"id": f"t{n}", "name": name}])
            await create(store, OTHER_ACCOUNT, tags=[{"name": "Centro"}])
            await store.catalogue.manage(ACCOUNT, lambda known: manage.archive(known, "tags", "t4", START_MS))

            async def found(**asked: Any) -> list[str]:
                query = {"account_id": ACCOUNT, "kind": "tags", "limit": 100, **asked}
                return [entry.id for entry in (await store.catalogue.page(EntryQuery(**query), 10_000)).items]

            assert await found() == ["t2", "t1", "t3", "t4", "t5", "t0"]
            assert await found(limit=2, after=("agua", "t1")) == ["t3", "t4"]
            assert await found(archived=False) == ["t2", "t1", "t3", "t5", "t0"]
            assert await found(archived=True, part="ent") == ["t4"]
            assert await found(part="%") == []
            assert await found(kind="units") == []

    asyncio.run(run())


async def attributing(store: Store, *users: tuple[str, int | None]) -> None:
    account = Account(id=ACCOUNT, name="A", created_at_ms=START_MS)
    await store.accounts.add(account)
    for user_id, cap in users:
        members = {"is_real": True, "daily_cap": cap}
        await store.catalogue.manage(
            ACCOUNT,
            lambda known, u=user_id, m=members: manage.create(known, "users", u, u, m, START_MS),  # type: ignore[misc]
        )
    await store.accounts.change(ACCOUNT, partial(structs.replace, auto_attribution=True))


def owner(lead: Lead) -> str | None:
    return lead.owner.id if lead.owner else None


def test_no_cap_is_passed_and_the_rest_is_shared_out_however_many_stores_write(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as one, database.opened() as two:
            await attributing(one, ("a", 10), ("b", 10), ("c", None))
            made = await asyncio.gather(*(create(store, name=str(n)) for n in range(25) for store in (one, two)))
            counts = Counter(owner(lead) for lead in made)
            assert counts == {"a": 10, "b": 10, "c": 30}
        async with database.opened() as store:
            assert owner(await create(store, name="later")) == "c"

    asyncio.run(run())


def test_turns_go_round_in_one_group_as_they_do_one_by_one(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await attributing(store, ("a", None), ("b", None), ("c", 1))
            lead = await create(store, name="first")
            made = await together(store, lead, *(create(store, name=str(n)) for n in range(10)))
            assert Counter(owner(one) for one in (lead, *made)) == {"a": 5, "b": 5, "c": 1}

    asyncio.run(run())


def test_a_tag_of_a_lead_keeps_its_own_time(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await create(store, tags=[{"id": "t1", "name": "vip", "color": "#f00"}])
            lead = await create(store, tags=[{"name": "vip", "created_at_ms": 5}])
            assert lead.tags == [Tag(id="t1", name="vip", color="#f00", created_at_ms=5)]

    asyncio.run(run())

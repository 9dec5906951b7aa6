"""Every engine upserts the catalogue in the transaction of the lead, and every process sees what any of them has
upserted."""

import asyncio
from collections import Counter
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from lab import stores
from leadloop.core.accounts import Account
from leadloop.core.catalogue import manage
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.errors import EntryExists, EntryNotFound
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Department, Ref, Tag, User
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.writes.use_cases import plain
from leadloop.derived.references import references
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, SQLITE, START_MS, Database, create, stamp, update
from tests.storage.test_batches import together
from tests.storage.test_insights import END_MS, execute
from tests.support.years import year


async def entries(store: Store, account_id: str = ACCOUNT) -> list[Entry]:
    catalogue = await store.catalogue.get(account_id)
    return sorted(catalogue.entries(), key=lambda entry: (entry.kind, entry.key))


async def version(store: Store) -> int:
    return (await store.catalogue.get(ACCOUNT)).version


async def check_named(store: Store) -> None:
    """Every reference of every lead has an entry."""
    catalogue = await store.catalogue.get(ACCOUNT)
    leads = await store.leads.find(LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=100_000))
    mentions = [mention for lead in leads for mention in references(lead)]
    assert len(mentions) > len(leads)
    assert [mention for mention in mentions if catalogue.find(mention.kind, mention.reference) is None] == []


def test_loaded_leads_add_each_entry_once(database: Database) -> None:
    async def run() -> None:
        made = list(year(7, 300, ACCOUNT, END_MS))
        async with database.opened() as store:
            await store.leads.load(made)
            await check_named(store)
            before = await entries(store), await version(store)
            await store.leads.load(made)
            assert (await entries(store), await version(store)) == before
            assert await entries(store, OTHER_ACCOUNT) == []
        async with database.opened() as store:
            assert await entries(store) == before[0]

    asyncio.run(run())


def test_the_migration_adds_the_entries_of_existing_leads(database: Database) -> None:
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


def test_only_new_references_change_the_catalogue(database: Database) -> None:
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


def test_concurrent_stores_end_with_the_same_catalogue(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:

            async def write(store: Store, account_id: str, n: int) -> None:
                unit = Ref(name=f"Unidade {n % 5}") if n % 3 else Ref(id=f"u{n % 5}", name=f"Unidade {n % 5}")
                tags = [{"name": f"t{n % 7}"}, {"id": f"i{n % 2}", "name": f"n{n % 4}"}]
                lead = await create(store, account_id, unit=unit, tags=tags, owner=User(name=f"Bia {n}"))
                await update(store, lead, department=Department(id="d", name=f"Vendas {n % 2}"))

            writes = [
                write(store, account_id, n)
                for n in range(30)
                for store in (first, second)
                for account_id in (ACCOUNT, OTHER_ACCOUNT)
            ]
            await asyncio.gather(*writes)
            for account_id in (ACCOUNT, OTHER_ACCOUNT):
                learned = await entries(first, account_id)
                assert await entries(second, account_id) == learned
                counts = Counter(entry.kind for entry in learned)
                assert counts == {"units": 5, "tags": 9, "users": 30, "departments": 1}
                assert all(entry.given for entry in learned if entry.kind == "units")
                async with database.opened() as third:
                    assert await entries(third, account_id) == learned
            assert await check_all_unit_ids(second)

    asyncio.run(run())


async def check_all_unit_ids(store: Store) -> bool:
    """Each unit has one id in all leads."""
    leads = await store.leads.find(LeadQuery(account_id=ACCOUNT, order=Order.CREATED, limit=1_000))
    units = {(lead.unit.name, lead.unit.id) for lead in leads if lead.unit and lead.unit.id}
    return units == {(f"Unidade {n}", f"u{n}") for n in range(5)}


def test_leads_of_one_batch_add_one_entry(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            same = [update(store, lead, unit=Ref(id="u1", name=f"Nome {n}")) for n in range(10)]
            others = [create(store, account_id, tags=[{"name": f"t{n}"}]) for n in range(5) for account_id in ACCOUNTS]
            await together(store, lead, *same, *others)
            before = await entries(store)
            assert Counter(entry.kind for entry in before) == {"units": 1, "tags": 5}
            [unit] = [entry for entry in before if entry.kind == "units"]
            assert (unit.name, len(unit.past_names)) == ("Nome 9", 9)
            assert len(await entries(store, OTHER_ACCOUNT)) == 5

    asyncio.run(run())


ACCOUNTS = (ACCOUNT, OTHER_ACCOUNT)


def test_every_store_sees_a_managed_change_at_once(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await create(second, unit=Ref(name="Centro"))
            await first.catalogue.manage(
                ACCOUNT, lambda catalogue: manage.create(catalogue, "units", "u1", "Centro", {}, START_MS)
            )
            assert (await create(second, unit=Ref(name="Centro"))).unit == Ref(id="u1", name="Centro")
            await second.catalogue.manage(
                ACCOUNT, lambda catalogue: manage.update(catalogue, "units", "u1", {"name": "Sul"}, START_MS)
            )
            assert (await create(first, unit=Ref(name="Centro"))).unit == Ref(name="Centro")
            entry = await first.catalogue.entry(ACCOUNT, "units", "u1")
            assert entry is not None and entry.past_names == ["Centro"]
            assert await first.catalogue.entry(OTHER_ACCOUNT, "units", "u1") is None
            assert await first.catalogue.entry(ACCOUNT, "tags", "u1") is None

    asyncio.run(run())


def test_a_refused_change_changes_nothing(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, unit=Ref(id="u1", name="Centro"))
            with pytest.raises(EntryNotFound):
                await store.catalogue.manage(
                    ACCOUNT, lambda catalogue: manage.update(catalogue, "units", "u2", {}, START_MS)
                )
            with pytest.raises(EntryExists):
                await store.catalogue.manage(
                    ACCOUNT, lambda catalogue: manage.create(catalogue, "units", None, "Centro", {}, START_MS)
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
            await store.catalogue.manage(ACCOUNT, lambda catalogue: manage.archive(catalogue, "tags", "t4", START_MS))

            async def listed(**criteria: Any) -> list[str]:
                query = {"account_id": ACCOUNT, "kind": "tags", "limit": 100, **criteria}
                return [entry.id for entry in (await store.catalogue.page(EntryQuery(**query), 10_000)).items]

            assert await listed() == ["t2", "t1", "t3", "t4", "t5", "t0"]
            assert await listed(limit=2, after=("agua", "t1")) == ["t3", "t4"]
            assert await listed(archived=False) == ["t2", "t1", "t3", "t5", "t0"]
            assert await listed(archived=True, part="ent") == ["t4"]
            assert await listed(part="%") == []
            assert await listed(kind="units") == []

    asyncio.run(run())


async def attributing(store: Store, *users: tuple[str, int | None]) -> None:
    account = Account(id=ACCOUNT, name="A", created_at_ms=START_MS)
    await store.accounts.add(account)
    for user_id, cap in users:
        members = {"is_real": True, "daily_cap": cap}
        await store.catalogue.manage(
            ACCOUNT,
            lambda catalogue, u=user_id, m=members: manage.create(catalogue, "users", u, u, m, START_MS),  # type: ignore[misc]
        )
    await store.accounts.change(ACCOUNT, partial(structs.replace, auto_attribution=True))


def owner(lead: Lead) -> str | None:
    return lead.owner.id if lead.owner else None


def test_concurrent_stores_exceed_no_cap_and_share_the_rest(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await attributing(first, ("a", 10), ("b", 10), ("c", None))
            made = await asyncio.gather(*(create(store, name=str(n)) for n in range(25) for store in (first, second)))
            counts = Counter(owner(lead) for lead in made)
            assert counts == {"a": 10, "b": 10, "c": 30}
        async with database.opened() as store:
            assert owner(await create(store, name="later")) == "c"

    asyncio.run(run())


def test_assignment_within_a_batch_is_like_one_by_one(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await attributing(store, ("a", None), ("b", None), ("c", 1))
            lead = await create(store, name="first")
            made = await together(store, lead, *(create(store, name=str(n)) for n in range(10)))
            assert Counter(owner(lead_of) for lead_of in (lead, *made)) == {"a": 5, "b": 5, "c": 1}

    asyncio.run(run())


async def create_at(store: Store, at_ms: int) -> Lead:
    return await stores.create(store, plain(stamp(at_ms), ACCOUNT), name="Ana")


def test_a_cap_is_that_of_the_accounts_day_on_every_store(database: Database) -> None:
    """In New York March 8 has 23 hours; the second store learns of the zone by the catalogue's version."""

    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            await attributing(first, ("a", 1))
            midnight_ms = 1_772_946_000_000  # 2026-03-08T05:00:00Z
            assert owner(await create_at(second, midnight_ms - 1)) == "a"
            assert owner(await create_at(second, midnight_ms)) is None
            await first.accounts.change(ACCOUNT, partial(structs.replace, time_zone="America/New_York"))
            next_midnight_ms = midnight_ms + 23 * 3_600_000
            for at_ms, taker in (
                *((midnight_ms, "a"), (midnight_ms + 1, None), (next_midnight_ms - 1, None)),
                *((next_midnight_ms, "a"), (next_midnight_ms + 1, None)),
            ):
                assert owner(await create_at(second, at_ms)) == taker

    asyncio.run(run())


def test_a_tag_of_a_lead_keeps_its_own_time(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await create(store, tags=[{"id": "t1", "name": "vip", "color": "#f00"}])
            lead = await create(store, tags=[{"name": "vip", "created_at_ms": 5}])
            assert lead.tags == [Tag(id="t1", name="vip", color="#f00", created_at_ms=5)]

    asyncio.run(run())

"""How many other leads have the same e-mail or phone, also when they come in together."""

import asyncio

import pytest

from leadloop.core import store as core_store
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Loaded, Outcome, Unit
from leadloop.core.writes.use_cases import plain
from leadloop.storage.postgres import leads as postgres_leads
from leadloop.storage.sqlite import leads as sqlite_leads
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database, create, stamp, update

OWN = Contact()
EMAIL, PHONE = "ana@example.test", "+5511988887777"


async def counted(store: Store, lead: Lead, keys: Contact = OWN) -> int:
    unit = Unit(
        account_id=lead.account_id,
        lead_id=lead.id,
        request_id=stamp().request_id,
        run=lambda loaded: Outcome(loaded.same_contact),
        contact=keys,
    )
    return await store.write(unit)


def test_an_email_or_a_phone_makes_two_leads_meet(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana", email=EMAIL, phone=PHONE)
            await create(store, email=EMAIL.upper())
            await create(store, phone="(11) 98888-7777")
            await create(store, email=EMAIL, phone=PHONE)
            await create(store, OTHER_ACCOUNT, email=EMAIL)
            stranger = await create(store, name="No contact")
            deleted = await create(store, email=EMAIL)
            await update(store, deleted, deleted=True)
            assert await counted(store, lead) == 3
            assert await counted(store, deleted) == 3
            assert await counted(store, stranger) == 0
            assert await counted(store, stranger, Contact(email=EMAIL)) == 3
            assert await counted(store, lead, Contact(email=None)) == 2
            assert await counted(store, lead, Contact(None, None)) == 0

    asyncio.run(run())


def test_leads_that_come_in_together_see_each_other(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            fields = [{"email": EMAIL}, {"phone": PHONE}, {"email": EMAIL, "phone": PHONE}, {"name": "other"}]
            leads = await asyncio.gather(*(create(store, **each) for each in fields))
            assert [lead.duplicate for lead in leads] == [0, 0, 2, 0]

    asyncio.run(run())


def test_a_contact_that_is_given_up_no_longer_counts(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            first = await create(store, email=EMAIL)

            def give_up(base: Lead, now: Lead) -> LeadPatch:
                return LeadPatch(email="other@example.test")

            keys = Contact(email="other@example.test")
            gone = use_cases.update(store, plain(stamp(), ACCOUNT), first.id, give_up, contact=keys)
            _, second = await asyncio.gather(gone, create(store, email=EMAIL))
            assert second.duplicate == 0

    asyncio.run(run())


def test_counting_stops_at_the_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert core_store.SAME_CONTACT_LIMIT == 1_000
    for module in (postgres_leads, sqlite_leads):
        monkeypatch.setattr(module, "SAME_CONTACT_LIMIT", 5)

    async def run() -> None:
        async with database.opened() as store:
            for n in range(4):
                await create(store, email=EMAIL, name=str(n))
                await create(store, phone=PHONE, name=str(n))
            lead = await create(store, email=EMAIL, phone=PHONE)
            assert lead.duplicate == 5

    asyncio.run(run())


def test_the_lead_itself_is_loaded_with_the_count(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, email=EMAIL)
            seen: list[Loaded] = []

            def look(loaded: Loaded) -> Outcome[None]:
                seen.append(loaded)
                return Outcome(None)

            await store.write(Unit(account_id=ACCOUNT, lead_id=lead.id, request_id="r", run=look, contact=Contact()))
            assert [loaded[:5] for loaded in seen] == [Loaded(lead)[:5]]

    asyncio.run(run())

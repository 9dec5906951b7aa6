"""What stands beside a lead: its neighbours in a list, and other leads of the same person."""

import asyncio

import pytest
from msgspec import structs

from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Ref, User
from leadloop.core.reading import lists, same_person
from leadloop.core.reading.neighbours import neighbours
from leadloop.core.reading.visibility import ALL, Visibility
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.writes import use_cases
from tests.storage.database import ACCOUNT, START_MS, Database, create, stamp, update

OWN = Visibility(False, ("u1",), ("n1",))
VISIBILITIES = (ALL, OWN, Visibility(False))


async def mixed(store: Store) -> list[Lead]:
    """Leads of two users and of nobody, some of which have the same date."""
    leads = []
    for n in range(18):
        owner = (User(id="u1"), User(id="u2"), None)[n % 3]
        unit = Ref(id=("n1", "n2")[n % 2])
        leads.append(await create(store, name=f"L{n}", owner=owner, unit=unit, lead_date_ms=START_MS + n // 4))
    return leads


@pytest.mark.parametrize("visibility", VISIBILITIES, ids=["all", "own", "nothing"])
def test_neighbours_are_those_of_the_list(database: Database, visibility: Visibility) -> None:
    async def run() -> None:
        async with database.opened() as store:
            await mixed(store)
            for order in Order:
                for is_ascending in (False, True):
                    for text in ("", "user:u1,u2"):
                        query = LeadQuery(account_id=ACCOUNT, order=order, is_ascending=is_ascending, limit=100)
                        search = read(text, now_ms=START_MS) if text else None
                        await check(store, structs.replace(query, search=search), visibility)

    asyncio.run(run())


async def check(store: Store, query: LeadQuery, visibility: Visibility) -> None:
    leads = await lists.find(store, query, visibility)
    for previous, lead, following in zip([None, *leads], leads, [*leads[1:], None], strict=False):
        beside = await neighbours(store, query, visibility, lead)
        assert [other and other.id for other in beside] == [other and other.id for other in (previous, following)]


def test_a_lead_that_has_left_the_list_keeps_its_place(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            leads = [await create(store, name=f"L{n}", lead_date_ms=START_MS + n) for n in range(3)]
            await use_cases.delete(store, use_cases.plain(stamp(), ACCOUNT), leads[1].id)
            gone = await use_cases.get(store, ACCOUNT, leads[1].id)
            query = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=1)
            beside = await neighbours(store, query, ALL, gone)
            assert [other and other.name for other in beside] == ["L2", "L0"]

    asyncio.run(run())


def test_other_leads_of_the_person(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana", email="ana@x.test", phone="+55 11 98765-4321")
            by_phone = await create(store, name="A", phone="(11) 98765-4321", owner=User(id="u1"))
            by_email = await create(store, name="B", email=" ANA@x.test", owner=User(id="u2"))
            by_both = await create(store, name="C", email="ana@x.test", phone="11987654321")
            gone = await create(store, name="D", email="ana@x.test")
            await use_cases.delete(store, use_cases.plain(stamp(), ACCOUNT), gone.id)
            await create(store, name="E", email="other@x.test")

            async def others(visibility: Visibility, most: int) -> tuple[list[str], int]:
                found = await same_person.same_person(store, visibility, lead, None, most)
                return [other.id for other in found.leads], found.count

            newest = [by_both.id, by_email.id, by_phone.id]
            assert await others(ALL, 10) == (newest, 3)
            assert await others(ALL, 3) == (newest, 3)
            assert await others(ALL, 2) == (newest[:2], 3)
            assert await others(ALL, 1) == (newest[:1], 3)
            assert await others(OWN, 10) == ([by_phone.id], 1)

            await update(store, lead, email=None)
            lead = await use_cases.get(store, ACCOUNT, lead.id)
            assert await others(ALL, 1) == ([by_both.id], 2)
            await update(store, lead, phone=None)
            lead = await use_cases.get(store, ACCOUNT, lead.id)
            assert await others(ALL, 10) == ([], 0)

    asyncio.run(run())

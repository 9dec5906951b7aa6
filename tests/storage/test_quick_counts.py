"""Quick counts: exact where an index helps or the account is small, else none."""

import asyncio

import pytest
from msgspec import structs

from leadloop.core.leads.parts import User
from leadloop.core.reading import lists
from leadloop.core.reading.lists import Count
from leadloop.core.reading.visibility import ALL, Visibility
from leadloop.core.search.read import read
from leadloop.core.store import LeadQuery, Order
from leadloop.storage import finding, quick_counts
from tests.storage.database import ACCOUNT, Database, create

LEADS = 60


@pytest.mark.parametrize("order", Order)
def test_a_count_gives_up_rather_than_reading_the_whole_account(
    database: Database, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PROBED", 10)
    monkeypatch.setattr(quick_counts, "MOST_SCANNED", 20)

    async def run() -> None:
        async with database.opened() as store:
            query = LeadQuery(account_id=ACCOUNT, order=order, limit=1)
            for number in range(LEADS):
                is_rare = number < 2
                tags = [{"id": "vip"}, *[{"id": "rare"}] * is_rare]
                await create(store, name=f"Lead {number}", owner=User(id="u1"), tags=tags)

            async def count(text: str, most: int = 100) -> int | None:
                return await store.leads.quick_count(structs.replace(query, search=read(text, now_ms=0)), most)

            assert await count("") == LEADS
            assert await count("tag:vip") == LEADS and await count("tag:vip", 7) == 7
            assert await count("tag:rare") == 2
            assert await count("tag:vip tag:rare -has:phone") == 2, "one index is enough"
            assert await count("-has:user") is None
            assert await count("tag:vip -has:user") == 0, "the index of words knows both"
            assert await count("-has:phone", 15) == 15, "many match"
            assert await count("-tag:vip") is None

            everything = structs.replace(query, search=read("", now_ms=0))
            assert await lists.quick_count(store, everything, ALL) == Count(LEADS, exact=True)
            assert await lists.quick_count(store, everything, ALL, 7) == Count(7, exact=False)
            own = Visibility(False, ("u1",), ())
            assert await lists.quick_count(store, everything, own) == Count(LEADS, exact=True)
            unowned = structs.replace(query, search=read("-has:user", now_ms=0))
            assert await lists.quick_count(store, unowned, ALL) is None
            assert await lists.quick_count(store, unowned, own) == Count(0, exact=True)
            assert await lists.quick_count(store, unowned, Visibility(False)) == Count(0, exact=True)

    asyncio.run(run())

"""A lead's conversation is stored separately; a unit with a message sees the stored ones."""

import asyncio
from typing import Any

from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.use_cases import plain
from tests.storage.database import ACCOUNT, Database, create, stamp, stored


async def say(store: Store, lead: Lead, message_id: str, **members: Any) -> None:
    def settle(base: Lead, now: Lead) -> LeadPatch:
        return LeadPatch(message={"id": message_id, **members})

    await use_cases.update(store, plain(stamp(), ACCOUNT), lead.id, settle, message_id=message_id)


async def listed(store: Store, lead: Lead, limit: int = 10, before: tuple[int, str] | None = None) -> list[str]:
    return [message.id for message in (await store.leads.messages(ACCOUNT, lead.id, limit, before)).items]


def test_messages_are_listed_newest_first(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            for message_id, at_ms in (("b", 20), ("a", 10), ("d", 30), ("c", 30)):
                await say(store, lead, message_id, content=f"é {message_id}", created_at_ms=at_ms)
            assert await listed(store, lead) == ["d", "c", "b", "a"]
            assert await listed(store, lead, 2) == ["d", "c"]
            assert await listed(store, lead, 2, (30, "c")) == ["b", "a"]
            assert await listed(store, lead, 2, (10, "a")) == []
            page = await store.leads.messages(ACCOUNT, lead.id, 10, None, 1)
            assert ([message.id for message in page.items], page.is_cut) == (["d"], True)
            last = (await stored(store, lead)).last_message
            assert last is not None and (last.id, last.content) == (
                "c",
                "é c",
            )  # of equal times, the one that came last

    asyncio.run(run())


def test_a_known_message_merges_and_the_newest_other_takes_over(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            await say(store, lead, "old", content="one", created_at_ms=10)
            await say(store, lead, "new", content="two", created_at_ms=20, sender="Bia")
            await say(store, lead, "new", created_at_ms=5)
            newest, oldest = (await store.leads.messages(ACCOUNT, lead.id, 10)).items
            assert (newest.id, oldest.id) == ("old", "new")
            assert (oldest.content, oldest.sender, oldest.created_at_ms) == ("two", "Bia", 5)
            last = (await stored(store, lead)).last_message
            assert last is not None and last.id == "old"

    asyncio.run(run())


def test_messages_sent_at_once_are_all_kept(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            await asyncio.gather(*(say(store, lead, f"m{n:02}", content=f"{n}", created_at_ms=n) for n in range(20)))
            assert len(await listed(store, lead, 100)) == 20
            now = await stored(store, lead)
            assert now.version == 21
            assert now.last_message is not None and now.last_message.id == "m19"

    asyncio.run(run())


def test_a_message_that_steps_back_gives_way_to_one_that_came_in_with_it(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            await say(store, lead, "first", created_at_ms=10)
            await say(store, lead, "last", created_at_ms=30)
            await asyncio.gather(
                say(store, lead, "between", created_at_ms=20), say(store, lead, "last", created_at_ms=5)
            )
            last = (await stored(store, lead)).last_message
            assert last is not None and last.id == "between"

    asyncio.run(run())

"""A lead that a newer leadloop has written can be read but not written, since unknown fields would be lost."""

import asyncio
from typing import Any

import msgspec
import pytest

from leadloop.core.errors import NewerFormat
from leadloop.core.leads.model import FORMAT, Lead
from tests.storage.database import SQLITE, Database, create, stored, update
from tests.storage.test_insights import execute

NEWER = {"format": FORMAT + 1, "wishes": ["a call"]}


async def doc_of(database: Database, lead: Lead) -> dict[str, Any]:
    mark = "?1" if database.engine == SQLITE else "$1"
    (doc,) = await execute(database, f"SELECT doc FROM leads WHERE id = {mark}", lead.id)
    members: dict[str, Any] = msgspec.json.decode(doc)
    return members


async def make_newer(database: Database, lead: Lead) -> None:
    doc = msgspec.json.encode(await doc_of(database, lead) | NEWER).decode()
    marks = ("?1", "?2") if database.engine == SQLITE else ("$1::text::jsonb", "$2")
    await execute(database, f"UPDATE leads SET doc = {marks[0]} WHERE id = {marks[1]}", doc, lead.id)


def test_it_is_refused_and_stays_whole(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, other = await create(store, name="Ana"), await create(store, name="Bia")
            await make_newer(database, lead)
            assert (await stored(store, lead)).name == "Ana"
            before = await doc_of(database, lead)
            assert before.items() >= NEWER.items()
            for change in ({"name": "Eva"}, {"deleted": True}):
                with pytest.raises(NewerFormat):
                    await update(store, lead, **change)
            assert (await update(store, lead, name="Ana")).change is None, "no change, nothing to lose"
            assert (await update(store, other, name="Eva")).lead.version == 2
            assert await doc_of(database, lead) == before

    asyncio.run(run())

"""Two concurrent units of one idempotency key have one effect and do not affect other units."""

import asyncio

import pytest

from leadloop.core.errors import KeyReused
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.idempotency import AnsweredBefore, IdempotentCall, StoredAnswer
from leadloop.core.writes.use_cases import WriteRequest
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database, create, stamp, stored, update


async def create_once(store: Store, key: str, fingerprint: str) -> str:
    """The id of the lead created under the key."""
    once = IdempotentCall(key=key, fingerprint=fingerprint, serialize=lambda written: "", replay=lead_id_of)
    write = WriteRequest(
        stamp=stamp(), account_id=ACCOUNT, answer=lambda written: written.lead.id, idempotent_call=once
    )
    try:
        return await use_cases.create(store, write, lambda: LeadPatch(name="Ana"), Contact())
    except AnsweredBefore as before:
        return await once.replay(before.stored_answer)


async def lead_id_of(kept: StoredAnswer) -> str:
    return kept.lead_id


def test_units_of_one_key_in_one_batch(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            neighbours = [await create(store, account_id, name="Bo") for account_id in (ACCOUNT, OTHER_ACCOUNT)]
            updates = [update(store, lead, custom_fields={"a": 1}) for lead in neighbours]
            ids = [create_once(store, "key", "the same") for _ in range(3)]
            results = await asyncio.gather(*ids, *updates)
            assert len(set(map(str, results[:3]))) == 1
            assert [(await stored(store, lead)).version for lead in neighbours] == [2, 2]
            assert len(await store.changes.feed(ACCOUNT, 0, 10)) == 3

    asyncio.run(run())


def test_units_of_one_key_with_different_requests(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            both = (create_once(store, "key", fingerprint) for fingerprint in ("one", "other"))
            results = await asyncio.gather(*both, return_exceptions=True)
            assert {type(result) for result in results} == {str, KeyReused}
            assert len(await store.changes.feed(ACCOUNT, 0, 10)) == 1

    asyncio.run(run())


@pytest.mark.parametrize("fingerprint", ["one", "other"])
def test_units_of_one_key_in_two_processes(database: Database, fingerprint: str) -> None:
    async def run() -> None:
        async with database.opened() as first, database.opened() as second:
            both = create_once(first, "key", "one"), create_once(second, "key", fingerprint)
            results = await asyncio.gather(*both, return_exceptions=True)
            assert len({str(answer) for answer in results}) == (1 if fingerprint == "one" else 2)
            assert len(await first.changes.feed(ACCOUNT, 0, 10)) == 1

    asyncio.run(run())

"""Units that arrive together run in order, fail alone, and are answered after the commit."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest
from msgspec import structs

from leadloop.core.leads.doc import encode
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.store import Store
from leadloop.core.writes.unit import Loaded, Outcome, Saved
from tests.storage.database import ACCOUNT, OTHER_ACCOUNT, Database, create, stored, unit, update


class Refused(Exception):
    pass


async def together(store: Store, lead: Lead, *calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """Runs `calls` as one batch: they queue up while the previous batch is delayed."""

    def hold_up(_: Loaded) -> Outcome[None]:
        time.sleep(0.05)
        return Outcome(None)

    first = asyncio.ensure_future(store.write(unit(lead, hold_up)))
    await asyncio.sleep(0.01)
    results = await asyncio.gather(*calls, return_exceptions=True)
    await first
    return results


async def refuse(store: Store, lead: Lead) -> None:
    def run(loaded: Loaded) -> Outcome[None]:
        raise Refused

    await store.write(unit(lead, run))


async def version_of(store: Store, lead: Lead) -> int:
    version: int = await store.write(unit(lead, lambda loaded: Outcome(loaded.lead.version if loaded.lead else 0)))
    return version


async def check_log(store: Store, account_id: str = ACCOUNT) -> None:
    """Positions without a gap, versions without a gap, and each lead at its last version."""
    records = await store.changes.feed(account_id, 0, 100_000)
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    versions: dict[str, int] = {}
    for record in records:
        assert record.version == versions.get(record.lead_id, 0) + 1
        versions[record.lead_id] = record.version
    for lead_id, version in versions.items():
        lead = await store.leads.get(account_id, lead_id)
        assert lead is not None and lead.version == version


def test_a_unit_that_raises_fails_alone(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead, other = await create(store, name="Ana"), await create(store, name="Bia")
            calls = [update(store, lead, detail="a"), refuse(store, lead), refuse(store, other)]
            results = await together(store, lead, *calls, update(store, lead, stage="ACTIVE"))
            assert [type(result) for result in results[1:3]] == [Refused, Refused]
            assert (results[0].lead.version, results[3].lead.version) == (2, 3)
            now = await stored(store, lead)
            assert (now.version, now.detail, now.stage) == (3, "a", "ACTIVE")
            assert await stored(store, other) == other
            await check_log(store)

    asyncio.run(run())


def test_units_of_one_lead_see_each_other_in_their_order(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            calls: list[Any] = []
            for n in range(20):
                calls += [update(store, lead, custom_fields={str(n): n}), version_of(store, lead)]
            results = await together(store, lead, *calls)
            assert results[1::2] == list(range(2, 22))
            assert [written.lead.version for written in results[::2]] == list(range(2, 22))
            assert len((await stored(store, lead)).custom_fields) == 20
            await check_log(store)

    asyncio.run(run())


def test_leads_are_created_and_changed_in_one_batch(database: Database) -> None:
    """The positions of records follow the order of the units, in each account."""

    async def run() -> None:
        async with database.opened() as store:
            lead, foreign = await create(store, name="Ana"), await create(store, OTHER_ACCOUNT, name="Bia")
            calls = [
                update(store, lead, detail="1"),
                create(store, name="new"),
                update(store, foreign, detail="1"),
                update(store, lead, detail="2"),
                create(store, OTHER_ACCOUNT, name="new"),
            ]
            _, new, _, _, new_foreign = await together(store, lead, *calls)
            records = await store.changes.feed(ACCOUNT, 1, 100)
            assert [(record.lead_id, record.version) for record in records] == [(lead.id, 2), (new.id, 1), (lead.id, 3)]
            records = await store.changes.feed(OTHER_ACCOUNT, 1, 100)
            assert [record.lead_id for record in records] == [foreign.id, new_foreign.id]
            for account_id in (ACCOUNT, OTHER_ACCOUNT):
                await check_log(store, account_id)

    asyncio.run(run())


def test_a_lead_can_be_created_and_changed_in_one_batch(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            new_id = lead.id[:-2] + "zz"

            def born(_: Loaded) -> Outcome[Lead]:
                new = structs.replace(blank_lead(ACCOUNT, new_id, lead.created_at_ms), version=1)
                change = structs.replace(first_change, lead_id=new_id)
                return Outcome(new, Saved(new, encode(new), change))

            (first_change,) = await store.changes.of_lead(ACCOUNT, lead.id, 0, 1)
            to_be = structs.replace(lead, id=new_id)
            results = await together(store, lead, store.write(unit(to_be, born)), update(store, to_be, detail="x"))
            assert results[1].lead.version == 2
            assert (await stored(store, to_be)).detail == "x"
            await check_log(store)

    asyncio.run(run())


@pytest.mark.parametrize("leads", [1, 5, 200])
def test_32_writers_lose_nothing(database: Database, leads: int) -> None:
    async def run() -> None:
        async with database.opened() as store:
            targets = await asyncio.gather(*(create(store, name=str(n)) for n in range(leads)))
            rounds = range(20)

            async def write(writer: int) -> None:
                for n in rounds:
                    lead = targets[(writer * 7 + n) % leads]
                    written = await update(store, lead, custom_fields={f"{writer}-{n}": n})
                    assert written.lead.custom_fields[f"{writer}-{n}"] == n

            await asyncio.gather(*(write(writer) for writer in range(32)))
            kept = [len((await stored(store, lead)).custom_fields) for lead in targets]
            assert sum(kept) == 32 * len(rounds)
            await check_log(store)

    asyncio.run(run())


def test_a_caller_that_goes_away_does_not_disturb_the_others(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            writes = [asyncio.ensure_future(update(store, lead, custom_fields={str(n): n})) for n in range(40)]
            await asyncio.sleep(0)
            for write in writes[::2]:
                write.cancel()
            results = await asyncio.gather(*writes, return_exceptions=True)
            assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])
            kept = (await stored(store, lead)).custom_fields
            assert all(str(n) in kept for n in range(1, 40, 2))
            await check_log(store)

    asyncio.run(run())


def test_a_function_that_raises_stop_iteration_is_answered_too(database: Database) -> None:
    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            broken = store.write(unit(lead, lambda _: next(iter(()))))
            results = await together(store, lead, broken, update(store, lead, detail="x"))
            assert isinstance(results[0], RuntimeError)
            assert results[1].lead.version == 2

    asyncio.run(run())

"""Whole histories loaded at once are stored as if each change had been written by itself, on both engines."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from lab.load_checks import read_feed
from leadloop.core.changes import Change
from leadloop.core.ids import stamp
from leadloop.core.leads.fold import fold
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import LeadQuery, Order, Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import History
from leadloop.core.writes.use_cases import plain
from leadloop.storage import batches
from tests.conftest import new_database
from tests.storage.database import Database
from tests.support.years import year

Work = Callable[[Store], Awaitable[None]]
Run = Callable[[Work], None]

ACCOUNT, OTHER = "0" * 23 + "1", "0" * 23 + "2"
END_MS = 1_772_323_200_000


@pytest.fixture
def run(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Run:
    """Runs `work` with a store on an empty database."""
    address = new_database(engine, tmp_path, request)

    async def with_store(work: Work) -> None:
        async with Database(engine, address).opened() as store:
            await work(store)

    return lambda work: asyncio.run(with_store(work))


def histories(count: int, account_id: str = ACCOUNT, seed: int = 1) -> list[History]:
    return list(year(seed, count, account_id, END_MS))


async def all_leads(store: Store, account_id: str = ACCOUNT) -> list[Lead]:
    return await store.leads.find(LeadQuery(account_id=account_id, order=Order.CREATED, limit=10_000))


def without_position(change: Change) -> tuple[object, ...]:
    return change.lead_id, change.version, change.at_ms, change.actor, change.dialect, change.request_id


def test_leads_records_and_messages_are_there(run: Run) -> None:
    made = histories(150)

    async def work(store: Store) -> None:
        await store.leads.load(made)
        alive = [history[-1].lead for history in made if history[-1].lead.deleted_at_ms is None]
        assert await all_leads(store) == sorted(alive, key=lambda lead: lead.id, reverse=True)
        for history in made:
            lead = history[-1].lead
            assert await store.leads.get(ACCOUNT, lead.id) == lead
            records = await store.changes.of_lead(ACCOUNT, lead.id, 0, 100)
            assert [without_position(record) for record in records] == [without_position(s.change) for s in history]
            assert fold(records) == lead
            said = [saved.message for saved in history if saved.message is not None]
            assert [*(await store.leads.messages(ACCOUNT, lead.id, 100)).items] == said[::-1]

    run(work)


def test_searching_and_counting_find_loaded_leads(run: Run) -> None:
    made = histories(100)

    async def work(store: Store) -> None:
        await store.leads.load(made)
        lost = [h for h in made if h[-1].lead.stage == "LOST" and h[-1].lead.deleted_at_ms is None]
        query = LeadQuery(account_id=ACCOUNT, order=Order.LEAD_DATE, limit=100, stage="LOST")
        assert len(lost) == len(await store.leads.find(query)) == await store.leads.count(query, 1_000) > 10

    run(work)


@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_the_feed_has_no_gap_and_is_in_order_of_time(run: Run, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_LEADS", batch)
    made = histories(30)

    async def work(store: Store) -> None:
        await store.leads.load(made)
        records = await read_feed(store, ACCOUNT)
        assert [record.position for record in records] == list(range(1, sum(map(len, made)) + 1))
        place = {history[-1].lead.id: number // batch for number, history in enumerate(made)}
        key = [(place[record.lead_id], record.at_ms) for record in records]
        assert key == sorted(key)

    run(work)


def test_an_account_that_has_leads_already(run: Run) -> None:
    async def work(store: Store) -> None:
        by = stamp(END_MS, "req_1", "key:test", "expad")
        before = (
            await use_cases.create(store, plain(by, ACCOUNT), lambda: LeadPatch(name="Ana Souza"), Contact())
        ).lead
        await store.leads.load(histories(20))
        after = stamp(END_MS + 1, "req_2", "key:test", "expad")
        await use_cases.update(store, plain(after, ACCOUNT), before.id, lambda base, now: LeadPatch(name="Ana Lima"))
        loaded = histories(20)[3][-1].lead
        await use_cases.update(
            store, plain(after, ACCOUNT), loaded.id, lambda base, now: LeadPatch(stage="X", deleted=False)
        )
        await store.leads.load(histories(20, seed=2))
        records = await read_feed(store, ACCOUNT)
        assert [record.position for record in records] == list(range(1, len(records) + 1))
        assert records[0].lead_id == before.id
        mine = [record.version for record in records if record.lead_id == loaded.id]
        assert mine == list(range(1, loaded.version + 2))
        assert len(await all_leads(store)) >= 38

    run(work)


def test_loading_twice_changes_nothing(run: Run) -> None:
    async def work(store: Store) -> None:
        await store.leads.load(histories(20))
        records, leads = await read_feed(store, ACCOUNT), await all_leads(store)
        await store.leads.load(histories(20))
        assert (await read_feed(store, ACCOUNT), await all_leads(store)) == (records, leads)
        await store.leads.load(histories(25))
        assert len({record.lead_id for record in await read_feed(store, ACCOUNT)}) == 25

    run(work)


def test_two_accounts_at_once(run: Run) -> None:
    async def work(store: Store) -> None:
        mine, others = histories(10), histories(10, OTHER)
        await store.leads.load([history for pair in zip(mine, others, strict=True) for history in pair])
        for account_id, loaded in ((ACCOUNT, mine), (OTHER, others)):
            records = await read_feed(store, account_id)
            assert [record.position for record in records] == list(range(1, sum(map(len, loaded)) + 1))
            assert {record.lead_id for record in records} == {history[-1].lead.id for history in loaded}

    run(work)


def test_nothing_to_load(run: Run) -> None:
    async def work(store: Store) -> None:
        await store.leads.load([])
        assert await read_feed(store, ACCOUNT) == []

    run(work)


def test_histories_are_read_only_as_batches_are_stored(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load that fails in the middle keeps the batches stored before."""
    monkeypatch.setattr(batches, "MAX_LEADS", 4)

    def broken(made: Sequence[History]) -> Iterator[History]:
        yield from made
        raise RuntimeError("no more")

    async def work(store: Store) -> None:
        with pytest.raises(RuntimeError, match="no more"):
            await store.leads.load(broken(histories(10)))
        records = await read_feed(store, ACCOUNT)
        assert len({record.lead_id for record in records}) == 8
        assert [record.position for record in records] == list(range(1, len(records) + 1))

    run(work)


def test_writing_goes_on_while_leads_are_loaded(run: Run) -> None:
    async def work(store: Store) -> None:
        async def write() -> None:
            for number in range(20):
                by = stamp(END_MS + number, f"req_{number}", "key:test", "expad")
                new = partial(LeadPatch, name=f"Ana {number}")
                await use_cases.create(store, plain(by, ACCOUNT), new, Contact())

        made = histories(300)
        await asyncio.gather(store.leads.load(made), write(), write_by_halves(store), write())
        records = await read_feed(store, ACCOUNT)
        assert [record.position for record in records] == list(range(1, len(records) + 1))

    async def write_by_halves(store: Store) -> None:
        made = histories(40, seed=9)
        await asyncio.gather(store.leads.load(made[:20]), store.leads.load(made[20:]))

    run(work)

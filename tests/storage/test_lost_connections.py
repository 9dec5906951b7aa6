"""Nobody knows whether a statement was committed whose connection was lost: the change is still made exactly once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest

from lab.postgres import PostgresServer
from lab.proxy import LATE_S, Cut, Proxy
from leadloop.core.errors import Unavailable
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Loaded, Outcome
from leadloop.core.writes.use_cases import WriteResult, plain
from leadloop.storage.postgres import PostgresStore
from leadloop.storage.postgres import engine as postgres_engine
from leadloop.storage.postgres import writer as postgres_writer
from tests.storage.conftest import new_postgres
from tests.storage.database import ACCOUNT, DISTRIBUTED, POSTGRES, Database, create, stamp, stored, unit, update
from tests.storage.test_batches import check_log


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    async with proxy.listening():
        yield proxy


async def patch(store: Store, lead: Lead, meanwhile: Callable[[], None], **fields: Any) -> WriteResult:
    """A change that runs `meanwhile` between reading and saving, on its first run."""
    runs = 0

    def settle(base: Lead, now: Lead) -> LeadPatch:
        nonlocal runs
        runs += 1
        if runs == 1:
            meanwhile()
        return LeadPatch(**fields)

    return await use_cases.update(store, plain(stamp(), ACCOUNT), lead.id, settle)


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.REQUEST, Cut.LATE, Cut.SILENCE])
def test_a_change_is_made_exactly_once(postgres: Database, cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    if cut is Cut.SILENCE:
        monkeypatch.setattr(postgres_engine, "STATEMENT_TIMEOUT_S", 0.5)

    async def run() -> None:
        async with postgres.opened(), proxied(postgres.address) as proxy:
            store = postgres._replace(address=proxy.url).store()
            await store.open()
            lead, other = await create(store, name="Ana"), await create(store, name="Bia")
            await update(store, lead, detail="prepared")
            note = [{"text": "a note without an id is appended each time it is sent"}]
            written = await asyncio.gather(
                patch(store, lead, lambda: setattr(proxy, "cut", cut), notes=note),
                update(store, lead, notes=note),
                update(store, other, notes=note),
                create(store, name="Caio"),
            )
            assert proxy.cut is None
            await asyncio.sleep(LATE_S + 0.1 if cut is Cut.LATE else 0)
            now = await stored(store, lead)
            assert (now.version, len(now.notes)) == (4, 2)
            assert now == written[1].lead
            assert written[0].lead.version == 3 and len(written[0].lead.notes) == 1
            assert await stored(store, other) == written[2].lead
            assert await stored(store, written[3]) == written[3]
            await check_log(store)
            await store.close()

    asyncio.run(run())


LONGEST_TRANSACTION = 14
"""The most messages that saving a batch sends: each statement is prepared and then run."""


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.REQUEST, Cut.LATE])
def test_a_transaction_may_be_cut_anywhere(postgres_server: PostgresServer, cut: Cut) -> None:
    """A batch of one account takes several statements: the connection is lost at each of them in turn."""
    database = new_postgres(postgres_server, DISTRIBUTED)

    async def run() -> None:
        async with database.opened() as direct, proxied(database.address) as proxy:
            for sent in range(LONGEST_TRANSACTION):
                store = database._replace(address=proxy.url).store()
                await store.open()
                lead = await create(direct, name="Ana")
                written, born = await asyncio.gather(
                    patch(store, lead, partial(proxy.cut_after, sent, cut), notes=[{"text": "once"}]),
                    create(store, name="Bia"),
                )
                proxy.cut = None
                assert written.lead.version == 2 and len(written.lead.notes) == 1
                await asyncio.gather(*proxy.late)
                assert await stored(direct, lead) == written.lead
                assert await stored(direct, born) == born
                await store.close()
            await check_log(direct)

    asyncio.run(run())


def test_a_lost_change_is_found_below_those_of_others(postgres: Database) -> None:
    """Another process changes the lead between the lost commit and the question whether it happened."""

    async def run() -> None:
        async with postgres.opened() as direct, proxied(postgres.address) as proxy:
            store = postgres._replace(address=proxy.url).store()
            await store.open()
            lead = await create(store, name="Ana")
            await update(store, lead, detail="prepared")
            lost = asyncio.ensure_future(
                patch(store, lead, lambda: setattr(proxy, "cut", Cut.ANSWER), notes=[{"text": "once"}])
            )
            while (await stored(direct, lead)).version < 3:
                pass
            await update(direct, lead, notes=[])
            await update(direct, lead, detail="later")
            assert (await lost).lead.version == 3
            now = await stored(store, lead)
            assert (now.version, len(now.notes), now.detail) == (4, 1, "later")
            await check_log(store)
            await store.close()

    asyncio.run(run())


def test_a_terminated_backend_is_replaced(postgres: Database) -> None:
    async def run() -> None:
        async with postgres.opened() as store:
            lead = await create(store, name="Ana")
            await store.accounts.all()
            admin = await asyncpg.connect(postgres.address)
            for n in range(5):
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'leadloop' AND datname = current_database()"
                )
                written = await update(store, lead, custom_fields={str(n): n})
                assert await store.leads.get(ACCOUNT, lead.id) == written.lead
            await admin.close()
            assert (await stored(store, lead)).version == 6
            await check_log(store)

    asyncio.run(run())


PATIENCE_S = 1.0


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (postgres_engine, postgres_writer):
        monkeypatch.setattr(module, "PATIENCE_S", PATIENCE_S)


@pytest.fixture
def much_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes to start PostgreSQL again."""
    for module in (postgres_engine, postgres_writer):
        monkeypatch.setattr(module, "PATIENCE_S", 300.0)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One that may be stopped."""
    with PostgresServer() as server:
        yield server


@pytest.mark.usefixtures("much_patience")
@pytest.mark.parametrize("engine", POSTGRES)
@pytest.mark.parametrize("crash", [True, False])
def test_writers_ride_out_a_restart(server: PostgresServer, engine: str, crash: bool) -> None:
    database = Database(engine, server.create_database("restarted"))

    async def run() -> None:
        async with database.opened() as store:
            leads = [await create(store, name=str(n)) for n in range(4)]
            restarted = False
            acknowledged = 0

            async def write(writer: int) -> None:
                nonlocal acknowledged
                n = 0
                while not restarted or n % 10:
                    n += 1
                    lead = leads[(writer + n) % 4]
                    written = await update(store, lead, custom_fields={f"{writer}-{n}": n})
                    assert written.change is not None
                    acknowledged += 1

            writers = [asyncio.create_task(write(writer)) for writer in range(16)]
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.kill if crash else server.stop)
            await asyncio.to_thread(server.start)
            await asyncio.sleep(0.2)
            restarted = True
            await asyncio.gather(*writers)
            kept = [len((await stored(store, lead)).custom_fields) for lead in leads]
            assert sum(kept) == acknowledged
            assert len(await store.changes.feed(ACCOUNT, 0, 1_000_000)) == acknowledged + 4
            await check_log(store)

    asyncio.run(run())


@pytest.mark.usefixtures("little_patience")
def test_while_the_server_is_away_callers_get_an_error_and_are_later_served(server: PostgresServer) -> None:
    database = Database("postgres", server.create_database("away"))

    async def run() -> None:
        async with database.opened() as store:
            lead = await create(store, name="Ana")
            await asyncio.to_thread(server.stop)
            started = time.monotonic()
            calls = update(store, lead, detail="x"), store.leads.get(ACCOUNT, lead.id), create(store, name="Bia")
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(result) for result in results] == [Unavailable] * 3
            assert time.monotonic() - started >= PATIENCE_S
            with pytest.raises(Unavailable):
                await store.health()
            await asyncio.to_thread(server.start)
            assert (await update(store, lead, detail="y")).lead.version == 2
            assert (await store.health()).problem is None

            def look(loaded: Loaded) -> Outcome[str | None]:
                return Outcome(loaded.lead.detail if loaded.lead else None)

            assert await store.write(unit(lead, look)) == "y"

    asyncio.run(run())


@pytest.mark.usefixtures("little_patience")
def test_opening_without_a_server_is_unavailable(server: PostgresServer) -> None:
    server.stop()

    async def run() -> None:
        store = PostgresStore(server.url)
        with pytest.raises(Unavailable):
            await store.open()
        await store.close()

    asyncio.run(run())

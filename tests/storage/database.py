"""A database for one test, and the helpers that the tests write with."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, NamedTuple, cast

from lab import stores
from leadloop.app import EngineStore
from leadloop.core import ids
from leadloop.core.changes import Change, FieldChange
from leadloop.core.ids import Stamp
from leadloop.core.leads.doc import encode
from leadloop.core.leads.model import Lead
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Loaded, Outcome, Saved, Unit
from leadloop.core.writes.use_cases import WriteResult, plain
from leadloop.storage.postgres import PostgresStore
from leadloop.storage.sqlite import SqliteStore
from leadloop.webhooks.ports import WebhookStore
from leadloop.webhooks.routing import OnQueued, ignore
from tests.support.distributed import distribute

START_MS = 1_760_000_000_000
ACCOUNT = ids.stable_id("the account of the tests")
OTHER_ACCOUNT = ids.stable_id("another account")

SQLITE = "sqlite"
DISTRIBUTED = "postgres, distributed"
POSTGRES = ("postgres", DISTRIBUTED)
ENGINES = (SQLITE, *POSTGRES)


def first_saved(lead: Lead) -> Saved:
    """Changes that create this lead in its current state."""
    change = Change(
        account_id=lead.account_id,
        lead_id=lead.id,
        version=1,
        at_ms=lead.created_at_ms,
        actor="system",
        dialect="test",
        request_id=lead.id,
        fields=[] if lead.deleted_at_ms is None else [FieldChange("/deleted_at_ms", None, lead.deleted_at_ms)],
    )
    return Saved(lead, encode(lead), change)


_requests = itertools.count(1)


class Database(NamedTuple):
    engine: str
    address: str

    def store(self, on_queued: OnQueued = ignore) -> WebhookStore:
        if self.engine == SQLITE:
            return SqliteStore(self.address, on_queued=on_queued)
        return PostgresStore(self.address, on_queued=on_queued)

    @asynccontextmanager
    async def opened(self, on_queued: OnQueued = ignore) -> AsyncIterator[WebhookStore]:
        """A store on the migrated database."""
        store = self.store(on_queued)
        await store.open()
        try:
            await store.migrate()
            if self.engine == DISTRIBUTED:
                await distribute(cast(EngineStore, store), self.address)
            yield store
        finally:
            await store.close()


InEach = Callable[[Callable[[WebhookStore], Coroutine[Any, Any, None]]], None]


@contextmanager
def kept_open(*databases: Database) -> Iterator[InEach]:
    """Yields a function that runs a call in the store of each database; the stores stay open for many examples."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        stores = [runner.run(stack.enter_async_context(database.opened())) for database in databases]

        def in_each(work: Callable[[WebhookStore], Coroutine[Any, Any, None]]) -> None:
            for store in stores:
                runner.run(work(store))

        yield in_each
        runner.run(stack.aclose())


def stamp(at_ms: int | None = None) -> Stamp:
    """Times, each later than the previous one."""
    n = next(_requests)
    return ids.stamp(START_MS + n if at_ms is None else at_ms, f"request-{n}", "key:0123456789ab", "test")


async def create(store: Store, account_id: str = ACCOUNT, **fields: Any) -> Lead:
    return await stores.create(store, plain(stamp(), account_id), **fields)


async def update(store: Store, lead: Lead, **fields: Any) -> WriteResult:
    return await stores.update(store, plain(stamp(), lead.account_id), lead.id, **fields)


def unit(lead: Lead, run: Callable[[Loaded], Outcome[Any]]) -> Unit[Any]:
    return Unit(account_id=lead.account_id, lead_id=lead.id, request_id=stamp().request_id, run=run)


async def stored(store: Store, lead: Lead) -> Lead:
    return await use_cases.get(store, lead.account_id, lead.id)

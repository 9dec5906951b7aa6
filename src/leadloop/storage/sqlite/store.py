"""The embedded engine: `core.ports.Store` over one SQLite file."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.changes import Change
from leadloop.core.errors import DatabaseDamaged, Unavailable
from leadloop.core.keys import ApiKey
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message, User
from leadloop.core.pages import Page
from leadloop.core.store import ANY_BYTES, Health, LeadQuery
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.unit import History, Unit
from leadloop.insights.model import Tally
from leadloop.insights.ports import G, LeadScan
from leadloop.storage.batches import batches
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.deadlines import LONGEST_S
from leadloop.storage.migrate import pending, problem
from leadloop.storage.sqlite import (
    accounts,
    bulk,
    catalogue,
    changes,
    deliveries,
    endpoints,
    idempotency,
    insights,
    keys,
    lists,
    migrations,
    search,
    subjects,
)
from leadloop.storage.sqlite.checkpoints import Checkpoints
from leadloop.storage.sqlite.engine import Readers, connect_writer, is_unreachable
from leadloop.storage.sqlite.files import DatabaseFiles
from leadloop.storage.sqlite.finding import SPEECH
from leadloop.storage.sqlite.leads import work_of
from leadloop.storage.sqlite.lock import ServerLock
from leadloop.storage.sqlite.upkeep import Upkeep
from leadloop.storage.sqlite.writer import Work, Writer
from leadloop.storage.walks import Walks
from leadloop.webhooks.endpoints import ChangeView, Delivery
from leadloop.webhooks.ports import (
    AttemptRecord,
    Claim,
    ClaimRequest,
    CompletedAttempt,
    DeliveryRecord,
    FinishResult,
    PagePosition,
    StoredEndpoint,
    Trigger,
)
from leadloop.webhooks.routing import OnQueued, QueuedDelivery, Routes, as_stored, ignore

T = TypeVar("T")


class SqliteStore(Upkeep):
    """The contract of each method is in `core.ports`. Belongs to the event loop it was opened in."""

    def __init__(
        self,
        path: str | Path,
        *,
        vfs: str | None = None,
        load_view: Callable[[], ChangeView] = as_stored,
        on_queued: OnQueued = ignore,
    ) -> None:
        """`vfs` names another way to the disk than SQLite's own: one that fails on purpose. `load_view` says how
        the dialects show a change, for the filters of webhook endpoints."""
        self._routes = Routes(load_view, on_queued)
        self._learnt = Catalogues()
        """The writer's, which no other thread may touch."""
        self._catalogues = Catalogues()
        self._full_text = search.FullText()
        self._walks = Walks(SPEECH)
        self._path = Path(path)
        self._server_lock = ServerLock(self._path)
        self._vfs = vfs
        self._connection: apsw.Connection | None = None
        self._checkpoints: Checkpoints | None = None
        self._files: DatabaseFiles | None = None
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    async def open(self) -> None:
        """Makes the file if there is none; the schema is left as it is."""
        try:
            self._connection = connect_writer(self._path, self._vfs)
        except apsw.Error as error:
            if is_unreachable(error):
                raise Unavailable(f"SQLite: {error}") from error
            if isinstance(error, apsw.CorruptError | apsw.NotADBError):
                raise DatabaseDamaged(str(self._path)) from None
            raise
        self._files = DatabaseFiles(self._connection, None if self._vfs else self._path)
        self._checkpoints = Checkpoints(self._connection, self._path, self._vfs, self._files)
        self._writer = Writer(self._connection, self._files, self._full_text.write, self._forget)
        self._readers = Readers(self._path, self._vfs, self._files)

    async def close(self) -> None:
        """The connection that can write goes last: it empties the log into the file."""
        if self._writer is not None:
            await self._writer.close()
        readers, self._readers = self._readers, None
        if readers is not None:
            await asyncio.to_thread(readers.close)
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.close)
        connection, self._connection = self._connection, None
        if connection is not None:
            if self._files is not None:
                self._files.leave_overwritten()
            connection.close()
        self._server_lock.close()

    async def migrate(self) -> list[str]:
        return [one.name for one in migrations.KNOWN if await self._write(partial(migrations.apply, migration=one))]

    async def health(self) -> Health:
        version, known = apsw.sqlite_lib_version(), migrations.KNOWN
        await self._examine_files()
        applied = await self._read(migrations.applied)
        names = [migration.name for migration in pending(known, applied)]
        return Health(engine="SQLite", version=version, pending_migrations=names, problem=problem(known, applied))

    async def write(self, unit: Unit[T]) -> T:
        filed: set[tuple[str, str]] = set()
        work = work_of(unit, self._routes, self._learnt, self._full_text, filed)
        answer = await self._write(work)
        if filed:
            self._routes.on_queued(filed)
        return answer

    async def load(self, histories: Iterable[History]) -> None:
        for batch in batches(histories):
            await self._write(partial(bulk.load, batch=batch, catalogues=self._learnt, full_text=self._full_text))

    async def lead(self, account_id: str, lead_id: str) -> Lead | None:
        return await self._read(lambda c: lists.lead(c, account_id, lead_id))

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        return await self._walks.run(query, lambda: self._read(lambda c: lists.page(c, query, most_bytes), LONGEST_S))

    async def leads(self, query: LeadQuery) -> list[Lead]:
        return list((await self.page(query, ANY_BYTES)).items)

    async def count(self, query: LeadQuery, most: int) -> int:
        return await self._walks.run(query, lambda: self._read(lambda c: lists.count(c, query, most), LONGEST_S))

    async def lead_changes(
        self, account_id: str, lead_id: str, after_version: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        asked = account_id, lead_id, after_version, limit, most_bytes
        return await self._read(lambda c: changes.lead_changes(c, *asked))

    async def changes(
        self, account_id: str, after_position: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        return await self._read(lambda c: changes.changes(c, account_id, after_position, limit, most_bytes))

    async def feed_position(self, account_id: str) -> int:
        return await self._read(lambda c: changes.feed_position(c, account_id))

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        return await self._read(lambda c: changes.version_at(c, account_id, lead_id, at_ms))

    async def messages(self, account_id: str, lead_id: str, limit: int) -> list[Message]:
        return await self._read(lambda c: changes.messages(c, account_id, lead_id, limit))

    async def tallies(self, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
        return await self._read(lambda c: insights.tallies(c, account_id, from_ms, to_ms), LONGEST_S)

    async def owners(self, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
        return await self._read(lambda c: insights.owners(c, account_id, lead_ids), LONGEST_S)

    async def gather(self, sought: LeadScan, start: Callable[[], G]) -> G:
        return await self._read(lambda c: subjects.gather(c, sought, start), LONGEST_S)

    async def catalogue(self, account_id: str) -> Catalogue:
        known = self._catalogues.of(account_id)
        changed = await self._read(lambda c: catalogue.changes(c, account_id, known.version))
        return known if changed is None else changed(known)

    async def entries(self, query: EntryQuery, most_bytes: int) -> Page[Entry]:
        return await self._read(lambda c: catalogue.listed(c, query, most_bytes), LONGEST_S)

    async def entry(self, account_id: str, kind: str, entry_id: str) -> Entry | None:
        return await self._read(lambda c: catalogue.get(c, account_id, kind, entry_id))

    async def manage(self, account_id: str, change: Callable[[Catalogue], Entry]) -> Entry:
        return await self._write(lambda c: catalogue.manage(c, self._learnt.of(account_id), change))

    async def add_account(self, account: Account, key: ApiKey | None = None) -> None:
        await self._write(lambda c: accounts.add_account(c, account, key))

    async def account(self, account_id: str) -> Account | None:
        return await self._read(lambda c: accounts.account(c, account_id))

    async def accounts(self) -> list[Account]:
        return await self._read(accounts.accounts)

    async def change_account(self, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        return await self._write(lambda c: accounts.change(c, account_id, change))

    async def kept(self, account_id: str, once_key: str) -> StoredAnswer | None:
        return await self._read(lambda c: idempotency.kept(c, account_id, once_key))

    async def add_key(self, key: ApiKey) -> None:
        await self._write(lambda c: keys.add_key(c, key))

    async def key(self, key_id: str) -> ApiKey | None:
        return await self._read(lambda c: keys.key(c, key_id))

    async def keys(self, account_id: str) -> list[ApiKey]:
        return await self._read(lambda c: keys.keys(c, account_id))

    async def revoke_key(self, account_id: str, key_id: str, at_ms: int) -> bool:
        return await self._write(lambda c: keys.revoke_key(c, account_id, key_id, at_ms))

    async def add_endpoint(self, stored: StoredEndpoint, most: int) -> bool:
        return await self._write(lambda c: endpoints.add(c, stored, most))

    async def endpoint(self, account_id: str, endpoint_id: str) -> StoredEndpoint | None:
        return await self._read(lambda c: endpoints.get(c, account_id, endpoint_id))

    async def endpoints(self, account_id: str | None = None) -> list[StoredEndpoint]:
        return await self._read(lambda c: endpoints.listed(c, account_id))

    async def change_endpoint(
        self, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
    ) -> StoredEndpoint | None:
        return await self._write(lambda c: endpoints.change(c, account_id, endpoint_id, change))

    async def delete_endpoint(self, account_id: str, endpoint_id: str, at_ms: int) -> None:
        await self._write(lambda c: endpoints.delete(c, account_id, endpoint_id, at_ms))

    async def claim(self, wanted: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int) -> list[Claim]:
        return await self._write(lambda c: deliveries.claim(c, wanted, token, now_ms, until_ms))

    async def finish(self, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
        return await self._write(lambda c: deliveries.finish(c, finished, at_ms))

    async def leads_and_changes(self, wanted: Sequence[Delivery]) -> list[tuple[Lead, list[Change]] | None]:
        return await self._read(lambda c: changes.leads_and_changes(c, wanted))

    async def deliveries(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int, *, failed: bool = False
    ) -> list[DeliveryRecord]:
        return await self._read(lambda c: deliveries.listed(c, account_id, endpoint_id, before, limit, failed=failed))

    async def deliveries_at(self, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
        return await self._read(lambda c: deliveries.listed_at(c, account_id, endpoint_id, at_ms))

    async def queue_again(self, again: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        count = await self._write(lambda c: deliveries.queue_again(c, again, trigger, at_ms))
        self._routes.on_queued({(one.account_id, one.endpoint_id) for one, _ in again})
        return count

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        asked = account_id, endpoint_id, since_ms, at_ms, most
        count = await self._write(lambda c: deliveries.recover(c, *asked, in_turn=in_turn))
        self._routes.on_queued({(account_id, endpoint_id)})
        return count

    async def attempts(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
    ) -> list[AttemptRecord]:
        return await self._read(lambda c: deliveries.attempts(c, account_id, endpoint_id, before, limit))

    def _forget(self) -> None:
        self._routes.clear()
        self._learnt.forget()
        self._full_text.forget()

    async def _write(self, work: Work[T]) -> T:
        if self._writer is None:
            raise Unavailable("the store is not open")
        return await self._writer.run(work)

    async def _read(self, read: Callable[[apsw.Connection], T], longest_s: float | None = None) -> T:
        if self._readers is None:
            raise Unavailable("the store is not open")
        return await self._readers.run(read, longest_s)

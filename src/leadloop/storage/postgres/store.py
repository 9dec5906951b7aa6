"""The engine for servers: `core.ports.Store` over PostgreSQL."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.ports import EntryQuery
from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.idempotency import Kept
from leadloop.core.keys import ApiKey
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message, User
from leadloop.core.pages import Page
from leadloop.core.ports import ANY_BYTES, Health, History, LeadQuery, Unit
from leadloop.insights.model import Tally
from leadloop.insights.ports import G, Sought
from leadloop.storage.batches import batches
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.migrate import pending, problem
from leadloop.storage.postgres import (
    accounts,
    bulk,
    by_account,
    catalogue,
    changes,
    deliveries,
    distribution,
    endpoints,
    idempotency,
    insights,
    keys,
    lists,
    migrations,
    subjects,
)
from leadloop.storage.postgres.engine import (
    KEYED_SETTINGS,
    LIST_SETTINGS,
    SETTINGS,
    Connection,
    Engine,
    on_nodes,
    server_version,
    unsafe_settings,
)
from leadloop.storage.postgres.finding import SPEECH
from leadloop.storage.postgres.upkeep import Upkeep
from leadloop.storage.postgres.writer import Writer
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
from leadloop.webhooks.routing import AS_STORED, OnQueued, QueuedDelivery, Routes, ignore

T = TypeVar("T")


class PostgresStore(Upkeep):
    """The contract of each method is in `core.ports`. Belongs to the event loop it was opened in."""

    def __init__(
        self,
        url: str,
        *,
        view: ChangeView = AS_STORED,
        on_queued: OnQueued = ignore,
    ) -> None:
        """`view` says how the dialects show a change, for the filters of webhook endpoints."""
        self._routes = Routes(view, on_queued)
        self._catalogues = Catalogues()
        self._walks = Walks(SPEECH)
        self._url = url
        self._engine = self._keyed = self._lists = Engine(url)
        self._writer: Writer | None = None

    async def open(self) -> None:
        await self._engine.open()
        self._distributed = await self._run(distribution.is_distributed)
        settings = on_nodes if self._distributed else dict[str, str]
        if self._distributed:
            await self._engine.close()
            self._engine = Engine(self._url, settings(SETTINGS))
            await self._engine.open()
        self._keyed = Engine(self._url, settings(KEYED_SETTINGS))
        self._lists = Engine(self._url, settings(LIST_SETTINGS))
        await self._keyed.open()
        await self._lists.open()
        self._writer = Writer(self._url, self._routes, self._catalogues, distributed=self._distributed)

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.close()
        await self._lists.close()
        await self._keyed.close()
        await self._engine.close()

    async def migrate(self) -> list[str]:
        await self._run(migrations.prepare)
        done = []
        for migration in migrations.KNOWN:
            if await self._run(partial(migrations.apply, migration=migration, plain=not self._distributed)):
                done.append(migration.name)
        await self._run(distribution.place_new_tables)
        return done

    async def health(self) -> Health:
        known = migrations.KNOWN
        version = await self._run(server_version)
        applied = await self._run(migrations.applied)
        unsafe = await self._run(unsafe_settings)
        names = [migration.name for migration in pending(known, applied)]
        risk = f"{unsafe} off: a crash can lose what was acknowledged; turn it on" if unsafe else None
        return Health(
            engine="PostgreSQL (distributed)" if self._distributed else "PostgreSQL",
            version=version,
            pending_migrations=names,
            problem=problem(known, applied),
            risk=risk,
        )

    async def write(self, unit: Unit[T]) -> T:
        if self._writer is None:
            raise Unavailable("the store is not open")
        return await self._writer.write(unit)

    async def load(self, histories: Iterable[History]) -> None:
        for batch in batches(histories):
            await self._run(partial(bulk.load, batch=batch, catalogues=self._catalogues))

    async def lead(self, account_id: str, lead_id: str) -> Lead | None:
        return await self._run(lambda c: lists.lead(c, account_id, lead_id))

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        return await self._walks.run(query, lambda: self._lists.run(lambda c: lists.page(c, query, most_bytes)))

    async def leads(self, query: LeadQuery) -> list[Lead]:
        return list((await self.page(query, ANY_BYTES)).items)

    async def count(self, query: LeadQuery, most: int) -> int:
        return await self._walks.run(query, lambda: self._lists.run(lambda c: lists.count(c, query, most)))

    async def lead_changes(
        self, account_id: str, lead_id: str, after_version: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        asked = account_id, lead_id, after_version, limit, most_bytes
        return await self._run(lambda c: changes.lead_changes(c, *asked))

    async def changes(
        self, account_id: str, after_position: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        return await self._run(lambda c: changes.changes(c, account_id, after_position, limit, most_bytes))

    async def feed_position(self, account_id: str) -> int:
        return await self._run(lambda c: changes.feed_position(c, account_id))

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        return await self._run(lambda c: changes.version_at(c, account_id, lead_id, at_ms))

    async def messages(self, account_id: str, lead_id: str, limit: int) -> list[Message]:
        return await self._run(lambda c: changes.messages(c, account_id, lead_id, limit))

    async def tallies(self, account_id: str, from_ms: int, to_ms: int) -> list[Tally]:
        return await self._run(lambda c: insights.tallies(c, account_id, from_ms, to_ms))

    async def owners(self, account_id: str, lead_ids: Sequence[str]) -> dict[str, User]:
        return await self._run(lambda c: insights.owners(c, account_id, lead_ids))

    async def gather(self, sought: Sought, start: Callable[[], G]) -> G:
        return await self._run(lambda c: subjects.gather(c, sought, start))

    async def catalogue(self, account_id: str) -> Catalogue:
        return await self._run(lambda c: catalogue.read(c, self._catalogues.of(account_id)))

    async def entries(self, query: EntryQuery, most_bytes: int) -> Page[Entry]:
        return await self._run(lambda c: catalogue.listed(c, query, most_bytes))

    async def entry(self, account_id: str, kind: str, entry_id: str) -> Entry | None:
        return await self._run(lambda c: catalogue.get(c, account_id, kind, entry_id))

    async def manage(self, account_id: str, change: Callable[[Catalogue], Entry]) -> Entry:
        return await self._keyed.run(lambda c: catalogue.manage(c, self._catalogues.of(account_id), change))

    async def add_account(self, account: Account, key: ApiKey | None = None) -> None:
        await self._run(lambda c: accounts.add_account(c, account, key))

    async def account(self, account_id: str) -> Account | None:
        return await self._run(lambda c: accounts.account(c, account_id))

    async def accounts(self) -> list[Account]:
        return await self._run(accounts.accounts)

    async def change_account(self, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        return await self._keyed.run(lambda c: accounts.change(c, account_id, change))

    async def kept(self, account_id: str, once_key: str) -> Kept | None:
        return await self._run(lambda c: idempotency.kept(c, account_id, once_key))

    async def forget_kept(self, before_ms: int) -> int:
        return await self._run(lambda c: idempotency.forget(c, before_ms))

    async def add_key(self, key: ApiKey) -> None:
        await self._run(lambda c: keys.add_key(c, key))

    async def key(self, key_id: str) -> ApiKey | None:
        return await self._run(lambda c: keys.key(c, key_id))

    async def keys(self, account_id: str) -> list[ApiKey]:
        return await self._run(lambda c: keys.keys(c, account_id))

    async def revoke_key(self, account_id: str, key_id: str, at_ms: int) -> bool:
        return await self._run(lambda c: keys.revoke_key(c, account_id, key_id, at_ms))

    async def remove_key(self, account_id: str, key_id: str) -> None:
        await self._run(lambda c: keys.remove_key(c, account_id, key_id))

    async def touch_keys(self, used: Sequence[tuple[str, str, int]]) -> None:
        await self._run(lambda c: keys.touch_keys(c, used))

    async def add_endpoint(self, stored: StoredEndpoint, most: int) -> bool:
        return await self._run(lambda c: endpoints.add(c, stored, most))

    async def endpoint(self, account_id: str, endpoint_id: str) -> StoredEndpoint | None:
        return await self._run(lambda c: endpoints.get(c, account_id, endpoint_id))

    async def endpoints(self, account_id: str | None = None) -> list[StoredEndpoint]:
        return await self._run(lambda c: endpoints.listed(c, account_id))

    async def change_endpoint(
        self, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
    ) -> StoredEndpoint | None:
        return await self._keyed.run(lambda c: endpoints.change(c, account_id, endpoint_id, change))

    async def delete_endpoint(self, account_id: str, endpoint_id: str, at_ms: int) -> None:
        await self._run(lambda c: endpoints.delete(c, account_id, endpoint_id, at_ms))

    async def claim(self, wanted: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int) -> list[Claim]:
        asked = token, now_ms, until_ms
        if self._distributed:
            return await by_account.claim(self._keyed, wanted, *asked)
        return await self._keyed.run(lambda c: deliveries.claim(c, wanted, *asked))

    async def finish(self, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
        if self._distributed:
            return await by_account.finish(self._keyed, finished, at_ms)
        return await self._keyed.run(lambda c: deliveries.finish(c, finished, at_ms))

    async def leads_and_changes(self, wanted: Sequence[Delivery]) -> list[tuple[Lead, list[Change]] | None]:
        if self._distributed:
            return await by_account.leads_and_changes(self._keyed, wanted)
        return await self._keyed.run(lambda c: changes.leads_and_changes(c, wanted))

    async def deliveries(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int, *, failed: bool = False
    ) -> list[DeliveryRecord]:
        return await self._run(lambda c: deliveries.listed(c, account_id, endpoint_id, before, limit, failed=failed))

    async def deliveries_at(self, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
        return await self._run(lambda c: deliveries.listed_at(c, account_id, endpoint_id, at_ms))

    async def queue_again(self, again: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
        count = await self._keyed.run(lambda c: deliveries.queue_again(c, again, trigger, at_ms))
        self._routes.on_queued({(one.account_id, one.endpoint_id) for one, _ in again})
        return count

    async def recover(
        self, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
    ) -> int:
        asked = account_id, endpoint_id, since_ms, at_ms, most
        count = await self._keyed.run(lambda c: deliveries.recover(c, *asked, in_turn=in_turn))
        self._routes.on_queued({(account_id, endpoint_id)})
        return count

    async def attempts(
        self, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
    ) -> list[AttemptRecord]:
        return await self._run(lambda c: deliveries.attempts(c, account_id, endpoint_id, before, limit))

    async def purge_deliveries(self, now_ms: int, most: int) -> int:
        return await self._keyed.run(lambda c: deliveries.tidy(c, now_ms, most))

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return await self._engine.run(work)

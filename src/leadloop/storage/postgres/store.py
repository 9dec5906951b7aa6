"""The engine for servers: `core.ports.Store` over PostgreSQL."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from leadloop.core.accounts import Account
from leadloop.core.changes import Change
from leadloop.core.errors import Unavailable
from leadloop.core.idempotency import Kept
from leadloop.core.keys import ApiKey
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.ports import Health, History, LeadQuery, Unit
from leadloop.storage.batches import batches
from leadloop.storage.migrate import pending, problem
from leadloop.storage.postgres import (
    accounts,
    bulk,
    changes,
    deliveries,
    endpoints,
    idempotency,
    keys,
    lists,
    migrations,
)
from leadloop.storage.postgres.engine import Connection, Engine, server_version, unsafe_settings
from leadloop.storage.postgres.writer import Writer
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health as EndpointHealth
from leadloop.webhooks.health import State
from leadloop.webhooks.ports import AttemptRecord, Claimed, Finished, Stored, Wanted
from leadloop.webhooks.routing import Pointers, Routes, stored_pointers

T = TypeVar("T")


class PostgresStore:
    """The contract of each method is in `core.ports`. Belongs to the event loop it was opened in."""

    def __init__(self, url: str, *, account_groups: bool = False, pointers: Pointers = stored_pointers) -> None:
        """With `account_groups` each transaction is of one account, and the schema one for distributed engines.
        `pointers` tells a change's fields in the words that webhook endpoints use.
        """
        self._routes = Routes(pointers)
        self._url = url
        self._account_groups = account_groups
        self._engine = Engine(url)
        self._writer: Writer | None = None

    async def open(self) -> None:
        await self._engine.open()
        self._writer = Writer(self._url, self._routes, account_groups=self._account_groups)

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.close()
        await self._engine.close()

    async def migrate(self) -> list[str]:
        await self._run(migrations.prepare)
        done = []
        for migration in migrations.KNOWN:
            if await self._run(partial(migrations.apply, migration=migration, plain=not self._account_groups)):
                done.append(migration.name)
        return done

    async def health(self) -> Health:
        known = migrations.KNOWN
        try:
            version = await self._run(server_version)
            applied = await self._run(migrations.applied)
            unsafe = await self._run(unsafe_settings)
        except Unavailable as error:
            return Health(engine="PostgreSQL", version="", pending_migrations=[], problem=str(error))
        names = [migration.name for migration in pending(known, applied)]
        risk = f"{unsafe} off: a crash can lose what was acknowledged; turn it on" if unsafe else None
        return Health(
            engine="PostgreSQL",
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
            await self._run(partial(bulk.load, batch=batch))

    async def lead(self, account_id: str, lead_id: str) -> Lead | None:
        return await self._run(lambda c: lists.lead(c, account_id, lead_id))

    async def leads(self, query: LeadQuery) -> list[Lead]:
        return await self._run(lambda c: lists.leads(c, query))

    async def count(self, query: LeadQuery, most: int) -> int:
        return await self._run(lambda c: lists.count(c, query, most))

    async def lead_changes(self, account_id: str, lead_id: str, after_version: int, limit: int) -> list[Change]:
        return await self._run(lambda c: changes.lead_changes(c, account_id, lead_id, after_version, limit))

    async def changes(self, account_id: str, after_position: int, limit: int) -> list[Change]:
        return await self._run(lambda c: changes.changes(c, account_id, after_position, limit))

    async def feed_position(self, account_id: str) -> int:
        return await self._run(lambda c: changes.feed_position(c, account_id))

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        return await self._run(lambda c: changes.version_at(c, account_id, lead_id, at_ms))

    async def messages(self, account_id: str, lead_id: str, limit: int) -> list[Message]:
        return await self._run(lambda c: changes.messages(c, account_id, lead_id, limit))

    async def add_account(self, account: Account, key: ApiKey | None = None) -> None:
        await self._run(lambda c: accounts.add_account(c, account, key))

    async def account(self, account_id: str) -> Account | None:
        return await self._run(lambda c: accounts.account(c, account_id))

    async def accounts(self) -> list[Account]:
        return await self._run(accounts.accounts)

    async def update_account(self, account: Account) -> None:
        await self._run(lambda c: accounts.update_account(c, account))

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

    async def touch_keys(self, used: Sequence[tuple[str, str, int]]) -> None:
        await self._run(lambda c: keys.touch_keys(c, used))

    async def add_endpoint(self, stored: Stored) -> None:
        await self._run(lambda c: endpoints.add(c, stored))

    async def endpoint(self, account_id: str, endpoint_id: str) -> Stored | None:
        return await self._run(lambda c: endpoints.get(c, account_id, endpoint_id))

    async def endpoints(self, account_id: str | None = None) -> list[Stored]:
        return await self._run(lambda c: endpoints.listed(c, account_id))

    async def rotate(self, account_id: str, endpoint_id: str, newest: str, at_ms: int) -> None:
        await self._run(lambda c: endpoints.rotate(c, account_id, endpoint_id, newest, at_ms))

    async def save_endpoint(self, endpoint: Endpoint) -> None:
        await self._run(lambda c: endpoints.save(c, endpoint))

    async def save_health(
        self, account_id: str, endpoint_id: str, health: EndpointHealth, was: State | None = None
    ) -> None:
        await self._run(lambda c: endpoints.save_health(c, account_id, endpoint_id, health, was))

    async def delete_endpoint(self, account_id: str, endpoint_id: str) -> None:
        await self._run(lambda c: endpoints.delete(c, account_id, endpoint_id))

    async def claim(self, wanted: Sequence[Wanted], token: str, now_ms: int, until_ms: int) -> list[Claimed]:
        return await self._run(lambda c: deliveries.claim(c, wanted, token, now_ms, until_ms))

    async def finish(self, finished: Sequence[Finished], at_ms: int) -> int:
        return await self._run(lambda c: deliveries.finish(c, finished, at_ms))

    async def attempts(self, account_id: str, endpoint_id: str, before_ms: int, limit: int) -> list[AttemptRecord]:
        return await self._run(lambda c: deliveries.attempts(c, account_id, endpoint_id, before_ms, limit))

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return await self._engine.run(work)

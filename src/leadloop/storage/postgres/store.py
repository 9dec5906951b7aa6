"""The engine for servers: a store over PostgreSQL."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from leadloop.core.errors import Unavailable
from leadloop.core.store import StoreHealth
from leadloop.core.writes.unit import Unit
from leadloop.storage.audit import Audit
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.endpoints import Endpoints
from leadloop.storage.instances import Instances
from leadloop.storage.keys import Keys
from leadloop.storage.links import Links
from leadloop.storage.memberships import Memberships
from leadloop.storage.migrate import pending, problem
from leadloop.storage.people import People
from leadloop.storage.postgres import distribution, migrations
from leadloop.storage.postgres.database import Database
from leadloop.storage.postgres.engine import database_bytes, server_version, unsafe_settings
from leadloop.storage.postgres.nouns import (
    Catalogues,
    Changes,
    Deliveries,
    Derived,
    InsightQueries,
    Leads,
    PostgresAccounts,
)
from leadloop.storage.postgres.writer import Writer
from leadloop.storage.saved_views import SavedViews
from leadloop.storage.sessions import Sessions
from leadloop.storage.stored_answers import StoredAnswers
from leadloop.storage.throttles import Throttles
from leadloop.webhooks.endpoints import ChangeView
from leadloop.webhooks.routing import OnQueued, Routes, as_stored, ignore

T = TypeVar("T")


class PostgresStore:
    """The protocol is `app.stores.EngineStore`. Belongs to the event loop it was opened in."""

    def __init__(
        self,
        url: str,
        *,
        load_view: Callable[[], ChangeView] = as_stored,
        on_queued: OnQueued = ignore,
    ) -> None:
        """`load_view` tells how the dialects show a change, for the filters of webhook endpoints."""
        self._routes = Routes(load_view, on_queued)
        self._catalogues = CatalogueCache()
        self._url = url
        self._writer: Writer | None = None
        self._database = database = Database(url)
        self.leads = Leads(database, self._catalogues)
        self.changes = Changes(database)
        self.accounts = PostgresAccounts(database)
        self.keys = Keys(database)
        self.answers = StoredAnswers(database)
        self.catalogue = Catalogues(database, self._catalogues)
        self.instance = Instances(database)
        self.people = People(database)
        self.memberships = Memberships(database)
        self.links = Links(database)
        self.sessions = Sessions(database)
        self.throttles = Throttles(database)
        self.audit = Audit(database)
        self.saved_views = SavedViews(database)
        self.endpoints = Endpoints(database)
        self.deliveries = Deliveries(database, on_queued)
        self.insights = InsightQueries(database)
        self.derived = Derived(database)

    async def open(self) -> None:
        await self._database.open()
        is_distributed = self._database.is_distributed
        self._writer = Writer(self._url, self._routes, self._catalogues, distributed=is_distributed)

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.close()
        await self._database.close()

    async def migrate(self) -> list[str]:
        run, done = self._database.any.run, []
        await run(migrations.prepare)
        for migration in pending(migrations.KNOWN, await run(migrations.applied)):
            if await run(partial(migrations.apply, migration=migration, plain=not self._database.is_distributed)):
                done.append(migration.name)
        await run(distribution.place_new_tables)
        return done

    async def migrated_at_ms(self, migration: str) -> int | None:
        return await self._database.any.run(partial(migrations.applied_at_ms, name=migration))

    async def distribute(self) -> bool:
        is_done = await self._database.any.run(distribution.distribute)
        if is_done:
            await self.close()
            await self.open()
        return is_done

    async def health(self) -> StoreHealth:
        run, all_migrations = self._database.any.run, migrations.KNOWN
        version = await run(server_version)
        applied = await run(migrations.applied)
        unsafe = await run(unsafe_settings)
        names = [migration.name for migration in pending(all_migrations, applied)]
        risk = f"{unsafe} off: a crash can lose what was acknowledged; turn it on" if unsafe else None
        return StoreHealth(
            engine="PostgreSQL (distributed)" if self._database.is_distributed else "PostgreSQL",
            version=version,
            pending_migrations=names,
            problem=problem(all_migrations, applied),
            risk=risk,
        )

    async def write(self, unit: Unit[T]) -> T:
        if self._writer is None:
            raise Unavailable("the store is not open")
        return await self._writer.write(unit)

    async def damage(self, *, whole: bool) -> str | None:
        """None: PostgreSQL checks its own files."""
        return None

    async def size_bytes(self) -> int:
        return await self._database.any.run(database_bytes)

    async def acquire_sending(self, now_ms: int) -> bool:
        """True: any number of processes may send; leases keep them apart."""
        return True

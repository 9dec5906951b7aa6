"""The embedded engine: a store over one SQLite file."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from leadloop.core.store import StoreHealth
from leadloop.core.writes.unit import Unit
from leadloop.storage.audit import Audit
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.endpoints import Endpoints
from leadloop.storage.keys import Keys
from leadloop.storage.links import Links
from leadloop.storage.memberships import Memberships
from leadloop.storage.migrate import pending, problem
from leadloop.storage.people import People
from leadloop.storage.saved_views import SavedViews
from leadloop.storage.sessions import Sessions
from leadloop.storage.sqlite import deliveries, migrations, search, soundness
from leadloop.storage.sqlite.database import Database
from leadloop.storage.sqlite.leads import work_of
from leadloop.storage.sqlite.lock import ServerLock
from leadloop.storage.sqlite.nouns import (
    Catalogues,
    Changes,
    Deliveries,
    Derived,
    InsightQueries,
    Leads,
    SqliteAccounts,
    SqliteInstances,
)
from leadloop.storage.stored_answers import StoredAnswers
from leadloop.storage.throttles import Throttles
from leadloop.webhooks.endpoints import ChangeView
from leadloop.webhooks.routing import OnQueued, Routes, as_stored, ignore

T = TypeVar("T")


class SqliteStore:
    """The protocol is `app.stores.EngineStore`. Belongs to the event loop it was opened in."""

    def __init__(
        self,
        path: str | Path,
        *,
        vfs: str | None = None,
        load_view: Callable[[], ChangeView] = as_stored,
        on_queued: OnQueued = ignore,
    ) -> None:
        """`vfs` names an SQLite VFS other than the default, such as one that injects faults. `load_view` tells how the
        dialects show a change, for the filters of webhook endpoints."""
        self._routes = Routes(load_view, on_queued)
        self._catalogues = CatalogueCache()
        """Only the writer may use them."""
        self._full_text = search.FullText()
        self._server_lock = ServerLock(Path(path))
        self._has_released_claims = False
        self._database = database = Database(Path(path), vfs)
        self.leads = Leads(database, self._catalogues, self._full_text)
        self.changes = Changes(database)
        self.accounts = SqliteAccounts(database, self._full_text)
        self.keys = Keys(database)
        self.answers = StoredAnswers(database)
        self.catalogue = Catalogues(database, self._catalogues)
        self.instance = SqliteInstances(database)
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
        self.derived = Derived(database, self._full_text)

    async def open(self) -> None:
        """Creates the file if it is missing; does not change the schema."""
        self._database.open(self._full_text.write, self._discard_caches)

    async def close(self) -> None:
        await self._database.close()
        self._server_lock.close()

    async def migrate(self) -> list[str]:
        write = self._database.write
        applied = await self._database.read(migrations.applied)
        return [
            migration.name
            for migration in pending(migrations.KNOWN, applied)
            if await write(partial(migrations.apply, migration=migration))
        ]

    async def migrated_at_ms(self, migration: str) -> int | None:
        return await self._database.read(partial(migrations.applied_at_ms, name=migration))

    async def distribute(self) -> bool:
        """False: an embedded database is a file on one machine."""
        return False

    async def health(self) -> StoreHealth:
        version, all_migrations = apsw.sqlite_lib_version(), migrations.KNOWN
        await self._database.examine_files()
        applied = await self._database.read(migrations.applied)
        names = [migration.name for migration in pending(all_migrations, applied)]
        return StoreHealth(
            engine="SQLite", version=version, pending_migrations=names, problem=problem(all_migrations, applied)
        )

    async def write(self, unit: Unit[T]) -> T:
        queued: set[tuple[str, str]] = set()
        works = work_of(unit, self._routes, self._catalogues, self._full_text, queued)
        answer = await self._database.write(*works)
        if queued:
            self._routes.on_queued(queued)
        return answer

    async def damage(self, *, whole: bool) -> str | None:
        return await self._database.read(partial(soundness.damage, whole=whole))

    async def size_bytes(self) -> int:
        return await self._database.read(soundness.file_bytes)

    async def acquire_sending(self, now_ms: int) -> bool:
        if not self._server_lock.acquire():
            return False
        if not self._has_released_claims:
            await self._database.write(partial(deliveries.release_claims, now_ms=now_ms))
            self._has_released_claims = True
        return True

    def _discard_caches(self) -> None:
        self._routes.clear()
        self._catalogues.clear()
        self._full_text.discard()

"""Opens the store that the settings name, checks it and prepares it for use."""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from leadloop import secrets
from leadloop.app.records import change_view
from leadloop.core.errors import DatabaseDamaged, LeadloopError
from leadloop.core.instance import Instance
from leadloop.core.leads.model import Lead
from leadloop.insights.ports import InsightStore
from leadloop.settings import DatabaseSettings
from leadloop.webhooks.ports import WebhookStore
from leadloop.webhooks.routing import OnQueued, ignore

HOW_TO_ACCEPT = "or accept that all keys stop working: `leadloop instance accept-pepper`"
_log = structlog.get_logger("leadloop")
_PERMIT = "permit it (chmod, chown)"


class DerivedStore(Protocol):
    """Data derived from leads, so that lists, searches and the Insights need not read the leads themselves."""

    async def is_counted(self, lead: Lead) -> bool:
        """Whether the stored facts match this lead."""

    async def miscounted(self, account_id: str) -> int:
        """How many more leads are counted than exist; negative for fewer."""

    async def is_indexed(self, lead: Lead) -> bool:
        """Whether searches find the lead by its current values, and do not find it if it is deleted."""

    async def misindexed(self, account_id: str) -> int:
        """How many more leads the search index has than exist; negative for fewer."""

    async def lead_surplus(self, account_id: str) -> int | None:
        """How many more leads the stored count of the account has than exist; negative for fewer. `None` if the count
        does not include all changes: lists do not use it then."""

    async def recompute(self) -> None:
        """Rebuilds the Insights facts, the search index and the counts of leads from all leads, in batches. Servers may
        run meanwhile: they wait for one batch, and on the embedded engine for the full-text index at the end."""


class EngineStore(WebhookStore, InsightStore, Protocol):
    """The interface of both engines."""

    @property
    def derived(self) -> DerivedStore: ...

    async def damage(self, *, whole: bool) -> str | None:
        """What is wrong with the file of an embedded database: in all of it, or as far as its first pages show."""

    async def size_bytes(self) -> int:
        """What the database takes on disk, of a distributed one on the node that answers."""

    async def acquire_sending(self, now_ms: int) -> bool:
        """Whether this process may send webhooks. On the embedded engine one server at a time may, until it closes its
        store; it begins by releasing the claims of the previous one."""

    async def migrated_at_ms(self, migration: str) -> int | None:
        """When the migration with this name, without its number, was applied; `None` if it was not."""

    async def distribute(self) -> bool:
        """Distributes the tables by account over the nodes of the database; existing rows move to their nodes. Returns
        false, and changes nothing, if the engine cannot distribute. No server may run meanwhile."""


class NotReady(LeadloopError):
    """What is wrong with the database or its environment and how to correct it, in one sentence."""


def clock() -> int:
    return time.time_ns() // 1_000_000


def open_store(settings: DatabaseSettings, on_queued: OnQueued = ignore) -> EngineStore:
    """The store of the engine that the database option names. It is not opened yet."""
    load_view = partial(change_view, settings)
    if settings.is_embedded:
        from leadloop.storage.sqlite import SqliteStore

        return SqliteStore(Path(settings.database), load_view=load_view, on_queued=on_queued)
    from leadloop.storage.postgres import PostgresStore

    if settings.account_groups:
        _log.warning("account_groups has no effect and can be removed: the database itself says if it is distributed")
    return PostgresStore(settings.database, load_view=load_view, on_queued=on_queued)


async def open_sound(settings: DatabaseSettings, store: EngineStore) -> None:
    """Opens the store unless a quick check finds its files damaged, mixed up or lost. Raises `NotReady`,
    `DatabaseDamaged`, `ForeignLog`, `Unavailable`."""
    if settings.is_embedded:
        require_usable(Path(settings.database))
        _require_no_orphaned_secrets(settings)
    await store.open()
    if await store.damage(whole=False):
        raise DatabaseDamaged(settings.database)


async def prepare(settings: DatabaseSettings, store: EngineStore, *, migrate: bool) -> list[str]:
    """Opens the store for use; returns the migrations that it applied.

    Raises `NotReady`, `DatabaseDamaged`, `ForeignLog`, `Unavailable`, `secrets.BadSecret`.
    """
    await open_sound(settings, store)
    applied: list[str] = []
    health = await store.health()
    if migrate and health.pending_migrations:
        if settings.is_embedded and (problem := foreign_secrets(settings, await store.instance.get())):
            raise NotReady(problem)
        applied = await store.migrate()
        health = await store.health()
    if health.pending_migrations:
        raise NotReady(f"the database lacks {', '.join(health.pending_migrations)}: run `leadloop migrate`")
    if health.problem:
        raise NotReady(health.problem)
    return applied


def foreign_secrets(settings: DatabaseSettings, instance: Instance | None) -> str | None:
    """Why the secrets file does not belong to the database, in one sentence. Raises `secrets.BadSecret`."""
    named = secrets.instance_id(settings)
    if instance is None or named is None or named == instance.id:
        return None
    return (
        f"{secrets.secrets_file(settings)} belongs to another database than {settings.database}: put the right one of "
        f"the two back, {HOW_TO_ACCEPT}"
    )


def _require_no_orphaned_secrets(settings: DatabaseSettings) -> None:
    """Refuses an empty database next to existing secrets: the database was lost. Raises `NotReady`."""
    database, place = Path(settings.database), secrets.secrets_file(settings)
    log = Path(f"{database}-wal")
    if place.exists() and not any(path.exists() and path.stat().st_size for path in (database, log)):
        raise NotReady(
            f"{database} is missing or empty, and {place} shows that there was a database: restore it, for example "
            f"with `leadloop restore`, or move {place} away to begin with an empty one"
        )


def require_usable(database: Path) -> None:
    """Explains what the engine would only report as a file that it cannot open. Raises `NotReady`."""
    from leadloop.storage.sqlite.backup import is_backup
    from leadloop.storage.sqlite.soundness import file_problem

    if not (folder := database.absolute().parent).is_dir():
        raise NotReady(f"the folder {folder} does not exist: create it, or choose another --database")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotReady(f"the folder {folder} cannot be written by this user: {_PERMIT}, or choose another --database")
    try:
        if is_backup(database):
            raise NotReady(f"{database} is a backup: restore it with `leadloop restore`")
        problem = file_problem(database)
    except FileNotFoundError:
        return
    except OSError as error:
        raise NotReady(f"{database} cannot be read: {error.strerror}") from None
    if problem is not None:
        raise NotReady(f"{database} {problem}")
    if not os.access(database, os.W_OK):
        raise NotReady(f"{database} cannot be written by this user: {_PERMIT}, or choose another --database")


@asynccontextmanager
async def open_prepared_store(
    settings: DatabaseSettings, *, migrate: bool = False, on_migrated: Callable[[list[str]], None] = lambda names: None
) -> AsyncIterator[EngineStore]:
    """A store that is ready for use, closed at the end. Raises `NotReady`, `Unavailable`."""
    store = open_store(settings)
    try:
        on_migrated(await prepare(settings, store, migrate=migrate))
        yield store
    finally:
        await store.close()

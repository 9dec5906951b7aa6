"""The composition root: from settings to a store and an ASGI application. Only this module knows every other."""

import asyncio
import hmac
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from leadloop import secrets
from leadloop.core.changes import Change
from leadloop.core.errors import LeadloopError, Unavailable
from leadloop.core.idempotency import KEPT_MS
from leadloop.core.ports import Store
from leadloop.server import logs
from leadloop.server.serve import run
from leadloop.server.workers import READY
from leadloop.settings import BadSettings, DatabaseSettings, Settings
from leadloop.webhooks.ports import WebhookStore

if TYPE_CHECKING:
    from leadloop.api.own.wire import Records
    from leadloop.webhooks.sending import Outside

FORGET_EVERY_S, FORGET_PAUSE_S = 600.0, 0.1
SQLITE_MAGIC = b"SQLite format 3\0"

_log = structlog.get_logger("leadloop")


class NotReady(LeadloopError):
    """One sentence: what is wrong with the database or its surroundings, and what to do about it."""


def clock() -> int:
    return time.time_ns() // 1_000_000


def open_store(settings: DatabaseSettings) -> WebhookStore:
    """The engine that the database option names; nothing is opened yet."""
    if settings.embedded:
        from leadloop.storage.sqlite import SqliteStore

        return SqliteStore(Path(settings.database), pointers=change_pointers)
    from leadloop.storage.postgres import PostgresStore

    return PostgresStore(settings.database, account_groups=settings.account_groups, pointers=change_pointers)


async def prepare(settings: DatabaseSettings, store: Store, *, migrate: bool) -> list[str]:
    """Open the store for use; the migrations that were applied. Raises `NotReady`, `Unavailable`."""
    if settings.embedded:
        _require_usable(Path(settings.database))
    await store.open()
    applied: list[str] = []
    health = await store.health()
    if migrate and health.pending_migrations:
        applied = await store.migrate()
        health = await store.health()
    if health.pending_migrations:
        raise NotReady(f"the database lacks {', '.join(health.pending_migrations)}: run `leadloop migrate`")
    if health.problem:
        raise NotReady(health.problem)
    return applied


def _require_usable(database: Path) -> None:
    """What the engine itself would only call a file that can not be opened. Raises `NotReady`."""
    if not (folder := database.absolute().parent).is_dir():
        raise NotReady(f"the folder {folder} does not exist: make it, or choose another --database")
    try:
        with database.open("rb") as file:
            begin = file.read(len(SQLITE_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise NotReady(f"{database} can not be read: {error.strerror}") from None
    if begin and begin != SQLITE_MAGIC:
        raise NotReady(f"{database} is not a database: choose another --database")


@asynccontextmanager
async def prepared(
    settings: DatabaseSettings, *, migrate: bool = False, on_migrated: Callable[[list[str]], None] = lambda names: None
) -> AsyncIterator[Store]:
    """A store that is ready for use. Raises `NotReady`, `Unavailable`."""
    store = open_store(settings)
    try:
        on_migrated(await prepare(settings, store, migrate=migrate))
        yield store
    finally:
        await store.close()


async def pepper_of(settings: DatabaseSettings, store: Store) -> bytes:
    """The pepper of the instance, made if no key can have been made under another. Raises `secrets.NoPepper`."""
    made_before = settings.embedded and secrets.secrets_file(settings).exists()
    return secrets.pepper(settings, may_make=settings.embedded and not made_before and not await _has_keys(store))


async def _has_keys(store: Store) -> bool:
    for account in await store.accounts():
        if await store.keys(account.id):
            return True
    return False


class Application:
    """The ASGI application with its lifespan: the store is opened before the first request and drained at the end."""

    def __init__(self, settings: Settings, store: WebhookStore) -> None:
        self._settings = settings
        self._http: ASGIApp | None = None
        self._tidier: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        self._outside: Outside | None = None
        self.store = store
        self.stopping = asyncio.Event()
        """To be set when the server is told to stop, before it waits for what is in flight."""
        self.pepper = b""
        self.failure: str | None = None
        """Why it refused to start or did not stop well, in one sentence."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._http is not None:
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            raise RuntimeError(f"nothing here serves {scope['type']}")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except Exception as error:
            self.failure = reason(error, self._settings)
            await self.store.close()
            await send({"type": "lifespan.startup.failed"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await self._rest()
            await self.store.close()
        except Exception as error:
            self.failure = reason(error, self._settings)
            await send({"type": "lifespan.shutdown.failed"})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _rest(self) -> None:
        """What is being sent is sent, and put down."""
        self.stopping.set()
        if self._tidier is not None:
            self._tidier.cancel()
        if self._worker is not None:
            await self._worker
        if self._outside is not None:
            await self._outside.sender.close()

    async def _start(self) -> None:
        from leadloop.api import asgi
        from leadloop.webhooks.worker import Worker

        settings = self._settings
        if not settings.embedded:
            self.pepper = secrets.pepper(settings)
        applied = await prepare(settings, self.store, migrate=settings.embedded)
        if applied:
            _log.info("database migrated", migrations=applied)
        self.pepper = await pepper_of(settings, self.store)
        self._tidier = asyncio.create_task(_forget_answers(self.store))
        self._outside = outside(settings, self.store, self.pepper)
        self._worker = asyncio.create_task(Worker(self._outside).run(self.stopping))
        self._http = asgi.build(
            outside=self._outside,
            pepper=self.pepper,
            stopping=self.stopping,
            expad_epoch_unit=settings.expad_epoch_unit,
        )


def outside(settings: Settings, store: WebhookStore, pepper: bytes) -> "Outside":
    """What webhooks are sent with."""
    # Imported here, or every command would start a third slower.
    from leadloop.api.expad import wire as expad
    from leadloop.api.leadsail import wire as leadsail
    from leadloop.api.properties import naming
    from leadloop.webhooks.addresses import Rules
    from leadloop.webhooks.bodies import Views
    from leadloop.webhooks.resolve import Resolver
    from leadloop.webhooks.send import Sender
    from leadloop.webhooks.sending import Outside
    from leadloop.webhooks.vault import Vault

    in_seconds = settings.expad_epoch_unit == "s"
    properties = expad.properties(show_seconds=in_seconds)
    told = naming(properties)
    rules = Rules(allow_http=settings.webhooks_allow_http, allow_private=settings.webhooks_allow_private)
    views = Views(
        leadsail_show=leadsail.show,
        leadsail_changed=change_pointers,
        expad_show=partial(expad.show, properties),
        expad_changed=lambda change: [name for field in change.fields if (name := told(field.field))],
        expad_time=lambda at_ms: at_ms // 1_000 if in_seconds else at_ms,
    )
    vault = Vault([hmac.digest(pepper, b"leadloop webhook secrets", "sha256")])
    return Outside(store, Sender(Resolver(rules)), vault, views, rules, clock)


async def _forget_answers(store: Store) -> None:
    """Drops the answers of idempotency keys that are old enough, now and then."""
    more = False
    while True:
        await asyncio.sleep(FORGET_PAUSE_S if more else FORGET_EVERY_S)
        try:
            more = await store.forget_kept(clock() - KEPT_MS) > 0
        except Unavailable:
            more = False
            _log.warning("old answers were not dropped: the database can not be reached")


@cache
def _records() -> "Records":
    """Made when the first change is told: most commands tell none."""
    from leadloop.api.expad import wire as expad
    from leadloop.api.own.wire import Records

    return Records(expad.properties())


def change_pointers(change: Change) -> list[str]:
    """A change's fields by the names of the change feed."""
    return _records().names(change)


def as_records(changes: Sequence[Change]) -> list[bytes]:
    """Change records as the change feed answers them, as JSON with every value whole."""
    return [_records().json(change, full=True) for change in changes]


def reason(error: BaseException, settings: DatabaseSettings) -> str:
    """One sentence for people. Of errors that nobody foresaw only the type, and the rest goes to the log."""
    if isinstance(error, LeadloopError | BadSettings | secrets.NoPepper):
        words = " ".join(str(error).replace(settings.database, settings.place).split())
        return f"{settings.place} can not be reached: {words}" if isinstance(error, Unavailable) else words
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    _log.error("unexpected error", exc_info=error)
    return f"an unexpected error ({type(error).__name__}); the log line above says where"


def serve(
    settings: Settings, listener: socket.socket, on_listening: Callable[[Application], Awaitable[None]]
) -> str | None:
    """Serve in this process until told to stop; what went wrong, if anything. Raises `OSError` like `run`."""
    application = Application(settings, open_store(settings))

    async def announce() -> None:
        await on_listening(application)

    run(application, listener, on_listening=announce, on_stopping=application.stopping.set)
    return application.failure


def work(settings: Settings, listener: socket.socket, pipe: Pipe) -> None:
    """What each of several processes does. Its parent holds the other end of the pipe."""
    logs.configure(settings.log_level)
    application = Application(settings, open_store(settings))

    async def announce() -> None:
        pipe.send_bytes(READY)

    stop = application.stopping.set
    run(application, listener, on_listening=announce, on_stopping=stop, parent=pipe.fileno())
    if application.failure:
        _log.error("process failed", reason=application.failure)
        raise SystemExit(1)


def check_once(settings: Settings) -> None:
    """Whether several processes could start, tried once for all of them. Raises what `prepared` raises."""
    secrets.pepper(settings)

    async def check() -> None:
        async with prepared(settings):
            pass

    asyncio.run(check())

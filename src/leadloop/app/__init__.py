"""The composition root: from settings to processes that serve, and processes that send webhooks. Only this package
knows every other.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection as Pipe

import structlog

from leadloop import secrets
from leadloop.app.application import Application
from leadloop.app.failures import reason
from leadloop.app.instances import pepper_of
from leadloop.app.records import as_leads, as_records
from leadloop.app.retention import purge_expired
from leadloop.app.sender import WebhookSender
from leadloop.app.stores import EngineStore, NotReady, clock, open_sound, open_store, prepared
from leadloop.app.webhooks import sending
from leadloop.server import background, logs
from leadloop.server.serve import run
from leadloop.server.workers import READY
from leadloop.settings import Settings, WebhookSettings

__all__ = [
    "Application",
    "EngineStore",
    "NotReady",
    "as_leads",
    "as_records",
    "check_once",
    "clock",
    "open_sound",
    "open_store",
    "pepper_of",
    "prepared",
    "reason",
    "send_webhooks",
    "send_webhooks_beside",
    "sending",
    "serve",
    "serve_beside",
]

_log = structlog.get_logger("leadloop")


def serve(
    settings: Settings, listener: socket.socket, on_listening: Callable[[Application], Awaitable[None]]
) -> str | None:
    """Serve in this process until told to stop; what went wrong, if anything. Raises `OSError` like `run`."""
    application = Application(settings, open_store)

    async def announce() -> None:
        await on_listening(application)

    run(application, listener, on_listening=announce, on_stopping=application.stopping.set, render=application.refusal)
    return application.failure


def serve_beside(settings: Settings, listener: socket.socket, pipe: Pipe) -> None:
    """What each of several processes does. Its parent holds the other end of the pipe."""

    async def announce() -> None:
        pipe.send_bytes(READY)

    with logs.queued(settings.log_level):
        try:
            application = Application(settings, open_store)
            stop, render = application.stopping.set, application.refusal
            run(application, listener, on_listening=announce, on_stopping=stop, render=render, parent=pipe.fileno())
        except Exception as error:  # or multiprocessing prints its message
            _exit(reason(error, settings))
        else:
            _exit(application.failure)


def send_webhooks(settings: WebhookSettings, on_sending: Callable[[], None], parent: int | None = None) -> str | None:
    """Send webhooks from this process until told to stop; what went wrong, if anything."""

    async def work(stopping: asyncio.Event) -> None:
        async with sending(settings) as found:
            tidier = asyncio.create_task(purge_expired(found.store))
            on_sending()
            await WebhookSender(found, stopping).run()
            tidier.cancel()

    try:
        background.run(work, parent=parent)
    except Exception as error:
        return reason(error, settings)
    return None


def send_webhooks_beside(settings: WebhookSettings, pipe: Pipe) -> None:
    """What each of several processes does. Its parent holds the other end of the pipe."""
    with logs.queued(settings.log_level):
        _exit(send_webhooks(settings, lambda: pipe.send_bytes(READY), parent=pipe.fileno()))


def _exit(failure: str | None) -> None:
    if failure:
        _log.error("process failed", reason=failure)
        raise SystemExit(1)


def check_once(settings: WebhookSettings) -> None:
    """Whether several processes could start, tried once for all of them. Raises what `sending` raises."""
    secrets.encryption_keys(settings, secrets.pepper(settings))

    async def check() -> None:
        async with prepared(settings) as store:
            await pepper_of(settings, store)

    asyncio.run(check())

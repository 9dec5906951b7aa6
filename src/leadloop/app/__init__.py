"""The composition root: from settings to processes that serve, and processes that send webhooks. Only this package
knows every other.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection as Pipe

import structlog
from starlette.types import ASGIApp

from leadloop import secrets
from leadloop.app.application import Application
from leadloop.app.failures import reason
from leadloop.app.instances import pepper_of
from leadloop.app.records import render_leads, render_records
from leadloop.app.retention import purge_expired
from leadloop.app.sender import WebhookSender
from leadloop.app.stores import EngineStore, NotReady, clock, open_prepared_store, open_sound, open_store
from leadloop.app.webhooks import open_sender_context
from leadloop.server import background, logs
from leadloop.server.proxies import TrustedProxies
from leadloop.server.serve import run
from leadloop.server.workers import READY
from leadloop.settings import Settings, WebhookSettings

__all__ = [
    "Application",
    "EngineStore",
    "NotReady",
    "check_start",
    "clock",
    "open_prepared_store",
    "open_sender_context",
    "open_sound",
    "open_store",
    "pepper_of",
    "reason",
    "render_leads",
    "render_records",
    "send_webhooks",
    "send_webhooks_as_worker",
    "serve",
    "serve_as_worker",
]

_log = structlog.get_logger("leadloop")


def serve(
    settings: Settings, listener: socket.socket, on_listening: Callable[[Application], Awaitable[None]]
) -> str | None:
    """Serves in this process until a signal stops it; returns what went wrong, if anything. Raises like `run`."""
    application = Application(settings, open_store)

    async def announce() -> None:
        await on_listening(application)

    stop, render = application.stopping.set, application.refusal
    run(_behind_proxies(application, settings), listener, on_listening=announce, on_stopping=stop, render=render)
    return application.failure


def _behind_proxies(application: Application, settings: Settings) -> ASGIApp:
    networks = settings.proxy_networks
    return TrustedProxies(application, networks) if networks else application


def serve_as_worker(settings: Settings, listener: socket.socket, pipe: Pipe) -> None:
    """The task of each worker process. The parent process has the other end of the pipe."""

    async def announce() -> None:
        pipe.send_bytes(READY)

    with logs.queued(settings.log_level):
        try:
            application = Application(settings, open_store)
            stop, render = application.stopping.set, application.refusal
            served = _behind_proxies(application, settings)
            run(served, listener, on_listening=announce, on_stopping=stop, render=render, parent=pipe.fileno())
        except Exception as error:  # otherwise multiprocessing would print its message
            _exit(reason(error, settings))
        else:
            _exit(application.failure)


def send_webhooks(settings: WebhookSettings, on_sending: Callable[[], None], parent: int | None = None) -> str | None:
    """Sends webhooks from this process until a signal stops it; returns what went wrong, if anything."""

    async def work(stopping: asyncio.Event) -> None:
        async with open_sender_context(settings) as context:
            purging = asyncio.create_task(purge_expired(context.store))
            on_sending()
            await WebhookSender(context, stopping).run()
            purging.cancel()

    try:
        background.run(work, parent=parent)
    except Exception as error:
        return reason(error, settings)
    return None


def send_webhooks_as_worker(settings: WebhookSettings, pipe: Pipe) -> None:
    """The task of each worker process. The parent process has the other end of the pipe."""
    with logs.queued(settings.log_level):
        _exit(send_webhooks(settings, lambda: pipe.send_bytes(READY), parent=pipe.fileno()))


def _exit(failure: str | None) -> None:
    if failure:
        _log.error("process failed", reason=failure)
        raise SystemExit(1)


def check_start(settings: WebhookSettings) -> None:
    """Checks whether several processes could start, once for all of them. Raises like `open_sender_context`."""
    secrets.encryption_keys(settings, secrets.pepper(settings))

    async def check() -> None:
        async with open_prepared_store(settings) as store:
            await pepper_of(settings, store)

    asyncio.run(check())

"""Builds the context that sending webhooks requires, and runs a worker until it is stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from leadloop import secrets
from leadloop.app.instances import pepper_of
from leadloop.app.records import change_view
from leadloop.app.stores import EngineStore, clock, open_prepared_store
from leadloop.server.limits import LIMITS
from leadloop.settings import WebhookSettings
from leadloop.webhooks.ports import WebhookStore

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext
    from leadloop.webhooks.worker import Worker

ACQUIRE_EVERY_S = 1.0
"""How often a second server checks whether the first has stopped."""

_log = structlog.get_logger("leadloop")


@asynccontextmanager
async def open_sender_context(settings: WebhookSettings) -> AsyncIterator["SenderContext"]:
    """A sender context with a migrated store, closed at the end. Raises `NotReady`, `Unavailable`, `BadSecret`."""
    async with open_prepared_store(settings) as store:
        context = build_sender_context(settings, store, await pepper_of(settings, store))
        try:
            yield context
        finally:
            await context.sender.close()


def build_sender_context(settings: WebhookSettings, store: WebhookStore, pepper: bytes) -> "SenderContext":
    """Raises `BadSecret`."""
    # Imported here: otherwise every command would start a third slower.
    from leadloop.egress.addresses import Rules
    from leadloop.webhooks.account_sender import AccountSender
    from leadloop.webhooks.sending import SenderContext
    from leadloop.webhooks.vault import Vault

    rules = Rules(allow_http=settings.webhooks_allow_http, allow_private=settings.webhooks_allow_private)
    vault = Vault(secrets.encryption_keys(settings, pepper))
    return SenderContext(store, AccountSender(store, rules), vault, change_view(settings), rules, clock)


async def wait_until_sender(store: EngineStore, stopping: asyncio.Event) -> bool:
    """Waits until this process may send webhooks; false if `stopping` is set before. Raises `Unavailable`."""
    is_second = False
    while not stopping.is_set():
        if await store.acquire_sending(clock()):
            if is_second:
                _log.info("the other server has stopped: this one sends the webhooks now")
            return True
        if not is_second:
            _log.warning(
                "this is the second server on the database: it serves, and sends no webhooks until the first stops"
            )
        is_second = True
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), ACQUIRE_EVERY_S)
    return False


async def send(worker: "Worker", stopping: asyncio.Event) -> None:
    """Runs until `stopping` is set, then finishes the deliveries in flight within the time for requests in flight."""
    working, stop = asyncio.create_task(worker.run(stopping)), asyncio.create_task(stopping.wait())
    await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    _, late = await asyncio.wait({working}, timeout=LIMITS.stop_seconds)
    if not late:
        working.result()
    if late:
        working.cancel()
        _log.warning("webhooks in flight took too long: they will be sent again")

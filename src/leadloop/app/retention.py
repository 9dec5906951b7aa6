"""Periodically deletes expired rows: stored answers of idempotency keys, deliveries and attempts."""

import asyncio
from typing import NoReturn

import structlog

from leadloop.app.stores import clock
from leadloop.core.errors import Unavailable
from leadloop.core.writes.idempotency import RETENTION_MS
from leadloop.webhooks.ports import WebhookStore

EVERY_S, PAUSE_S = 600.0, 0.1
DELIVERY_BATCH = 2_000

_log = structlog.get_logger("leadloop")


async def purge_expired(store: WebhookStore) -> NoReturn:
    """Runs until it is cancelled."""
    more = False
    while True:
        await asyncio.sleep(PAUSE_S if more else EVERY_S)
        try:
            more = await _purge_batch(store, clock())
        except Unavailable:
            more = False
            _log.warning("expired rows were not deleted: the database cannot be reached")
        except Exception as error:
            more = False
            _log.error("expired rows were not deleted", error=type(error).__name__)


async def _purge_batch(store: WebhookStore, now_ms: int) -> bool:
    """Deletes up to a batch of each kind; returns whether more may have expired."""
    answers = await store.answers.delete_expired(now_ms - RETENTION_MS)
    rows = await store.deliveries.purge(now_ms, DELIVERY_BATCH)
    return answers > 0 or rows >= DELIVERY_BATCH

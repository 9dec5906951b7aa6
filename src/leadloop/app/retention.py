"""Drops what is past keeping, now and then: old answers of idempotency keys, old deliveries and attempts."""

import asyncio
from typing import NoReturn

import structlog

from leadloop.app.stores import clock
from leadloop.core.errors import Unavailable
from leadloop.core.writes.idempotency import RETENTION_MS
from leadloop.webhooks.ports import WebhookStore

EVERY_S, PAUSE_S = 600.0, 0.1
DELIVERIES_AT_ONCE = 2_000

_log = structlog.get_logger("leadloop")


async def purge_expired(store: WebhookStore) -> NoReturn:
    """Until it is cancelled."""
    more = False
    while True:
        await asyncio.sleep(PAUSE_S if more else EVERY_S)
        try:
            more = await _tidy_once(store, clock())
        except Unavailable:
            more = False
            _log.warning("nothing old was dropped: the database can not be reached")
        except Exception as error:
            more = False
            _log.error("nothing old was dropped", error=type(error).__name__)


async def _tidy_once(store: WebhookStore, now_ms: int) -> bool:
    """Whether there may be more."""
    answers = await store.answers.delete_expired(now_ms - RETENTION_MS)
    rows = await store.deliveries.purge(now_ms, DELIVERIES_AT_ONCE)
    return answers > 0 or rows >= DELIVERIES_AT_ONCE

"""Periodically deletes expired rows: stored answers of idempotency keys, deliveries and attempts, audit entries, failed
sign-ins, sessions and links.
"""

import asyncio
from typing import NamedTuple, NoReturn

import structlog

from leadloop.app.stores import clock
from leadloop.core.errors import Unavailable
from leadloop.core.writes.idempotency import RETENTION_MS
from leadloop.webhooks.ports import WebhookStore

EVERY_S, PAUSE_S = 600.0, 0.1
DELIVERY_BATCH = 2_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
AUDIT_RETENTION_MS = 400 * DAY_MS
FAILURE_RETENTION_MS = DAY_MS
"""Of failed sign-ins; they count for minutes."""

_log = structlog.get_logger("leadloop")


class SessionLimits(NamedTuple):
    """How long a session lasts without use, and at most."""

    idle_ms: int
    longest_ms: int


async def purge_expired(store: WebhookStore, sessions: SessionLimits | None = None) -> NoReturn:
    """Runs until it is cancelled. Without limits sessions and links stay: only a server knows the limits."""
    more = False
    while True:
        await asyncio.sleep(PAUSE_S if more else EVERY_S)
        try:
            more = await _purge_batch(store, clock(), sessions)
        except Unavailable:
            more = False
            _log.warning("expired rows were not deleted: the database cannot be reached")
        except Exception as error:
            more = False
            _log.error("expired rows were not deleted", error=type(error).__name__)


async def _purge_batch(store: WebhookStore, now_ms: int, sessions: SessionLimits | None) -> bool:
    """Deletes up to a batch of each kind; returns whether more may have expired."""
    answers = await store.answers.delete_expired(now_ms - RETENTION_MS)
    rows = await store.deliveries.purge(now_ms, DELIVERY_BATCH)
    entries = await store.audit.purge(now_ms - AUDIT_RETENTION_MS)
    failures = await store.throttles.purge(now_ms - FAILURE_RETENTION_MS)
    if sessions is not None:
        await store.sessions.purge(now_ms - sessions.idle_ms, now_ms - sessions.longest_ms)
    return max(answers, entries, failures) > 0 or rows >= DELIVERY_BATCH

"""A leadloop with another lease, and optionally a planted defect: `python -m proof.webhooks_server serve …`. The
environment sets both, so that child processes inherit them.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, cast
from unittest.mock import patch

from lab.controls import StoreWrapper
from leadloop import app, cli
from leadloop.egress.exchange import OutgoingRequest
from leadloop.egress.repeating import Attempt, RepeatingSender
from leadloop.settings import DatabaseSettings
from leadloop.storage.postgres import deliveries
from leadloop.storage.sqlite.lock import ServerLock
from leadloop.webhooks import worker
from leadloop.webhooks.ports import WebhookStore
from leadloop.webhooks.routing import OnQueued, QueuedDelivery, Routes, ignore

COMMAND = ("-m", "proof.webhooks_server")
LEASE_MS, DEFECT = "PROOF_LEASE_MS", "PROOF_DEFECT"
SLOTS = 8
LATE_S = 0.2
TOKEN_CHECK = " AND d.token = t.token"


class QueuesLate(StoreWrapper):
    """Queues deliveries in their own transaction, long enough after that of the change for a kill in between."""

    def __init__(self, store: WebhookStore) -> None:
        super().__init__(store)
        self._queueing: set[asyncio.Task[None]] = set()

    async def write(self, unit: Any) -> Any:
        answer = await self._store.write(unit)
        pending = [_late.popleft() for _ in range(len(_late))]
        task = asyncio.create_task(self._queue(pending))
        self._queueing.add(task)
        task.add_done_callback(self._queueing.discard)
        return answer

    async def _queue(self, pending: Sequence[QueuedDelivery]) -> None:
        """Waits, then queues the deliveries of one write. Every write waits by itself."""
        await asyncio.sleep(LATE_S)
        for queued in pending:
            await cast(WebhookStore, self._store).deliveries.queue_again([queued], "change", queued.delivery.at_ms)


_late: deque[QueuedDelivery] = deque()


def queue_late() -> None:
    real_store, real_deliveries = app.open_store, Routes.deliveries

    def open_store(settings: DatabaseSettings, on_queued: OnQueued = ignore) -> WebhookStore:
        return cast(WebhookStore, QueuesLate(real_store(settings, on_queued)))

    def defer_deliveries(routes: Routes, *change: Any) -> list[QueuedDelivery]:
        _late.extend(real_deliveries(routes, *change))
        return []

    patch.object(app, "open_store", open_store).start()
    patch.object(Routes, "deliveries", defer_deliveries).start()


def ignore_the_token() -> None:
    """A process records its result even if it has lost its claim on the delivery."""
    assert TOKEN_CHECK in deliveries.SQL["finish"]
    deliveries.SQL["finish"] = deliveries.SQL["finish"].replace(TOKEN_CHECK, "")


def share_the_slots() -> None:
    """All endpoints share the slots that each should have."""
    real, slots = RepeatingSender.send, asyncio.Semaphore(SLOTS)

    async def send(sender: RepeatingSender, request: OutgoingRequest) -> Attempt:
        async with slots:
            return await real(sender, request)

    patch.object(RepeatingSender, "send", send).start()


def hold_every_lock() -> None:
    """Every server on a database acquires the lock."""
    patch.object(ServerLock, "acquire", lambda lock: True).start()


DEFECTS = {
    "no lock": hold_every_lock,
    "queues late": queue_late,
    "no fence": ignore_the_token,
    "shared slots": share_the_slots,
}

if __name__ in ("__main__", "__mp_main__"):
    worker.LEASE_MS = int(os.environ[LEASE_MS])
    if defect := os.environ[DEFECT]:
        DEFECTS[defect]()
if __name__ == "__main__":
    sys.exit(cli.main())

"""Runs the webhook worker of this process, and restarts it after a pause if it ends with an error. Serving continues
meanwhile.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Set
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import structlog

from leadloop.app.webhooks import send
from leadloop.core.errors import LeadloopError

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext
    from leadloop.webhooks.worker import Worker

SenderState = Literal["off", "standby", "sending", "failing"]
"""`standby`: another server on the embedded database sends. `failing`: the worker ended with an error recently."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
FAILING_S = 60.0
"""How long after an error the sender counts as failing; meanwhile each restart waits longer than the last."""

_log = structlog.get_logger("leadloop")


async def _acquire_now() -> bool:
    return True


class WebhookSender:
    def __init__(
        self, context: "SenderContext", stopping: asyncio.Event, acquire: Callable[[], Awaitable[bool]] = _acquire_now
    ) -> None:
        """`acquire` waits until this process may send; it returns false if `stopping` is set before."""
        self._context = context
        self._stopping = stopping
        self._acquire = acquire
        self._worker: Worker | None = None
        self._failed_at: float | None = None
        self.failures = 0

    @property
    def state(self) -> SenderState:
        if self._is_failing():
            return "failing"
        return "standby" if self._worker is None else "sending"

    def wake(self, endpoints: Set[tuple[str, str]]) -> None:
        """Deliveries may be due for these endpoints."""
        if self._worker is not None:
            self._worker.wake(endpoints)

    async def run(self) -> None:
        """Runs until `stopping` is set. Never raises, unless it is cancelled."""
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                await self._send()
            except (Exception, asyncio.CancelledError) as error:
                task = asyncio.current_task()
                if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                    raise
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S) if self._is_failing() else FIRST_PAUSE_S
                self._failed_at, self._worker = time.monotonic(), None
                self.failures += 1
                _log_failure(error, failures=self.failures, pause_seconds=pause_s)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause_s)

    async def _send(self) -> None:
        from leadloop.webhooks.worker import Worker

        if await self._acquire():
            self._worker = Worker(self._context)
            await send(self._worker, self._stopping)

    def _is_failing(self) -> bool:
        return self._failed_at is not None and time.monotonic() - self._failed_at < FAILING_S


def _log_failure(error: BaseException, **numbers: float) -> None:
    message = "webhooks are not sent: the sender ended by an error and starts again"
    if isinstance(error, LeadloopError):  # its message is meant for operators
        _log.error(message, **numbers, reason=str(error))
    else:
        _log.error(message, **numbers, exc_info=error)

"""Keeps webhooks being sent from this process: a sender that ends by an error is logged, and started again after a
pause. Serving goes on meanwhile.
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

State = Literal["off", "standby", "sending", "failing"]
"""`standby`: another server on the embedded database sends. `failing`: the sender has ended by an error of late."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
FAILING_S = 60.0
"""So long after its last error a sender counts as failing, and restarts more and more slowly."""

_log = structlog.get_logger("leadloop")


async def _at_once() -> bool:
    return True


class WebhookSender:
    def __init__(
        self, context: "SenderContext", stopping: asyncio.Event, acquire: Callable[[], Awaitable[bool]] = _at_once
    ) -> None:
        """`acquire` waits until this process may send; false if it is told to stop before."""
        self._context = context
        self._stopping = stopping
        self._acquire = acquire
        self._worker: Worker | None = None
        self._failed_at: float | None = None
        self.failures = 0

    @property
    def state(self) -> State:
        if self._is_failing():
            return "failing"
        return "standby" if self._worker is None else "sending"

    def wake(self, endpoints: Set[tuple[str, str]]) -> None:
        """Something may be due for these endpoints."""
        if self._worker is not None:
            self._worker.wake(endpoints)

    async def run(self) -> None:
        """Until told to stop. Raises nothing, unless it is cancelled."""
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
    words = "webhooks are not sent: the sender ended by an error and starts again"
    if isinstance(error, LeadloopError):  # its sentence is for operators
        _log.error(words, **numbers, reason=str(error))
    else:
        _log.error(words, **numbers, exc_info=error)

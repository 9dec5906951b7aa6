"""An endpoint as a worker sees it: how many deliveries it may be sent now, and what follows from an attempt."""

from msgspec import Struct

from leadloop.webhooks import health, schedule
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import AttemptRecord, Claimed, DeliveryState, Finished, Stored, Wanted
from leadloop.webhooks.send import Attempt

SUCCESS_TOLD_MS = 10_000
"""The time of the last 2xx is put down so often, and not with every one."""


class Live(Struct, eq=False):
    stored: Stored
    health: Health
    saved: Health
    """As the database has it."""
    under_way: int = 0
    tokens: float = 0.0
    """Of the rate limit: deliveries that may be sent at once."""
    filled_at_ms: int = 0

    @property
    def endpoint(self) -> Endpoint:
        return self.stored.endpoint

    def meet(self, stored: Stored) -> None:
        """What the database says now. A state that somebody or another worker has changed wins over ours."""
        if stored.endpoint.state != self.saved.state:
            self.health = stored.endpoint.health
        self.saved = stored.endpoint.health
        self.stored = stored

    def unsaved(self) -> bool:
        """Whether something has come of attempts that the database is to know; of each 2xx it need not."""
        was, now = self.saved, self.health
        since_ms = (now.last_success_ms or 0) - (was.last_success_ms or 0)
        return (was.state, was.failures) != (now.state, now.failures) or since_ms >= SUCCESS_TOLD_MS

    def wanted(self, now_ms: int) -> Wanted | None:
        """What may be claimed for it now."""
        leave = health.leave(self.health, now_ms)
        free = self.endpoint.in_flight - self.under_way
        if leave == "wait" or (leave == "probe" and self.under_way):
            return None
        most = min(1 if leave == "probe" else free, self._allowed(now_ms))
        if most <= 0:
            return None
        return Wanted(self.endpoint.account_id, self.endpoint.id, most)

    def took(self, deliveries: int, now_ms: int) -> None:
        """So many are on their way."""
        self.under_way += deliveries
        self.tokens -= deliveries
        if deliveries and self.health.state == "paused":
            self.health = health.probing(self.health, now_ms)

    def _allowed(self, now_ms: int) -> int:
        rate = self.endpoint.rate_per_s
        if rate is None:
            return self.endpoint.in_flight
        waited_ms = now_ms - (self.filled_at_ms or now_ms - 1_000)
        self.tokens = min(max(rate, 1.0), self.tokens + rate * waited_ms / 1_000)
        self.filled_at_ms = now_ms
        return int(self.tokens)

    def judge(self, claimed: Claimed, attempt: Attempt, *, probe: bool) -> Finished:
        """What becomes of a delivery, and of the endpoint's health."""
        at_ms = attempt.started_at_ms + attempt.duration_ms
        ok, gone = schedule.is_success(attempt.status), attempt.status == schedule.GONE
        self.health = health.attempted(self.health, at_ms, ok=ok, gone=gone)
        attempts = claimed.attempts + (0 if probe and not ok else 1)
        due_ms = at_ms if probe else self._next(claimed, attempts, attempt, at_ms)
        state: DeliveryState = "done" if ok else "failed" if due_ms is None else "pending"
        record = AttemptRecord(
            n=claimed.attempts + 1,
            trigger="probe" if probe else claimed.trigger,
            at_ms=attempt.started_at_ms,
            duration_ms=attempt.duration_ms,
            status=attempt.status,
            error=attempt.error,
            address=attempt.remote,
            answer=attempt.answer,
            next_at_ms=due_ms if state == "pending" else None,
        )
        return Finished(claimed, state, attempts, due_ms or at_ms, record)

    def _next(self, claimed: Claimed, attempts: int, attempt: Attempt, at_ms: int) -> int | None:
        """When it is tried again after a failure; `None` for never."""
        return schedule.next_attempt_ms(
            claimed.delivery.id,
            max(attempts, 1),
            at_ms,
            self.endpoint.attempts,
            retry_after_s=attempt.retry_after_s,
        )

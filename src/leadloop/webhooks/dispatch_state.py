"""An endpoint as a worker sees it: how many deliveries it may be sent now, and what follows from an attempt.

How it fares is the database's to say. What came of attempts since that was read is applied to it here, and there when
it is put down.
"""

from collections.abc import Sequence
from math import ceil, inf
from typing import NamedTuple

from msgspec import Struct, field

from leadloop.egress.repeating import Attempt
from leadloop.webhooks import health, schedule
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import (
    AttemptRecord,
    Claim,
    ClaimRequest,
    CompletedAttempt,
    DeliveryState,
    StoredEndpoint,
    Trigger,
)

SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS = 10, 1_000
"""Between two looks for something due where there was nothing."""
OUTCOMES_KEPT_MS = 10_000
OUTCOMES_KEPT = 200
"""Where all goes well, how it goes is put down so often, and not with every attempt."""
BLOCK_MS = 60_000
"""Between two looks whether what keeps us from sending is still so."""
RAMP_PER_S, RAMP_MS = 10, 10_000
"""After a pause so many are let loose in the first second, twice as many in each that follows, for so long."""


class Outcome(NamedTuple):
    at_ms: int
    ok: bool
    gone: bool
    still_due: bool


class EndpointState(Struct, eq=False):
    stored: StoredEndpoint
    health: Health
    """As the database has it, and what has come of attempts since."""
    outcomes: list[Outcome] = field(default_factory=list)
    """Of which the database does not know."""
    under_way: int = 0
    more: bool = True
    """Whether something may be due that the last look has left, or that came after it."""
    look_at_ms: int = 0
    """When to look for something due again."""
    pause_ms: int = SHORTEST_PAUSE_MS
    blocked_until_ms: int = 0
    """Nothing can be sent to it for a reason of ours."""
    met_in: int = 0
    """In which reading of the endpoints something of ours was last put down."""
    waits_until_ms: int = 0
    """Until when a delivery waits for its next attempt, as far as is known."""
    tokens: float = 0.0
    """Of the rate limit: deliveries that may be sent at once."""
    filled_at_ms: int = 0

    @property
    def endpoint(self) -> Endpoint:
        return self.stored.endpoint

    def meet(self, stored: StoredEndpoint) -> None:
        """What the database says now."""
        self.stored, self.health = stored, applied(stored.endpoint.health, self.outcomes)

    def wake(self) -> None:
        """Something may be due."""
        self.more, self.look_at_ms, self.pause_ms = True, 0, SHORTEST_PAUSE_MS

    def wanted(self, now_ms: int, most: int) -> ClaimRequest | None:
        """What may be claimed for it now, at most so much (from 1). Of a probe others may think the same."""
        if self.ready_at_ms(now_ms) > now_ms:
            return None
        probe = self.health.state == "paused"
        self.more = False
        most = 1 if probe else min(most, self.endpoint.in_flight - self.under_way, int(self._filled(now_ms)))
        return ClaimRequest(self.endpoint.account_id, self.endpoint.id, most, probe)

    def block(self, until_ms: int) -> None:
        self.blocked_until_ms = until_ms

    def ready_at_ms(self, now_ms: int) -> float:
        """When to look for something due, if nothing happens before. A clock that was set back is believed."""
        look_at_ms = self.look_at_ms if self.look_at_ms <= now_ms + LONGEST_PAUSE_MS else 0
        if now_ms < self.blocked_until_ms <= now_ms + BLOCK_MS:
            look_at_ms = max(look_at_ms, self.blocked_until_ms)
        if self.health.state == "paused" and not self.under_way:
            return max(look_at_ms, self.health.probe_at_ms)
        if self.health.state != "active" or self.under_way >= self.endpoint.in_flight:
            return inf
        lacking, rate = 1 - self._filled(now_ms), self._rate(now_ms)
        return max(look_at_ms, now_ms + ceil(1_000 * lacking / rate) if lacking > 0 else 0)

    def took(self, wanted: ClaimRequest, deliveries: int, now_ms: int) -> None:
        """So many are on their way."""
        self.under_way += deliveries
        self.tokens -= deliveries
        self.more = self.more or deliveries == wanted.most  # or something was filed meanwhile
        self.pause_ms = SHORTEST_PAUSE_MS if deliveries else min(2 * self.pause_ms, LONGEST_PAUSE_MS)
        self.look_at_ms = 0 if self.more else now_ms + self.pause_ms

    def judge(self, claimed: Claim, attempt: Attempt, *, probe: bool) -> CompletedAttempt:
        """What becomes of a delivery, and of the endpoint's health."""
        at_ms = attempt.started_at_ms + attempt.duration_ms
        ok, gone = schedule.is_success(attempt.status), attempt.status == schedule.GONE
        attempts = claimed.attempts + (0 if probe and not ok else 1)
        due_ms = at_ms if probe else self._next(claimed, attempts, attempt, at_ms)
        state: DeliveryState = "done" if ok else "failed" if due_ms is None else "pending"
        next_ms = due_ms if state == "pending" else None
        self.waits_until_ms = max(self.waits_until_ms, next_ms or 0)
        self._came(Outcome(at_ms, ok, gone, self.more or next_ms is not None or at_ms < self.waits_until_ms))
        shown_ms = self.health.probe_at_ms if probe and next_ms is not None else next_ms
        record = _record(claimed, attempt, "probe" if probe else claimed.trigger, shown_ms)
        return CompletedAttempt(claimed, state, attempts, due_ms or at_ms, record)

    def unmade(self, claimed: Claim, attempt: Attempt) -> CompletedAttempt:
        """Of a delivery that could not be made: an attempt like any other, which says nothing of the endpoint."""
        attempts = claimed.attempts + 1
        due_ms = self._next(claimed, attempts, attempt, attempt.started_at_ms)
        state: DeliveryState = "failed" if due_ms is None else "pending"
        record = _record(claimed, attempt, claimed.trigger, due_ms)
        return CompletedAttempt(claimed, state, attempts, due_ms or attempt.started_at_ms, record)

    def unsaved(self) -> bool:
        """Whether something has come of attempts that the database is to know."""
        if not self.outcomes:
            return False
        saved = self.endpoint.health
        well = self.health.state == saved.state == "active" and not self.health.failures and not saved.failures
        since_ms = (self.health.last_success_ms or 0) - (saved.last_success_ms or 0)
        return not well or since_ms >= OUTCOMES_KEPT_MS or len(self.outcomes) >= OUTCOMES_KEPT

    def put_down(self, outcomes: int, stored: StoredEndpoint, reading: int) -> None:
        """So many outcomes are part of what the database says now, which what `reading` found may be older than."""
        del self.outcomes[:outcomes]
        self.met_in = reading
        self.meet(stored)

    def _came(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.health = applied(self.health, [outcome])

    def _rate(self, now_ms: int) -> float:
        """Deliveries a second: the endpoint's own limit, or that of one that has just come back."""
        rate, resumed_ms = self.endpoint.rate_per_s or inf, self.health.resumed_at_ms
        if resumed_ms is None or now_ms - resumed_ms >= RAMP_MS:
            return rate
        return min(rate, RAMP_PER_S * 2 ** (max(0, now_ms - resumed_ms) / 1_000))

    def _filled(self, now_ms: int) -> float:
        """How many deliveries the rate allows now; a second's worth at the most."""
        rate, waited_ms = self._rate(now_ms), max(0, now_ms - self.filled_at_ms)
        self.filled_at_ms = now_ms
        self.tokens = (
            self.endpoint.in_flight if rate == inf else min(max(rate, 1), self.tokens + rate * waited_ms / 1_000)
        )
        return self.tokens

    def _next(self, claimed: Claim, attempts: int, attempt: Attempt, at_ms: int) -> int | None:
        """When it is tried again after a failure; `None` for never."""
        return schedule.next_attempt_ms(
            claimed.delivery.id,
            max(attempts, 1),
            at_ms,
            self.endpoint.attempts,
            retry_after_s=attempt.retry_after_s,
        )


def applied(told: Health, outcomes: Sequence[Outcome]) -> Health:
    for at_ms, ok, gone, still_due in outcomes:
        told = health.attempted(told, at_ms, ok=ok, gone=gone, still_due=still_due)
    return told


def _record(claimed: Claim, attempt: Attempt, trigger: Trigger, next_at_ms: int | None) -> AttemptRecord:
    return AttemptRecord(
        lead_id=claimed.delivery.lead_id,
        version=claimed.delivery.version,
        event=claimed.delivery.event,
        event_id=claimed.delivery.event_id,
        n=claimed.attempts + 1,
        trigger=trigger,
        at_ms=attempt.started_at_ms,
        duration_ms=attempt.duration_ms,
        status=attempt.status,
        error=attempt.error,
        address=attempt.remote,
        answer=attempt.answer,
        next_at_ms=next_at_ms,
    )

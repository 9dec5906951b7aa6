"""An endpoint from a worker's view: how many deliveries it may be sent now, and what follows from each attempt.

The database holds the authoritative health. The worker applies the results of its own attempts to its copy of it at
once, and to the database when it saves them.
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

SHORTEST_POLL_MS, LONGEST_POLL_MS = 10, 1_000
"""Polling interval of an idle endpoint, from shortest to longest."""
HEALTH_SAVED_EVERY_MS = 10_000
OUTCOMES_KEPT = 200
"""While an endpoint is healthy its health is saved at most this often."""
BLOCK_MS = 60_000
"""How long an endpoint stays blocked before the worker tries again."""
RAMP_PER_S, RAMP_MS = 10, 10_000
"""Ramp-up after a pause: initial rate, doubled every second for this long."""


class AttemptOutcome(NamedTuple):
    at_ms: int
    ok: bool
    gone: bool
    still_due: bool


class EndpointState(Struct, eq=False):
    stored: StoredEndpoint
    health: Health
    """The database's, with the unsaved outcomes applied."""
    outcomes: list[AttemptOutcome] = field(default_factory=list)
    """Those that are not saved yet."""
    in_flight: int = 0
    may_have_more: bool = True
    """Whether deliveries may be due that the last claim left, or that were queued since."""
    has_backlog: bool = True
    """Whether the last claim left deliveries. A wake does not say so: it may come late, from a claimed delivery."""
    poll_at_ms: int = 0
    """When to claim again."""
    poll_interval_ms: int = SHORTEST_POLL_MS
    blocked_until_ms: int = 0
    """Until then leadloop itself cannot send to it, for example because it cannot open the secret."""
    saved_in_refresh: int = 0
    """Refresh at which our own results were last saved; an older refresh must not overwrite them."""
    retries_until_ms: int = 0
    """The latest time at which a delivery is known to be due for a retry."""
    tokens: float = 0.0
    """Of the rate limit: deliveries that may be sent at once."""
    refilled_at_ms: int = 0

    @property
    def endpoint(self) -> Endpoint:
        return self.stored.endpoint

    def refresh(self, stored: StoredEndpoint) -> None:
        """Takes over the endpoint as the database has it now."""
        self.stored, self.health = stored, apply_outcomes(stored.endpoint.health, self.outcomes)

    def wake(self) -> None:
        """A delivery may be due."""
        self.may_have_more, self.poll_at_ms, self.poll_interval_ms = True, 0, SHORTEST_POLL_MS

    def claim_request(self, now_ms: int, most: int) -> ClaimRequest | None:
        """What to claim for it now, at most `most` (from 1). Another worker may request the same probe."""
        if self.ready_at_ms(now_ms) > now_ms:
            return None
        is_probe = self.health.state == "paused"
        self.may_have_more = False
        most = 1 if is_probe else min(most, self.endpoint.in_flight - self.in_flight, int(self._refill(now_ms)))
        return ClaimRequest(self.endpoint.account_id, self.endpoint.id, most, is_probe)

    def block(self, until_ms: int) -> None:
        self.blocked_until_ms = until_ms

    def ready_at_ms(self, now_ms: int) -> float:
        """When to claim, if nothing wakes it before. After the clock was set back it trusts the new time."""
        poll_at_ms = self.poll_at_ms if self.poll_at_ms <= now_ms + LONGEST_POLL_MS else 0
        if now_ms < self.blocked_until_ms <= now_ms + BLOCK_MS:
            poll_at_ms = max(poll_at_ms, self.blocked_until_ms)
        if self.health.state == "paused" and not self.in_flight:
            return max(poll_at_ms, self.health.probe_at_ms)
        if self.health.state != "active" or self.in_flight >= self.endpoint.in_flight:
            return inf
        missing, rate = 1 - self._refill(now_ms), self._rate(now_ms)
        return max(poll_at_ms, now_ms + ceil(1_000 * missing / rate) if missing > 0 else 0)

    def start(self, request: ClaimRequest, deliveries: int, now_ms: int) -> None:
        """The worker claimed so many deliveries and is sending them."""
        self.in_flight += deliveries
        self.tokens -= deliveries
        # A delivery may have been queued during the claim.
        self.has_backlog = deliveries == request.most
        self.may_have_more = self.may_have_more or self.has_backlog
        self.poll_interval_ms = SHORTEST_POLL_MS if deliveries else min(2 * self.poll_interval_ms, LONGEST_POLL_MS)
        self.poll_at_ms = 0 if self.may_have_more else now_ms + self.poll_interval_ms

    def complete(self, claim: Claim, attempt: Attempt, *, probe: bool) -> CompletedAttempt:
        """Applies the attempt to the endpoint's health; returns the delivery's new state."""
        at_ms = attempt.started_at_ms + attempt.duration_ms
        ok, gone = schedule.is_success(attempt.status), attempt.status == schedule.GONE
        attempts = claim.attempts + (0 if probe and not ok else 1)
        due_ms = at_ms if probe else self._next_attempt_ms(claim, attempts, attempt, at_ms)
        state: DeliveryState = "done" if ok else "failed" if due_ms is None else "pending"
        next_ms = due_ms if state == "pending" else None
        self.retries_until_ms = max(self.retries_until_ms, next_ms or 0)
        still_due = self.has_backlog or next_ms is not None or at_ms < self.retries_until_ms
        self._add(AttemptOutcome(at_ms, ok, gone, still_due))
        shown_ms = self.health.probe_at_ms if probe and next_ms is not None else next_ms
        record = _record(claim, attempt, "probe" if probe else claim.trigger, shown_ms)
        return CompletedAttempt(claim, state, attempts, due_ms or at_ms, record)

    def complete_unsent(self, claim: Claim, attempt: Attempt) -> CompletedAttempt:
        """For a delivery whose request could not be built: counts as an attempt, but not against the health."""
        attempts = claim.attempts + 1
        due_ms = self._next_attempt_ms(claim, attempts, attempt, attempt.started_at_ms)
        state: DeliveryState = "failed" if due_ms is None else "pending"
        record = _record(claim, attempt, claim.trigger, due_ms)
        return CompletedAttempt(claim, state, attempts, due_ms or attempt.started_at_ms, record)

    def needs_saving(self) -> bool:
        """Whether the database should have the unsaved outcomes now."""
        if not self.outcomes:
            return False
        saved = self.endpoint.health
        is_healthy = self.health.state == saved.state == "active" and not self.health.failures and not saved.failures
        since_ms = (self.health.last_success_ms or 0) - (saved.last_success_ms or 0)
        return not is_healthy or since_ms >= HEALTH_SAVED_EVERY_MS or len(self.outcomes) >= OUTCOMES_KEPT

    def record_saved(self, outcomes: int, stored: StoredEndpoint, refresh: int) -> None:
        """`stored` includes the first `outcomes` of ours. What `refresh` reads may be older than it."""
        del self.outcomes[:outcomes]
        self.saved_in_refresh = refresh
        self.refresh(stored)

    def _add(self, outcome: AttemptOutcome) -> None:
        self.outcomes.append(outcome)
        self.health = apply_outcomes(self.health, [outcome])

    def _rate(self, now_ms: int) -> float:
        """Deliveries per second: the endpoint's limit, or the ramp-up after a pause."""
        rate, resumed_ms = self.endpoint.rate_per_s or inf, self.health.resumed_at_ms
        if resumed_ms is None or now_ms - resumed_ms >= RAMP_MS:
            return rate
        return min(rate, RAMP_PER_S * 2 ** (max(0, now_ms - resumed_ms) / 1_000))

    def _refill(self, now_ms: int) -> float:
        """Adds the tokens since the last call, up to one second's worth; returns them."""
        rate, waited_ms = self._rate(now_ms), max(0, now_ms - self.refilled_at_ms)
        self.refilled_at_ms = now_ms
        self.tokens = (
            self.endpoint.in_flight if rate == inf else min(max(rate, 1), self.tokens + rate * waited_ms / 1_000)
        )
        return self.tokens

    def _next_attempt_ms(self, claim: Claim, attempts: int, attempt: Attempt, at_ms: int) -> int | None:
        """When to try again after a failure; `None` for never."""
        return schedule.next_attempt_ms(
            claim.delivery.id,
            max(attempts, 1),
            at_ms,
            self.endpoint.attempts,
            retry_after_s=attempt.retry_after_s,
        )


def apply_outcomes(before: Health, outcomes: Sequence[AttemptOutcome]) -> Health:
    for at_ms, ok, gone, still_due in outcomes:
        before = health.record_attempt(before, at_ms, ok=ok, gone=gone, still_due=still_due)
    return before


def _record(claim: Claim, attempt: Attempt, trigger: Trigger, next_at_ms: int | None) -> AttemptRecord:
    return AttemptRecord(
        lead_id=claim.delivery.lead_id,
        version=claim.delivery.version,
        event=claim.delivery.event,
        event_id=claim.delivery.event_id,
        n=claim.attempts + 1,
        trigger=trigger,
        at_ms=attempt.started_at_ms,
        duration_ms=attempt.duration_ms,
        status=attempt.status,
        error=attempt.error,
        address=attempt.remote,
        answer=attempt.answer,
        next_at_ms=next_at_ms,
    )

"""An endpoint's health beside a model that keeps every attempt, under any order of results and times."""

from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from leadloop.webhooks.health import Health, disable, enable, may_send, record_attempt, reserve_probe
from tests.support.examples import examples

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
SLOT_MS = 15_000
WAITS = st.sampled_from([0, 1, 999, SLOT_MS, MINUTE_MS - 1, MINUTE_MS, 4 * MINUTE_MS, 5 * MINUTE_MS]) | st.integers(
    0, 28 * HOUR_MS
)
OK = st.sampled_from([True, False, False, False])


class Attempt(NamedTuple):
    at_ms: int
    ok: bool


class Wellbeing(RuleBasedStateMachine):
    """The model's state: all attempts since the last reset, and the intervals in which a delivery was due."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_700_000_000_000
        self.health = Health()
        self.state = "active"
        self.attempts: list[Attempt] = []
        self.silent_ms = 0
        self.due_since_ms: int | None = None
        self.probes: list[int] = []

    @rule(wait_ms=WAITS)
    def time_passes(self, wait_ms: int) -> None:
        self.now_ms += wait_ms

    @rule(results=st.lists(OK, min_size=1, max_size=12), every_ms=st.sampled_from([0, 100, 5_000, 40_000]))
    def a_worker_tries(self, results: list[bool], every_ms: int) -> None:
        """Sends only if the health permits it, as a worker does."""
        for ok in results:
            self.now_ms += every_ms
            allowed = may_send(self.health, self.now_ms)
            assert (allowed == "send") is (self.state == "active")
            if allowed == "wait":
                continue
            if allowed == "probe":
                self.probes.append(self.now_ms)
                self.health = reserve_probe(self.health, self.now_ms)
            self._ended(ok, gone=False, still_due=True)

    @rule(ok=OK, gone=st.sampled_from([False] * 9 + [True]), still_due=st.booleans())
    def one_that_was_under_way_ends(self, ok: bool, gone: bool, still_due: bool) -> None:
        self._ended(ok, gone=gone and not ok, still_due=still_due)

    @rule(days=st.integers(1, 6))
    def it_fails_for_days(self, days: int) -> None:
        for _ in range(days * 24):
            self.now_ms += HOUR_MS
            self._ended(False, gone=False, still_due=True)

    @precondition(lambda self: self.state == "disabled")
    @rule()
    def somebody_enables_it(self) -> None:
        self.health, self.state = enable(self.health, self.now_ms), "active"
        self.attempts, self.silent_ms, self.due_since_ms, self.probes = [], 0, None, []

    @rule()
    def somebody_disables_it(self) -> None:
        self.health, self.state = disable(self.health, "asked", self.now_ms), "disabled"

    def _ended(self, ok: bool, *, gone: bool, still_due: bool) -> None:
        self.health = record_attempt(self.health, self.now_ms, ok=ok, gone=gone, still_due=still_due)
        self.attempts.append(Attempt(self.now_ms, ok))
        if ok:
            self.silent_ms = 0
        elif self.due_since_ms is not None:
            self.silent_ms += min(self.now_ms - self.due_since_ms, 29 * HOUR_MS)
        self.due_since_ms = self.now_ms if still_due else None
        if self.state != "disabled":
            self.state = self._judged(ok, gone)

    def _judged(self, ok: bool, gone: bool) -> str:
        if ok:
            if self.state == "paused":
                self.attempts, self.probes = [], []
            return "active"
        if gone or self.silent_ms >= 5 * DAY_MS:
            return "disabled"
        last_ten = [attempt.ok for attempt in self.attempts[-10:]]
        first_ms = self.now_ms - self.now_ms % SLOT_MS - 5 * MINUTE_MS + SLOT_MS
        recent = [attempt.ok for attempt in self.attempts if attempt.at_ms >= first_ms]
        in_a_row = len(last_ten) == 10 and not any(last_ten)
        too_many = len(recent) >= 10 and recent.count(False) / len(recent) >= 0.7
        return "paused" if in_a_row or too_many else self.state

    @invariant()
    def it_is_in_the_state_of_the_model(self) -> None:
        assert self.health.state == self.state
        assert (self.health.why is None) is (self.state == "active")
        assert self.health.silent_ms == self.silent_ms

    @invariant()
    def probes_are_a_minute_apart(self) -> None:
        assert all(b - a >= MINUTE_MS for a, b in pairwise(self.probes))

    @invariant()
    def nothing_leaves_but_from_an_active_endpoint_or_as_a_probe(self) -> None:
        allowed = may_send(self.health, self.now_ms)
        assert allowed in {"active": ("send",), "paused": ("probe", "wait"), "disabled": ("wait",)}[self.state]


TestWellbeing = Wellbeing.TestCase
TestWellbeing.settings = examples(150)

"""The health of an endpoint: when it is paused, probed, resumed and disabled (semantics section 8).

A pure state machine. A worker calls `may_send` before an attempt and `record_attempt` with its result, and supplies the
times. Attempts that were in flight when the state changed may report afterwards.
"""

from typing import Literal, NamedTuple

from msgspec import Struct, structs

FAILURES_IN_A_ROW = 10
RATE_ATTEMPTS, RATE_PERCENT = 10, 70
WINDOW_MS, SLOT_MS = 5 * 60_000, 15_000
"""The failure rate covers the last five minutes, in slots of a quarter minute, including the current one."""
PROBE_MS = 60_000
SILENCE_MS = 5 * 24 * 3_600_000
LONGEST_WAIT_MS = 29 * 3_600_000
"""A little more than the longest wait between two attempts of one delivery; if it took longer, leadloop was not
running."""

HealthState = Literal["active", "paused", "disabled"]
Why = Literal["failures", "failure_rate", "silence", "gone", "asked"]
"""10 failures in a row; a high failure rate; no 2xx for five days; a 410 response; a request to pause it."""
Permission = Literal["send", "probe", "wait"]


class Slot(NamedTuple):
    """The attempts that ended within one quarter of a minute."""

    start_ms: int
    attempts: int
    failures: int


class Health(Struct, frozen=True, kw_only=True):
    state: HealthState = "active"
    why: Why | None = None
    """Why it is not active."""
    since_ms: int = 0
    """When it entered this state."""
    failures: int = 0
    """In a row."""
    slots: tuple[Slot, ...] = ()
    probe_at_ms: int = 0
    """While it is paused: when the next probe may be sent."""
    resumed_at_ms: int | None = None
    """When a 2xx ended the last pause: waiting deliveries are released gradually from then on."""
    last_success_ms: int | None = None
    silent_ms: int = 0
    """How long deliveries have been due without a 2xx."""
    due_ms: int | None = None
    """The time up to which `silent_ms` counts; `None` while nothing is due."""


def may_send(health: Health, at_ms: int) -> Permission:
    """Whether the worker may make any attempt, only a `probe` (reserve it with `reserve_probe`), or none for now.

    A probe does not count as an attempt of its delivery. Choose the oldest delivery for it.
    """
    if health.state == "paused":
        return "probe" if at_ms >= health.probe_at_ms else "wait"
    return "send" if health.state == "active" else "wait"


def reserve_probe(health: Health, at_ms: int) -> Health:
    """Reserves a probe: no other one for a minute."""
    return structs.replace(health, probe_at_ms=at_ms + PROBE_MS)


def record_attempt(health: Health, at_ms: int, *, ok: bool, gone: bool = False, still_due: bool = True) -> Health:
    """The health after an attempt that ended at `at_ms`. `gone` means a 410. A success from before a pause does not end
    it.

    `still_due` is false if no delivery of the endpoint waits any more: the time without a 2xx then does not count.
    """
    early = ok and health.state == "paused" and at_ms < health.since_ms
    health = _counted(health, at_ms, ok, still_due, early)
    if health.state == "disabled" or early:
        return health
    if ok:
        return _resumed(health, at_ms) if health.state == "paused" else health
    if gone:
        return _moved(health, "disabled", "gone", at_ms)
    if health.silent_ms >= SILENCE_MS:
        return _moved(health, "disabled", "silence", at_ms)
    if health.state == "active" and (why := _reason_to_pause(health)) is not None:
        return reserve_probe(_moved(health, "paused", why, at_ms), at_ms)
    return health


def enable(health: Health, at_ms: int) -> Health:
    """Active again on request, without the earlier failures."""
    return Health(since_ms=at_ms, last_success_ms=health.last_success_ms)


def disable(health: Health, why: Why, at_ms: int) -> Health:
    return health if health.state == "disabled" else _moved(health, "disabled", why, at_ms)


def _counted(health: Health, at_ms: int, ok: bool, still_due: bool, early: bool) -> Health:
    if early:
        changes: dict[str, int] = {"last_success_ms": max(at_ms, health.last_success_ms or at_ms)}
    elif ok:
        changes = {"failures": 0, "silent_ms": 0, "last_success_ms": max(at_ms, health.last_success_ms or at_ms)}
    else:
        waited_ms = 0 if health.due_ms is None else max(0, at_ms - health.due_ms)
        changes = {"failures": health.failures + 1, "silent_ms": health.silent_ms + min(waited_ms, LONGEST_WAIT_MS)}
    due_ms = max(at_ms, health.due_ms or at_ms) if still_due else None
    return structs.replace(health, **changes, due_ms=due_ms, slots=_with(health.slots, at_ms, ok))


def _with(slots: tuple[Slot, ...], at_ms: int, ok: bool) -> tuple[Slot, ...]:
    """The slots of the last five minutes, in order, including one more attempt."""
    start_ms = at_ms - at_ms % SLOT_MS
    counts = {slot.start_ms: slot for slot in slots}
    slot = counts.get(start_ms, Slot(start_ms, 0, 0))
    counts[start_ms] = Slot(start_ms, slot.attempts + 1, slot.failures + (not ok))
    oldest_ms = max(counts) - WINDOW_MS
    return tuple(counts[start] for start in sorted(counts) if start > oldest_ms)


def _reason_to_pause(health: Health) -> Why | None:
    if health.failures >= FAILURES_IN_A_ROW:
        return "failures"
    attempts = sum(slot.attempts for slot in health.slots)
    failures = sum(slot.failures for slot in health.slots)
    return "failure_rate" if attempts >= RATE_ATTEMPTS and failures * 100 >= attempts * RATE_PERCENT else None


def _resumed(health: Health, at_ms: int) -> Health:
    """Clears the failures from before the pause."""
    return structs.replace(
        health, state="active", why=None, since_ms=at_ms, resumed_at_ms=at_ms, slots=(), probe_at_ms=0
    )


def _moved(health: Health, state: HealthState, why: Why, at_ms: int) -> Health:
    return structs.replace(health, state=state, why=why, since_ms=at_ms)

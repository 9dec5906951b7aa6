"""An endpoint's health, by example: paused, probed, resumed, disabled."""

import msgspec
import pytest

from leadloop.webhooks.health import Health, Slot, Why, disable, enable, may_send, record_attempt, reserve_probe

AT_MS = 1_700_000_100_000
SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS = 1_000, 60_000, 3_600_000, 86_400_000
FRESH = Health()


def after(results: str, every_ms: int = SECOND_MS, health: Health = FRESH, at_ms: int = AT_MS) -> Health:
    """`+` is a 2xx, `-` a failure."""
    for number, result in enumerate(results):
        health = record_attempt(health, at_ms + number * every_ms, ok=result == "+")
    return health


def test_ten_failures_in_a_row_pause() -> None:
    assert after("-" * 9).state == "active"
    paused = after("-" * 10)
    assert (paused.state, paused.why, paused.since_ms) == ("paused", "failures", AT_MS + 9 * SECOND_MS)
    assert after("-" * 10, every_ms=HOUR_MS).why == "failures"
    assert after("-" * 9 + "+" + "-" * 9, every_ms=HOUR_MS).state == "active"


@pytest.mark.parametrize(
    "results, why",
    [
        ("+" * 3 + "-" * 7, "failure_rate"),
        ("-" * 7 + "+" * 2 + "-", "failure_rate"),
        ("+" * 3 + "-" * 6, None),
        ("+" * 4 + "-" * 8, None),
        ("+" * 4 + "-" * 9, None),
        ("+" * 5 + "-" * 9, None),
        ("++--+-" * 10, None),
        ("+" * 30 + "-" * 9, None),
        ("+--+---+---", "failure_rate"),
        ("-" * 8 + "++", None),
    ],
)
def test_seven_of_ten_or_more_in_five_minutes_pause(results: str, why: Why | None) -> None:
    assert after(results).why == why


def test_a_success_never_pauses() -> None:
    assert after("-" * 9 + "+").state == "active"
    assert after("-" * 9 + "+-").why == "failure_rate"


def test_attempts_over_five_minutes_ago_do_not_count() -> None:
    old = after("+" * 3 + "-" * 6)
    for wait_ms, why in ((4 * MINUTE_MS, "failure_rate"), (5 * MINUTE_MS, None), (HOUR_MS, None)):
        assert record_attempt(old, AT_MS + 8 * SECOND_MS + wait_ms, ok=False).why == why
    assert record_attempt(old, AT_MS + HOUR_MS, ok=True).slots == (Slot(AT_MS + HOUR_MS, 1, 0),)


def test_a_paused_endpoint_gets_one_probe_a_minute_only() -> None:
    health = after("-" * 10)
    probes = []
    for at_ms in range(health.since_ms, health.since_ms + HOUR_MS + 1, SECOND_MS):
        if may_send(health, at_ms) == "probe":
            probes.append(at_ms)
            health = reserve_probe(health, at_ms)
            assert may_send(health, at_ms) == "wait"
            health = record_attempt(health, at_ms + 15 * SECOND_MS, ok=False)
    assert [at_ms - health.since_ms for at_ms in probes] == [minute * MINUTE_MS for minute in range(1, 61)]
    assert health.state == "paused"


@pytest.mark.parametrize("results", ["-" * 10, "+++-------"])
def test_the_first_2xx_resumes_and_resets_the_counts(results: str) -> None:
    resumed = after("+", health=after(results), at_ms=AT_MS + MINUTE_MS)
    assert (resumed.state, resumed.why, resumed.since_ms) == ("active", None, AT_MS + MINUTE_MS)
    assert may_send(resumed, AT_MS + MINUTE_MS) == "send"
    assert after("-" * 9, health=resumed, at_ms=AT_MS + MINUTE_MS).state == "active"
    assert after("-" * 10, health=resumed, at_ms=AT_MS + MINUTE_MS).state == "paused"


def probed_in_vain(health: Health, from_ms: int, until_ms: int) -> Health:
    for at_ms in range(from_ms, until_ms, MINUTE_MS):
        health = record_attempt(health, at_ms, ok=False)
    return health


def test_five_days_without_a_2xx_while_deliveries_are_due_disable() -> None:
    first_ms = AT_MS
    health = probed_in_vain(after("-" * 10), AT_MS + MINUTE_MS, first_ms + 5 * DAY_MS)
    assert health.state == "paused"
    health = record_attempt(health, first_ms + 5 * DAY_MS, ok=False)
    assert (health.state, health.why) == ("disabled", "silence")
    assert may_send(health, first_ms + 99 * DAY_MS) == "wait"


def test_any_2xx_restarts_the_five_days() -> None:
    health = probed_in_vain(after("-" * 10), AT_MS, AT_MS + 4 * DAY_MS)
    health = record_attempt(health, AT_MS + 4 * DAY_MS, ok=True)
    health = probed_in_vain(after("-" * 10, health=health, at_ms=AT_MS + 4 * DAY_MS), AT_MS, AT_MS + 8 * DAY_MS)
    assert health.state == "paused"


def test_the_retries_of_a_single_delivery_count_from_its_first_failure() -> None:
    health = after("-" * 5, every_ms=25 * HOUR_MS)
    assert (health.state, health.silent_ms) == ("active", 100 * HOUR_MS)
    assert record_attempt(health, AT_MS + 120 * HOUR_MS, ok=False).why == "silence"


def test_time_in_which_nothing_was_due_does_not_count() -> None:
    health = Health()
    for week in range(9):
        health = record_attempt(health, AT_MS + week * 7 * DAY_MS, ok=False, still_due=False)
    assert (health.state, health.silent_ms) == ("active", 0)


def test_time_in_which_leadloop_was_not_running_counts_little() -> None:
    health = record_attempt(after("-" * 10), AT_MS + 30 * DAY_MS, ok=False)
    assert health.state == "paused" and 0 < health.silent_ms < 2 * DAY_MS


@pytest.mark.parametrize("health", [Health(), after("-" * 10), after("+")])
def test_410_disables_at_once(health: Health) -> None:
    gone = record_attempt(health, AT_MS, ok=False, gone=True)
    assert (gone.state, gone.why, gone.since_ms, may_send(gone, AT_MS)) == ("disabled", "gone", AT_MS, "wait")


def test_only_a_person_enables_a_disabled_endpoint() -> None:
    gone = record_attempt(after("+"), AT_MS, ok=False, gone=True)
    late = after("+-+", health=gone, at_ms=AT_MS + DAY_MS)
    assert (late.state, late.why, late.since_ms) == ("disabled", "gone", AT_MS)
    assert disable(late, "asked", AT_MS + DAY_MS) is late
    again = enable(late, AT_MS + 2 * DAY_MS)
    assert again == Health(since_ms=AT_MS + 2 * DAY_MS, last_success_ms=late.last_success_ms)
    assert may_send(again, AT_MS + 2 * DAY_MS) == "send"
    disabled = disable(again, "asked", AT_MS + 3 * DAY_MS)
    assert (disabled.state, disabled.why, disabled.since_ms) == ("disabled", "asked", AT_MS + 3 * DAY_MS)


def test_a_success_from_before_a_pause_does_not_end_it() -> None:
    paused = after("-" * 10)
    early = record_attempt(paused, paused.since_ms - 1, ok=True)
    assert (early.state, early.failures, early.last_success_ms) == ("paused", 10, paused.since_ms - 1)
    assert record_attempt(paused, paused.since_ms, ok=True).state == "active"


def test_health_survives_its_json_and_stays_small() -> None:
    health = after("+-" * 20_000, every_ms=20)
    assert msgspec.json.decode(msgspec.json.encode(health), type=Health) == health
    assert len(msgspec.json.encode(health)) < 1_024

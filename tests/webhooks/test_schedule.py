"""When a delivery is retried: a table, and properties of any delivery."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.egress.retry_after import retry_after_ms
from leadloop.webhooks.schedule import is_success, next_attempt_ms
from tests.support.examples import examples

AT_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
SIX_HOURS_MS = 6 * HOUR_MS
WAITS_MS = {
    1: 5_000,
    2: 5 * 60_000,
    3: 30 * 60_000,
    4: 2 * HOUR_MS,
    5: 5 * HOUR_MS,
    6: 10 * HOUR_MS,
    7: 14 * HOUR_MS,
    8: 20 * HOUR_MS,
    9: 24 * HOUR_MS,
}
"""The delay after failure number n, from the contract."""
IDS = st.text("0123456789abcdef", min_size=24, max_size=24)
TIMES = st.integers(0, 4_000_000_000_000)


def test_the_ten_attempts_take_three_days() -> None:
    assert timedelta(milliseconds=sum(WAITS_MS.values())) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(("failures", "wait_ms"), WAITS_MS.items())
def test_the_waits_are_those_of_the_contract_spread_by_a_fifth(failures: int, wait_ms: int) -> None:
    waits = [(next_attempt_ms(f"{n:024x}", failures, AT_MS) or 0) - AT_MS for n in range(2_000)]
    assert 0.8 * wait_ms <= min(waits) < 0.81 * wait_ms and 1.19 * wait_ms < max(waits) <= 1.2 * wait_ms
    assert abs(sum(waits) / len(waits) / wait_ms - 1) < 0.01


@examples(300)
@given(delivery_id=IDS, failures=st.integers(1, 9), at_ms=TIMES, asked_s=st.none() | st.integers(-9, 100_000))
def test_a_delay_is_deterministic_and_the_longer_of_schedule_and_retry_after(
    delivery_id: str, failures: int, at_ms: int, asked_s: int | None
) -> None:
    planned = next_attempt_ms(delivery_id, failures, at_ms)
    assert planned is not None and planned == next_attempt_ms(delivery_id, failures, at_ms)
    assert 0.8 * WAITS_MS[failures] <= planned - at_ms <= 1.2 * WAITS_MS[failures]
    asked_ms = min((asked_s or 0) * 1_000, SIX_HOURS_MS)
    assert next_attempt_ms(delivery_id, failures, at_ms, retry_after_s=asked_s) == max(planned, at_ms + asked_ms)


@pytest.mark.parametrize("attempts", range(1, 11))
def test_the_last_failure_is_final(attempts: int) -> None:
    planned = [next_attempt_ms("a", failures, AT_MS, attempts) for failures in range(1, 12)]
    assert [at is None for at in planned] == [failures >= attempts for failures in range(1, 12)]


def test_retry_after_can_lengthen_a_delay_and_not_shorten_it() -> None:
    def wait_ms(failures: int, asked_s: int | None) -> int:
        return (next_attempt_ms("a", failures, AT_MS, retry_after_s=asked_s) or 0) - AT_MS

    assert wait_ms(1, 60) == 60_000
    assert wait_ms(1, 21_600) == wait_ms(1, 21_601) == wait_ms(1, 10**9) == SIX_HOURS_MS
    for failures in WAITS_MS:
        assert wait_ms(failures, 1) == wait_ms(failures, 0) == wait_ms(failures, None)
    assert wait_ms(7, 21_600) > SIX_HOURS_MS


@pytest.mark.parametrize(
    "text, expected_ms",
    [
        ("0", 0),
        ("120", 120_000),
        (" 7 ", 7_000),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60_000),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60_000),
        ("Tue Nov 14 22:14:20 2023", 60_000),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", SIX_HOURS_MS),
        ("9" * 5_000, SIX_HOURS_MS),
        ("0" * 5_000 + "7", 7_000),
        ("1" + "0" * 10, SIX_HOURS_MS),
        *((text, 0) for text in (None, "", "-5", "1.5", "1e3", "٣", "soon", "Tue, 99 Nov 2023 99:99:99 GMT", "0x10")),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_rubbish_is_nothing(text: str | None, expected_ms: int) -> None:
    assert retry_after_ms(text, AT_MS) == expected_ms


@examples(500)
@given(text=st.text() | st.text("0123456789 ,:-+GMTueNov.", max_size=40), at_ms=TIMES)
def test_any_retry_after_text_is_parsed_without_failing(text: str, at_ms: int) -> None:
    assert 0 <= retry_after_ms(text, at_ms) <= SIX_HOURS_MS


@examples(200)
@given(ahead=st.integers(-100_000, 100_000), at_ms=TIMES)
def test_a_date_is_waited_for(ahead: int, at_ms: int) -> None:
    at_ms -= at_ms % 1_000
    date = format_datetime(datetime.fromtimestamp(at_ms // 1_000 + ahead, UTC), usegmt=True)
    assert retry_after_ms(date, at_ms) == min(max(ahead * 1_000, 0), SIX_HOURS_MS)


def test_2xx_and_nothing_else_is_success() -> None:
    assert [status for status in range(100, 600) if is_success(status)] == list(range(200, 300))
    assert not is_success(None)

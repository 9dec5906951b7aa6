"""How long the office was open between two instants, in every zone, also where its clocks change."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core import office_hours
from leadloop.core.office_hours import DAYS, EXACT_WEEKS, OfficeClock, OfficeHours
from tests.support.examples import examples

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
WORKDAYS: OfficeHours = {day: [("08:00", "12:00"), ("13:00", "18:00")] for day in DAYS[:5]}
ZONES = ("UTC", "America/Sao_Paulo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")


def at_ms(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


def open_minutes(hours: OfficeHours, zone: str, begin_ms: int, end_ms: int) -> int:
    """The reference: looks at the clock once a minute."""
    count = 0
    for minute_ms in range(begin_ms, end_ms, MINUTE_MS):
        local = datetime.fromtimestamp(minute_ms / 1_000, UTC).astimezone(ZoneInfo(zone))
        time = f"{local:%H:%M}"
        count += any(begin <= time < end for begin, end in hours.get(DAYS[local.weekday()], ()))
    return count


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        ("2026-11-30T09:00", "2026-11-30T11:30", 2.5),
        ("2026-11-30T11:00", "2026-11-30T14:00", 2),
        ("2026-11-27T17:30", "2026-11-30T08:15", 0.75),
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),
        ("2026-11-30T05:00", "2026-11-30T08:00", 0),
        ("2026-11-02T00:00", "2026-11-30T00:00", 180),
        ("2026-11-30T11:00", "2026-11-30T10:00", 0),
    ],
)
def test_only_office_hours_count(begin: str, end: str, hours: float) -> None:
    zone = "America/Sao_Paulo"
    clock = OfficeClock(WORKDAYS, ZoneInfo(zone))
    assert clock.elapsed_ms(at_ms(begin, zone), at_ms(end, zone)) == hours * HOUR_MS


def test_without_office_hours_all_time_counts() -> None:
    clock = OfficeClock(None, ZoneInfo("Europe/Berlin"))
    assert clock.elapsed_ms(5, 5 + 90 * DAY_MS) == 90 * DAY_MS
    assert clock.elapsed_ms(5, 4) == 0


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_is_as_long_as_its_clocks_say(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    clock = OfficeClock({name: [("00:00", "24:00")] for name in DAYS}, zone)
    begin = datetime.fromisoformat(day).replace(tzinfo=zone)
    begin_ms, end_ms = (int(moment.timestamp() * 1_000) for moment in (begin, begin + timedelta(days=1)))
    assert clock.elapsed_ms(begin_ms, end_ms) == hours * HOUR_MS
    assert clock.elapsed_ms(begin_ms - 30 * DAY_MS, end_ms + 30 * DAY_MS) == end_ms - begin_ms + 60 * DAY_MS


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Kathmandu"])
def test_the_cost_of_a_time_since_the_year_1_is_bounded(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weeks: list[Any] = []
    whole_week_ms = office_hours._whole_week_ms

    def record(*week: Any) -> int:
        weeks.append(week)
        return whole_week_ms(*week)

    monkeypatch.setattr(office_hours, "_whole_week_ms", record)
    clock, end_ms = OfficeClock(WORKDAYS, ZoneInfo(zone)), at_ms("2026-11-30T00:00", zone)
    for begin_ms in (-62_135_596_800_000, end_ms - 2 * EXACT_WEEKS * 7 * DAY_MS):
        hours = (end_ms - begin_ms) / (7 * DAY_MS) * 45
        assert abs(clock.elapsed_ms(begin_ms, end_ms) / HOUR_MS - hours) < 10
    assert len(weeks) <= 2 * (EXACT_WEEKS + 1)


TIMES = [f"{hour:02}:{minute:02}" for hour in (0, 4, 7, 12, 18, 23) for minute in (0, 30)] + ["24:00"]
SPANS = st.lists(st.sampled_from(TIMES), min_size=2, max_size=4, unique=True).map(sorted)
"""None begins or ends while clocks change."""


@examples(60)
@given(
    week=st.dictionaries(st.sampled_from(DAYS), SPANS, min_size=1),
    zone=st.sampled_from(ZONES),
    begin=st.integers(0, 365 * 24 * 60),
    length=st.integers(0, 30 * 24 * 60),
)
def test_it_counts_what_the_clock_says(week: dict[str, list[str]], zone: str, begin: int, length: int) -> None:
    hours = {day: list(zip(times[::2], times[1::2], strict=False)) for day, times in week.items()}
    begin_ms = at_ms("2026-01-01") + begin * MINUTE_MS
    end_ms = begin_ms + length * MINUTE_MS
    clock = OfficeClock(hours, ZoneInfo(zone))
    assert clock.elapsed_ms(begin_ms, end_ms) == open_minutes(hours, zone, begin_ms, end_ms) * MINUTE_MS

"""Every time is in one bucket, buckets follow the zone's clocks, and none is missing between two times."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.days import instant_of, local
from leadloop.insights.buckets import GRAINS, Buckets
from leadloop.insights.period import Period, before, later
from tests.support.examples import examples

MS = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = st.sampled_from(
    [
        *("UTC", "America/Sao_Paulo", "Europe/Lisbon", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
        *("Pacific/Apia", "America/Havana", "Africa/Monrovia", "Africa/Casablanca", "Pacific/Chatham"),
    ]
).map(ZoneInfo)
MOMENTS = st.integers(-2_208_988_800_000, 4_102_444_800_000)
"""From 1900 to 2100."""
GRAIN = st.sampled_from(sorted(GRAINS))


def label(at_ms: int, zone: ZoneInfo, grain: str) -> str:
    """Up to where the clock is cut off."""
    at = (EPOCH + at_ms * MS).astimezone(zone)
    year, week, _ = at.isocalendar()
    return {"hour": f"{at:%Y-%m-%dT%H}", "day": f"{at:%Y-%m-%d}", "week": f"{year}-W{week:02}", "month": f"{at:%Y-%m}"}[
        grain
    ]


@examples(400)
@given(zone=ZONES, grain=GRAIN, at_ms=MOMENTS)
def test_a_moment_is_in_the_bucket_that_its_clock_says(zone: ZoneInfo, grain: str, at_ms: int) -> None:
    bucket = Buckets(GRAINS[grain], zone).of(at_ms)
    assert bucket.start_ms <= at_ms
    assert bucket.label.startswith(label(at_ms, zone, grain))


@examples(60)
@given(zone=ZONES, grain=GRAIN, at_ms=MOMENTS, hours=st.integers(1, 3_000))
def test_the_buckets_of_a_period_are_those_of_its_moments(zone: ZoneInfo, grain: str, at_ms: int, hours: int) -> None:
    buckets = Buckets(GRAINS[grain], zone)
    end_ms = at_ms + hours * 3_600_000
    moments = [*range(at_ms, end_ms, 900_000), end_ms - 1]
    assert list(buckets.between(at_ms, end_ms)) == list(dict.fromkeys(buckets.of(moment) for moment in moments))


def test_a_new_year_belongs_to_the_week_that_it_is_in() -> None:
    weeks = Buckets(GRAINS["week"], UTC)
    assert [weeks.of(instant_of(datetime(2027, 1, day, tzinfo=UTC))).label for day in (1, 3, 4)] == [
        "2026-W53",
        "2026-W53",
        "2027-W01",
    ]


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_the_ends_of_time_have_buckets(grain: str, zone: str) -> None:
    buckets = Buckets(GRAINS[grain], ZoneInfo(zone))
    for at_ms in (-62_135_596_800_000, 253_402_300_799_999):
        buckets.of(at_ms)
        assert len(list(buckets.between(at_ms, at_ms + 1))) <= 1


@examples(60)
@given(zone=ZONES, first=st.dates(date(1980, 1, 1), date(2060, 1, 1)), days=st.integers(1, 60))
def test_the_period_before_ends_where_this_one_begins(zone: ZoneInfo, first: date, days: int) -> None:
    dates = [first + timedelta(days=n) for n in (-days, 0, days)]
    ends = [instant_of(datetime.combine(date, time(), zone)) for date in dates]
    period = Period(ends[1], ends[2], days)
    earlier = before(period, zone)
    assert earlier[:2] == (ends[0], ends[1])
    moments = [later(at_ms, earlier, period, zone) for at_ms in range(ends[0], ends[1], 1_800_000)]
    assert all(period.from_ms <= at_ms < period.to_ms for at_ms in moments)
    days_of = Buckets(GRAINS["day"], zone)
    there = [days_of.of(at_ms) for at_ms in moments]
    assert all(bucket == other or bucket.start_ms < other.start_ms for bucket, other in pairwise(there))
    assert before(period._replace(days=None), zone)[:2] == (2 * ends[1] - ends[2], ends[1])


def test_the_clock_is_kept_from_one_period_to_the_next() -> None:
    zone = ZoneInfo("Europe/Lisbon")
    begin_ms, end_ms = (instant_of(datetime(2026, 3, day, tzinfo=zone)) for day in (29, 30))
    period = Period(begin_ms, end_ms, 1)
    moved = later(instant_of(datetime(2026, 3, 28, 15, 30, tzinfo=zone)), before(period, zone), period, zone)
    assert local(moved, zone) == datetime(2026, 3, 29, 15, 30, tzinfo=zone)

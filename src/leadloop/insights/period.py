"""A period of time, and the one of equal length before it."""

from datetime import timedelta, tzinfo
from typing import NamedTuple

from leadloop.insights.buckets import instant_of, local


class Period(NamedTuple):
    """The end is left out. `days` is how many whole days of the time zone it is made of, if it was given in days."""

    from_ms: int
    to_ms: int
    days: int | None = None


def before(period: Period, zone: tzinfo) -> Period:
    """As many days before, else as many milliseconds. Raises `OverflowError` before the year 1."""
    if period.days is None:
        return Period(2 * period.from_ms - period.to_ms, period.from_ms)
    return Period(_moved(period.from_ms, -period.days, zone), period.from_ms, period.days)


def later(at_ms: int, earlier: Period, period: Period, zone: tzinfo) -> int:
    """What a moment of the period before is in this one: as many days later, by the clocks of the zone."""
    if period.days is None:
        return at_ms - earlier.from_ms + period.from_ms
    return min(max(_moved(at_ms, period.days, zone), period.from_ms), period.to_ms - 1)


def _moved(at_ms: int, days: int, zone: tzinfo) -> int:
    moved = local(at_ms, zone).replace(tzinfo=None) + timedelta(days=days)
    return instant_of(moved.replace(tzinfo=zone))

"""A period of time, and the period of equal length before it."""

from datetime import timedelta, tzinfo
from typing import NamedTuple

from leadloop.core.days import instant_of, local


class Period(NamedTuple):
    """Half-open. `days` is its length in whole days of the time zone, if the request gave days."""

    from_ms: int
    to_ms: int
    days: int | None = None


def before(period: Period, zone: tzinfo) -> Period:
    """The period before, of as many days, else as many milliseconds. Raises `OverflowError` before the year 1."""
    if period.days is None:
        return Period(2 * period.from_ms - period.to_ms, period.from_ms)
    return Period(_move_days(period.from_ms, -period.days, zone), period.from_ms, period.days)


def later(at_ms: int, earlier: Period, period: Period, zone: tzinfo) -> int:
    """Moves a time in the period before into this one: as many days later, by the clocks of the zone."""
    if period.days is None:
        return at_ms - earlier.from_ms + period.from_ms
    return min(max(_move_days(at_ms, period.days, zone), period.from_ms), period.to_ms - 1)


def _move_days(at_ms: int, days: int, zone: tzinfo) -> int:
    moved = local(at_ms, zone).replace(tzinfo=None) + timedelta(days=days)
    return instant_of(moved.replace(tzinfo=zone))

"""Buckets for lead dates: the hours, days, weeks and months of a time zone.

A bucket is the time between two full hours (midnights, ...) on the zone's clocks. When clocks are put back, an hour
occurs twice and is two buckets; a day may have 23 or 25 hours.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from leadloop.core.days import instant_of, local

_DAY_MS = 86_400_000
_FIRST_MS, _LAST_MS = -62_135_596_800_000 + 32 * _DAY_MS, 253_402_300_799_999 - 2 * _DAY_MS
"""Between these times every zone has calendar days and starts of months. Times outside are counted at these ends."""
_EVEN_SINCE_MS = 94_694_400_000
"""Since 1973 all zones have offsets of whole minutes from UTC and change them at whole minutes."""
_MINUTE_MS = 60_000


class Bucket(NamedTuple):
    start_ms: int
    label: str


class Grain(NamedTuple):
    """`label` names the bucket with this start. `jump_ms` after a start the time is in the same bucket or the next one,
    and `step_ms` after any time too."""

    name: str
    start: Callable[[datetime], datetime]
    label: Callable[[datetime], str]
    jump_ms: int
    step_ms: int


def _full_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"{year:04}-W{week:02}"


def _month(at: datetime) -> str:
    return f"{at.year:04}-{at.month:02}"


_ALL = (
    Grain("hour", _full_hour, datetime.isoformat, 3_600_000, 15 * _MINUTE_MS),
    Grain("day", _midnight, lambda at: at.date().isoformat(), 22 * 3_600_000, 3_600_000),
    Grain("week", lambda at: _midnight(at - timedelta(days=at.weekday())), _week, 5 * _DAY_MS, 6 * 3_600_000),
    Grain("month", lambda at: _midnight(at.replace(day=1)), _month, 27 * _DAY_MS, _DAY_MS // 2),
)
GRAINS = {grain.name: grain for grain in _ALL}


class Buckets:
    """The buckets of one zone, computed once for each minute."""

    def __init__(self, grain: Grain, zone: tzinfo) -> None:
        self._grain = grain
        self._zone = zone
        self._by_minute: dict[int, Bucket] = {}
        self._by_start: dict[int, Bucket] = {}
        """By start, so that all minutes of a bucket share one object."""

    def of(self, at_ms: int) -> Bucket:
        """The bucket of a point in time."""
        if at_ms < _EVEN_SINCE_MS:
            return self._make(max(at_ms, _FIRST_MS))
        minute = at_ms // _MINUTE_MS
        bucket = self._by_minute.get(minute)
        if bucket is None:
            bucket = self._by_minute[minute] = self._make(min(at_ms, _LAST_MS))
        return bucket

    def between(self, from_ms: int, to_ms: int) -> Iterator[Bucket]:
        """All buckets that overlap the period, in order."""
        at_ms, last_ms = from_ms, to_ms - 1
        last = self.of(last_ms)
        while (bucket := self.of(at_ms)) != last:
            yield bucket
            at_ms = max(at_ms, bucket.start_ms + self._grain.jump_ms)
            while self.of(at_ms) == bucket:
                at_ms += self._grain.step_ms
            at_ms = min(at_ms, last_ms)
        yield last

    def _make(self, at_ms: int) -> Bucket:
        start_ms = instant_of(self._grain.start(local(at_ms, self._zone)))
        bucket = self._by_start.get(start_ms)
        if bucket is None:
            label = self._grain.label(local(start_ms, self._zone))
            bucket = self._by_start[start_ms] = Bucket(start_ms, label)
        return bucket

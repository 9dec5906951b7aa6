"""Hours, days, weeks and months of a time zone, as buckets of leads by their date.

A bucket is the piece of time between two full hours (midnights, ...) of the zone's clocks: where they are put back, an
hour comes twice and is two; a day may have 23 or 25 hours.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
_FIRST_MS, _LAST_MS = -62_135_596_800_000 + 32 * _DAY_MS, 253_402_300_799_999 - 2 * _DAY_MS
"""What is a calendar day in every zone, with the start of its month. What lies beyond is counted at these ends."""
_EVEN_SINCE_MS = 94_694_400_000
"""Since 1973 all clocks are whole minutes from UTC, and put on and back at whole minutes."""
_MINUTE_MS = 60_000


class Bucket(NamedTuple):
    start_ms: int
    label: str


class Grain(NamedTuple):
    """`label` names the bucket that begins so. What lies `jump_ms` after a start is in the same bucket or the next one,
    and so is what lies `step_ms` later."""

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


def local(at_ms: int, zone: tzinfo) -> datetime:
    return (_EPOCH + at_ms * _MILLISECOND).astimezone(zone)


def instant_of(at: datetime) -> int:
    """In ms. A local time that the clocks jump over is as long after midnight as it says."""
    return (at.astimezone(UTC) - _EPOCH) // _MILLISECOND


class Buckets:
    """The buckets of one zone, worked out once for each minute."""

    def __init__(self, grain: Grain, zone: tzinfo) -> None:
        self._grain = grain
        self._zone = zone
        self._known: dict[int, Bucket] = {}
        self._starting: dict[int, Bucket] = {}
        """By their starts: buckets are few, minutes many."""

    def of(self, at_ms: int) -> Bucket:
        """The bucket of a moment."""
        if at_ms < _EVEN_SINCE_MS:
            return self._made(max(at_ms, _FIRST_MS))
        minute = at_ms // _MINUTE_MS
        found = self._known.get(minute)
        if found is None:
            found = self._known[minute] = self._made(min(at_ms, _LAST_MS))
        return found

    def between(self, from_ms: int, to_ms: int) -> Iterator[Bucket]:
        """All that have a part in the period, in order."""
        at_ms, last_ms = from_ms, to_ms - 1
        last = self.of(last_ms)
        while (found := self.of(at_ms)) != last:
            yield found
            at_ms = max(at_ms, found.start_ms + self._grain.jump_ms)
            while self.of(at_ms) == found:
                at_ms += self._grain.step_ms
            at_ms = min(at_ms, last_ms)
        yield last

    def _made(self, at_ms: int) -> Bucket:
        start_ms = instant_of(self._grain.start(local(at_ms, self._zone)))
        found = self._starting.get(start_ms)
        if found is None:
            label = self._grain.label(local(start_ms, self._zone))
            found = self._starting[start_ms] = Bucket(start_ms, label)
        return found

"""Office hours: by day, the spans of local time in which an account contacts leads. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from msgspec import UNSET

from leadloop.core.changes import pointer
from leadloop.core.days import day_of, instant_of
from leadloop.core.problems import Problems

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPANS_A_DAY = 3
FROM, TO = "from", "to"

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)

OfficeSpan = tuple[str, str]
OfficeHours = Mapping[str, Sequence[OfficeSpan]]


def read(value: Any, at: str, problems: Problems) -> Any:
    """By day in the order of the week, without days that are closed."""
    if not isinstance(value, dict):
        return problems.refuse(at, "object_expected")
    for name in value:
        if name not in DAYS:
            problems.unknown(at + pointer(name), name, DAYS)
    days = {day: _day(value[day], f"{at}/{day}", problems) for day in DAYS if value.get(day)}
    if UNSET in days.values() or any(name not in DAYS for name in value):
        return UNSET
    return days or problems.refuse(at, "office_hours_empty")


def show(hours: OfficeHours | None) -> dict[str, list[dict[str, str]]] | None:
    if hours is None:
        return None
    return {day: [{FROM: begin, TO: end} for begin, end in hours[day]] for day in DAYS if hours.get(day)}


def _day(value: Any, at: str, problems: Problems) -> Any:
    """Its spans. Each begins at the end of the previous one, or later."""
    if not isinstance(value, list):
        return problems.refuse(at, "list_expected")
    if len(value) > SPANS_A_DAY:
        return problems.refuse(at, "too_many_entries", limit=SPANS_A_DAY)
    spans: list[OfficeSpan] = []
    for index, item in enumerate(value):
        span = _span(item, f"{at}/{index}", problems)
        if span is UNSET:
            return UNSET
        if spans and span[0] < spans[-1][1]:
            return problems.refuse(f"{at}/{index}/{FROM}", "span_overlaps")
        spans.append(span)
    return tuple(spans)


def _span(value: Any, at: str, problems: Problems) -> Any:
    if not isinstance(value, dict):
        return problems.refuse(at, "object_expected")
    for name in value:
        if name not in (FROM, TO):
            problems.unknown(at + pointer(name), name, (FROM, TO))
            return UNSET
    times = [_time(value.get(name), f"{at}/{name}", problems) for name in (FROM, TO)]
    if UNSET in times:
        return UNSET
    begin, end = times
    return (begin, end) if begin < end else problems.refuse(f"{at}/{TO}", "span_backwards")


def _time(value: Any, at: str, problems: Problems) -> Any:
    is_time = isinstance(value, str) and _TIME.fullmatch(value)
    return value if is_time else problems.refuse(at, "clock_time_expected")


EXACT_WEEKS = 520
"""Of a longer time the weeks before count as weeks in which the clocks do not change, at no cost."""
_WEEK_MS = 7 * 86_400_000
_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday."""
_Week = tuple[tuple[OfficeSpan, ...], ...]


class OfficeClock:
    """Counts the time in which the office is open; without hours it always is."""

    def __init__(self, hours: OfficeHours | None, zone: tzinfo) -> None:
        self.has_hours = hours is not None
        self._zone = zone
        self._week: _Week = tuple(tuple((begin, end) for begin, end in (hours or {}).get(day, ())) for day in DAYS)
        spans = [span for day in self._week for span in day]
        self._week_ms = sum(_clock_ms(end) - _clock_ms(begin) for begin, end in spans)

    def elapsed_ms(self, begin_ms: int, end_ms: int) -> int:
        """How long the office was open between two instants, by its clocks: 0 if the second is not later."""
        if not self.has_hours or end_ms <= begin_ms:
            return max(0, end_ms - begin_ms)
        usual_weeks = max(0, (end_ms - begin_ms) // _WEEK_MS - EXACT_WEEKS)
        begin_ms += usual_weeks * _WEEK_MS
        day, last = day_of(begin_ms, self._zone), day_of(end_ms, self._zone)
        first, total_ms = day, usual_weeks * self._week_ms
        while day <= last:
            if first < day <= last - 7 and (day + _EPOCH_WEEKDAY) % 7 == 0:
                total_ms += _whole_week_ms(self._week, self._zone, day)
                day += 7
                continue
            for opens_ms, closes_ms in _open_spans(self._week, self._zone, day):
                total_ms += max(0, min(closes_ms, end_ms) - max(opens_ms, begin_ms))
            day += 1
        return total_ms


@lru_cache(maxsize=4_096)
def _whole_week_ms(week: _Week, zone: tzinfo, monday: int) -> int:
    return sum(end - begin for day in range(monday, monday + 7) for begin, end in _open_spans(week, zone, day))


@lru_cache(maxsize=4_096)
def _open_spans(week: _Week, zone: tzinfo, day: int) -> tuple[tuple[int, int], ...]:
    """The instants between which the office is open on a day, counted from 1970-01-01. A time of day that occurs twice
    counts when it first does, so a span that contains it is an hour longer."""
    spans = week[(day + _EPOCH_WEEKDAY) % 7]
    return tuple((_instant(day, begin, zone), _instant(day, end, zone)) for begin, end in spans)


def _instant(day: int, time: str, zone: tzinfo) -> int:
    midnight = datetime(1970, 1, 1, tzinfo=zone) + timedelta(days=day)
    return instant_of(midnight + timedelta(milliseconds=_clock_ms(time)))


def _clock_ms(time: str) -> int:
    """Since midnight."""
    hour, minute = map(int, time.split(":"))
    return (hour * 60 + minute) * 60_000

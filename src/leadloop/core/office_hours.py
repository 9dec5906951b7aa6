"""Office hours: by day, the spans of local time in which an account contacts leads. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from leadloop.core.changes import pointer
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

"""Numbers and times in a query: each is a range whose width is its precision.

A day is a range of 24 hours, a month one of about thirty days, a number one of a millionth. So `created:2026-01` is the
whole month, `created>2026-01` begins in February, and a range includes all of its last day.
"""

import re
from collections.abc import Callable
from datetime import MAXYEAR, UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from leadloop.core.errors import Problem, Refusal
from leadloop.core.leads.cart import MICROS
from leadloop.core.search.folding import fold

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?\d{1,13}(\.\d{1,6})?")
_PERHAPS_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_DAYS = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(z|[+-]\d\d:?\d\d)?")
_AGO = re.compile(r"-(\d{1,4})([dw])")
_WORDS = {"today": 0, "yesterday": 1}


class UnreadableValue(Refusal):
    """The text is not a value of this scale."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class Moment(NamedTuple):
    """Time and zone of a query: they decide what `today` is, and when a day begins."""

    now_ms: int
    zone: tzinfo


ValueRange = tuple[int, int]
"""A half-open range: the first value, and the first value after the range."""


class Scale(NamedTuple):
    """Reads and shows the values of a field, with the bounds of what can be shown and stored."""

    read_range: Callable[[str, Moment], ValueRange]
    """Reads a value. Raises `UnreadableValue`."""
    show: Callable[[int], str]
    """Shows a value so that `read_range` reads it at any moment."""
    least: int
    most: int


def scale_of(field: str) -> Scale:
    return _MONEY if field == "value" else _TIMES


def _number_range(text: str, moment: Moment) -> ValueRange:
    text = fold(text)
    if _PERHAPS_THOUSANDS.fullmatch(text):
        raise UnreadableValue(Problem("search_thousands"))
    if not _NUMBER.fullmatch(text):
        raise UnreadableValue(Problem("search_number"))
    micros = int(Decimal(text) * MICROS)
    return micros, micros + 1


def _time_range(text: str, moment: Moment) -> ValueRange:
    """A time without zone is in the zone of the moment."""
    try:
        return _calendar_range(fold(text), moment)
    except OverflowError as error:
        raise UnreadableValue(Problem("search_time_bounds")) from error
    except ValueError as error:
        raise UnreadableValue(Problem("search_time")) from error


def _calendar_range(text: str, moment: Moment) -> ValueRange:
    if match := _DAYS.fullmatch(text):
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        first = date(year, month or 1, day or 1)
        if day is not None:
            return _days(first, first + timedelta(days=1), moment.zone)
        following = year * 12 + month if month else year * 12 + 12
        if following >= (MAXYEAR + 1) * 12:
            raise OverflowError
        return _days(first, date(following // 12, following % 12 + 1, 1), moment.zone)
    if match := _INSTANT.fullmatch(text):
        at = datetime.fromisoformat(text.upper())
        at = at if at.tzinfo else at.replace(tzinfo=moment.zone)
        width_ms = 1 if match[2] else 1_000 if match[1] else 60_000
        return _ms(at), _ms(at) + width_ms
    return _ago(text, moment)


def _ago(text: str, moment: Moment) -> ValueRange:
    if match := _AGO.fullmatch(text):
        days = int(match[1]) * (7 if match[2] == "w" else 1)
    elif text in _WORDS:
        days = _WORDS[text]
    else:
        raise ValueError(text)
    day = (_EPOCH + timedelta(milliseconds=moment.now_ms)).astimezone(moment.zone).date() - timedelta(days=days)
    return _days(day, day + timedelta(days=1), moment.zone)


def _days(first: date, end: date, zone: tzinfo) -> ValueRange:
    first_ms, end_ms = (_ms(datetime(day.year, day.month, day.day, tzinfo=zone)) for day in (first, end))
    return first_ms, end_ms


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _show_number(micros: int) -> str:
    text = f"{Decimal(micros) / MICROS:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text + "0" if _PERHAPS_THOUSANDS.fullmatch(text) else text


def _show_time(at_ms: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_MONEY = Scale(_number_range, _show_number, -9 * 10**18, 9 * 10**18)
_TIMES = Scale(_time_range, _show_time, _ms(datetime.min.replace(tzinfo=UTC)), _ms(datetime.max.replace(tzinfo=UTC)))

"""How numbers and times are written in a query: each is a span, as wide as it is precise.

A day is a span of 24 hours, a month one of some thirty days, a number one of a millionth. So `created:2026-01` is the
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
    """A text is no value of the scale."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class Moment(NamedTuple):
    """When and where a query is asked: what `today` is, and when a day begins."""

    now_ms: int
    zone: tzinfo


Span = tuple[int, int]
"""From the first value to the first that is no longer in it."""


class Scale(NamedTuple):
    """How the values of a field are read and shown, and the bounds that can be shown and stored."""

    span: Callable[[str, Moment], Span]
    """Raises `UnreadableValue`."""
    show: Callable[[int], str]
    """As `span` reads it, whatever the moment."""
    least: int
    most: int


def scale_of(field: str) -> Scale:
    return _MONEY if field == "value" else _TIMES


def _number_span(text: str, moment: Moment) -> Span:
    text = fold(text)
    if _PERHAPS_THOUSANDS.fullmatch(text):
        raise UnreadableValue(Problem("search_thousands"))
    if not _NUMBER.fullmatch(text):
        raise UnreadableValue(Problem("search_number"))
    micros = int(Decimal(text) * MICROS)
    return micros, micros + 1


def _time_span(text: str, moment: Moment) -> Span:
    """What names no zone is in the moment's."""
    try:
        return _calendar_span(fold(text), moment)
    except OverflowError as error:
        raise UnreadableValue(Problem("search_time_bounds")) from error
    except ValueError as error:
        raise UnreadableValue(Problem("search_time")) from error


def _calendar_span(text: str, moment: Moment) -> Span:
    if found := _DAYS.fullmatch(text):
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        first = date(year, month or 1, day or 1)
        if day is not None:
            return _days(first, first + timedelta(days=1), moment.zone)
        following = year * 12 + month if month else year * 12 + 12
        if following >= (MAXYEAR + 1) * 12:
            raise OverflowError
        return _days(first, date(following // 12, following % 12 + 1, 1), moment.zone)
    if found := _INSTANT.fullmatch(text):
        at = datetime.fromisoformat(text.upper())
        at = at if at.tzinfo else at.replace(tzinfo=moment.zone)
        width_ms = 1 if found[2] else 1_000 if found[1] else 60_000
        return _ms(at), _ms(at) + width_ms
    return _ago(text, moment)


def _ago(text: str, moment: Moment) -> Span:
    if found := _AGO.fullmatch(text):
        days = int(found[1]) * (7 if found[2] == "w" else 1)
    elif text in _WORDS:
        days = _WORDS[text]
    else:
        raise ValueError(text)
    day = (_EPOCH + timedelta(milliseconds=moment.now_ms)).astimezone(moment.zone).date() - timedelta(days=days)
    return _days(day, day + timedelta(days=1), moment.zone)


def _days(first: date, end: date, zone: tzinfo) -> Span:
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


_MONEY = Scale(_number_span, _show_number, -9 * 10**18, 9 * 10**18)
_TIMES = Scale(_time_span, _show_time, _ms(datetime.min.replace(tzinfo=UTC)), _ms(datetime.max.replace(tzinfo=UTC)))

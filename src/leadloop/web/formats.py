"""Dates, numbers and money in a language and a time zone, by Babel's patterns, which are compiled once."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_timedelta, get_timezone_location, parse_pattern
from babel.numbers import format_currency, format_decimal, format_percent, get_decimal_symbol
from babel.units import format_unit

from leadloop.web import i18n

WEEK_MS = 7 * 86_400_000
_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000))
_DAY = {"en": "EEEE, d MMMM", "pt-BR": "EEEE, d 'de' MMMM"}
_DAY_OF_YEAR = {"en": "EEEE, d MMMM y", "pt-BR": "EEEE, d 'de' MMMM 'de' y"}
_MONTH = {"en": "MMMM y", "pt-BR": "MMMM 'de' y"}
_DATE, _TIME = {"en": "d MMM y", "pt-BR": "d MMM y"}, {"en": "HH:mm", "pt-BR": "HH:mm"}

_SMALLEST, _LARGEST = 1e-6, 1e15
"""Beyond them a fraction is written by powers of ten."""


class ShownTime(NamedTuple):
    """A time in text: as the attribute `datetime`, exactly, and from now or as a date."""

    iso: str
    exact: str
    text: str


class Formats:
    """`now_ms` is what times are relative to."""

    def __init__(self, language: str, time_zone: str, now_ms: int) -> None:
        self.language = language
        self.time_zone = time_zone
        self._locale = _locale(language)
        self._months = _months(language)
        self._zone = _zone(time_zone)
        self._now_ms = now_ms

    def date(self, at_ms: int) -> str:
        return self._date(self._local(at_ms))

    def calendar_date(self, day: Date) -> str:
        """A date that is the same in every time zone, such as a date of birth."""
        return _pattern(_DATE[self.language]).apply(day, self._locale)

    def month(self, day: Date) -> str:
        """`February 2026`."""
        return _pattern(_MONTH[self.language]).apply(day, self._locale)

    def time(self, at_ms: int) -> str:
        return _pattern(_TIME[self.language]).apply(self._local(at_ms), self._locale)

    def day(self, at_ms: int) -> str:
        """`Tuesday, 24 November`, with the year if it is not this one. Begins with a capital."""
        local, now = self._local(at_ms), self._local(self._now_ms)
        pattern = _DAY[self.language] if local.year == now.year else _DAY_OF_YEAR[self.language]
        text = str(_pattern(pattern).apply(local, self._locale))
        return text[:1].upper() + text[1:]

    def day_key(self, at_ms: int) -> str:
        """The same for times of the same day."""
        return self._local(at_ms).date().isoformat()

    def exact(self, at_ms: int) -> str:
        """Date, time to the second and zone, for titles."""
        return self._exact(self._local(at_ms))

    def iso(self, at_ms: int) -> str:
        """For the attribute `datetime`."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")

    def moment(self, at_ms: int) -> "ShownTime":
        """What a short `time` element shows."""
        local = self._local(at_ms)
        is_far = abs(at_ms - self._now_ms) >= WEEK_MS
        text = self._date(local) if is_far else self._away(at_ms, "short")
        return ShownTime(local.isoformat(timespec="milliseconds"), self._exact(local), text)

    def _date(self, local: datetime) -> str:
        return f"{local.day} {self._months[local.month]} {local.year}"

    def _exact(self, local: datetime) -> str:
        clock = local.time().isoformat(timespec="seconds")
        return f"{local.day} {self._months[local.month]} {local.year}, {clock} {local.tzname() or ''}".rstrip()

    def ago(self, at_ms: int) -> str:
        """`11 minutes ago`, or `in 2 hours`; the date if that is over a week away."""
        return self._away(at_ms, "long")

    def _away(self, at_ms: int, form: str) -> str:
        away_ms = at_ms - self._now_ms
        if abs(away_ms) >= WEEK_MS:
            return self.date(at_ms)
        for unit, unit_ms in _UNITS:
            number = away_ms / unit_ms
            if abs(number) >= 1.5 or unit == "second":
                break
        return _distance(self.language, form, unit, round(number) or (1 if away_ms > 0 else -1))

    def waited(self, length_ms: int, *, in_hours: bool = False) -> str:
        """`43 h`: a length of time in one unit, up to days or, `in_hours`, up to hours."""
        for unit, unit_ms in _UNITS[1:] if in_hours else _UNITS:
            if length_ms >= 1.5 * unit_ms:
                return _length(self.language, unit, round(length_ms / unit_ms))
        return _length(self.language, "minute", 1)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self._locale)

    def exact_number(self, value: float) -> str:
        """With all its digits, without separators between thousands; by powers of ten if it is very large or small."""
        text = format(Decimal(repr(value)), "f") if _SMALLEST <= abs(value) < _LARGEST else repr(value)
        return text.replace(".", get_decimal_symbol(self._locale))

    def zone_place(self, zone: str) -> str:
        """The city that names an IANA zone: `New York` for `America/New_York`."""
        return get_timezone_location(zone, locale=self._locale, return_city=True)

    def territory(self, code: str) -> str | None:
        """The name of a country by its two letters; `None` if there is no such country."""
        return self._locale.territories.get(code.upper())

    def bytes(self, value: int) -> str:
        """`1.2 MB`, in powers of 1,000."""
        amount, units = float(value), iter(("byte", "kilobyte", "megabyte", "gigabyte", "terabyte"))
        unit = next(units)
        while amount >= 1_000 and unit != "terabyte":
            amount, unit = amount / 1_000, next(units)
        return format_unit(amount, f"digital-{unit}", "short", format="#,##0.#", locale=self._locale)

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self._locale)

    def money(self, micros: int, currency: str | None) -> str:
        """An amount in millionths, with two digits and no sign if the account has no currency."""
        return _money(self.language, micros, currency)

    def _local(self, at_ms: int) -> datetime:
        """In UTC where the clocks of the zone show the year 0 or 10000."""
        try:
            return datetime.fromtimestamp(at_ms / 1000, self._zone)
        except (OverflowError, ValueError):
            return datetime.fromtimestamp(at_ms / 1000, UTC)


@functools.lru_cache(256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@functools.cache
def _locale(language: str) -> Locale:
    return Locale.parse(i18n.LANGUAGES[language])


_pattern = functools.cache(parse_pattern)


@functools.cache
def _months(language: str) -> Mapping[int, str]:
    return dict(_locale(language).months["format"]["abbreviated"])


@functools.lru_cache(1_024)
def _distance(language: str, form: Any, unit: str, number: int) -> str:
    length = timedelta(milliseconds=number * dict(_UNITS)[unit])
    return format_timedelta(length, add_direction=True, threshold=1.5, format=form, locale=_locale(language))


@functools.lru_cache(1_024)
def _length(language: str, unit: str, number: int) -> str:
    return format_unit(number, f"duration-{unit}", "short", locale=_locale(language))


@functools.lru_cache(16_384)
def _money(language: str, micros: int, currency: str | None) -> str:
    amount = micros / 1_000_000
    if currency is None:
        return format_decimal(amount, "#,##0.00", locale=_locale(language))
    return format_currency(amount, currency, locale=_locale(language))

"""Dates, numbers and money in a language and a time zone, by Babel's patterns, which are compiled once."""

import functools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_timedelta, parse_pattern
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from leadloop.web import i18n

WEEK_MS = 7 * 86_400_000
_DATE, _TIME = {"en": "d MMM y", "pt-BR": "d MMM y"}, {"en": "HH:mm", "pt-BR": "HH:mm"}


class Formats:
    """`now_ms` is what times are relative to."""

    def __init__(self, language: str, time_zone: str, now_ms: int) -> None:
        self.language = language
        self.time_zone = time_zone
        self._locale = _locale(language)
        self._zone = _zone(time_zone)
        self._now_ms = now_ms

    def date(self, at_ms: int) -> str:
        return _pattern(_DATE[self.language]).apply(self._local(at_ms), self._locale)

    def time(self, at_ms: int) -> str:
        return _pattern(_TIME[self.language]).apply(self._local(at_ms), self._locale)

    def exact(self, at_ms: int) -> str:
        """Date, time to the second and zone, for titles."""
        local = self._local(at_ms)
        return f"{_pattern('d MMM y, HH:mm:ss').apply(local, self._locale)} {local.tzname() or ''}".strip()

    def iso(self, at_ms: int) -> str:
        """For the attribute `datetime`."""
        return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")

    def ago(self, at_ms: int) -> str:
        """`11 minutes ago`, or `in 2 hours`; the date if that is over a week away."""
        away_ms = at_ms - self._now_ms
        if abs(away_ms) >= WEEK_MS:
            return self.date(at_ms)
        return format_timedelta(timedelta(milliseconds=away_ms), add_direction=True, threshold=1, locale=self._locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self._locale)

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
        amount = micros / 1_000_000
        if currency is None:
            return format_decimal(amount, "#,##0.00", locale=self._locale)
        return format_currency(amount, currency, locale=self._locale)

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self._zone)


@functools.lru_cache(256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@functools.cache
def _locale(language: str) -> Locale:
    return Locale.parse(i18n.LANGUAGES[language])


_pattern = functools.cache(parse_pattern)


def of(language: str, time_zone: str, now_ms: int) -> Formats:
    return Formats(language, time_zone, now_ms)

"""Parses and formats ISO 8601 times in bodies and query parameters."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 24 * 60 * 60 * 1_000
_MINUTES = [f"{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60)]
_SECONDS = [f"{second:02}." for second in range(60)]
_MILLISECONDS = [f"{ms:03}Z" for ms in range(1_000)]
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?)?")


def parse_instant(text: str) -> int | None:
    """Milliseconds since 1970, or `None` when `text` is not an ISO 8601 time or date."""
    at = _parse_time(text)
    try:
        return None if at is None else (at - _EPOCH) // _MILLISECOND
    except OverflowError:
        return None


def is_date(text: str) -> bool:
    """Whether it is a day of the calendar, as in 2026-01-31."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_midnight(text: str) -> bool:
    """Whether an ISO 8601 time or date is a midnight in its own offset."""
    at = _parse_time(text)
    return at is not None and at.time() == time()


def _parse_time(text: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def show_instant(at_ms: int) -> str:
    days = at_ms // _DAY_MS
    ms = at_ms - days * _DAY_MS
    return f"{_day(days)}{_MINUTES[ms // 60_000]}{_SECONDS[ms // 1_000 % 60]}{_MILLISECONDS[ms % 1_000]}"


@lru_cache(maxsize=4_096)
def _day(days: int) -> str:
    """The beginning of a time so many days after 1970-01-01."""
    return f"{_EPOCH.date() + timedelta(days)}T"

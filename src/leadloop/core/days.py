"""Days of a time zone: they begin at midnight on its clocks, so a day may have 23 or 25 hours. Times are in ms."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


def zone_of(name: str | None) -> tzinfo:
    """The zone with this IANA name; UTC for `None`, and for a name that this machine's database does not have."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local(at_ms: int, zone: tzinfo) -> datetime:
    """In UTC where the clocks of the zone show the year 0 or 10000."""
    at = _EPOCH + at_ms * _MILLISECOND
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def instant_of(at: datetime) -> int:
    """The instant in ms. A local time that the clocks skip counts from midnight as if they did not."""
    return (at.astimezone(UTC) - _EPOCH) // _MILLISECOND


def start_of_day(at_ms: int, zone: tzinfo) -> int:
    """The instant at which the day of an instant begins. A midnight that occurs twice counts when it first does."""
    return instant_of(local(at_ms, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0))


def day_of(at_ms: int, zone: tzinfo) -> int:
    """The day of an instant, counted from 1970-01-01."""
    return local(at_ms, zone).toordinal() - _FIRST_DAY

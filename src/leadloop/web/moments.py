"""Times that forms send to use cases, in the form of the API."""

from datetime import UTC, datetime, timedelta


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def days_ahead(now_ms: int, days: int) -> str:
    return iso(now_ms + int(timedelta(days=days) / timedelta(milliseconds=1)))

"""Events by name, and the event id that all deliveries of one change share (semantics section 8). Pure."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from leadloop.core.changes import Change

CREATED, UPDATED, DELETED, TEST = "lead.created", "lead.updated", "lead.deleted", "webhook.test"
LEAD_EVENTS = (CREATED, UPDATED, DELETED)
_DELETED_AT = "/deleted_at_ms"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_BITS, _RANDOM_BITS = 48, 80


def event_in(change: Change) -> str:
    """The event of a change."""
    if change.version == 1:
        return CREATED
    deleted = any(f.field == _DELETED_AT and f.before is None and f.after is not None for f in change.fields)
    return DELETED if deleted else UPDATED


def event_id(account_id: str, lead_id: str, version: int, at_ms: int) -> str:
    """`evt_` and a UUIDv7 of these arguments alone: the same at every endpoint, attempt and replay."""
    return f"evt_{_uuid7(at_ms, account_id, lead_id, str(version))}"


def sent_id(at_ms: int, *parts: str) -> str:
    """The id of an event without a change, such as a test."""
    return f"evt_{_uuid7(at_ms, *parts)}"


def instant(at_ms: int) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _uuid7(at_ms: int, *parts: str) -> UUID:
    """RFC 9562: 48 bits of milliseconds, then a digest in place of the random bits."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=_RANDOM_BITS // 8).digest()
    value = (at_ms % 2**_TIME_BITS) << _RANDOM_BITS | int.from_bytes(digest, "big")
    value = value & ~(0xF << 76) | 7 << 76  # the version
    value = value & ~(0b11 << 62) | 0b10 << 62  # the variant
    return UUID(int=value)

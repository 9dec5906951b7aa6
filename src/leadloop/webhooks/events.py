"""Events by name, and the event id that all deliveries of one change share (semantics section 8). Pure."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from leadloop.core.changes import Change

CREATED, UPDATED, DELETED, TEST = "lead.created", "lead.updated", "lead.deleted", "webhook.test"
LEAD_EVENTS = (CREATED, UPDATED, DELETED)
ENGINE_EVENTS = (
    "lead.delivered",
    "lead.disqualified",
    "lead.failed",
    "lead.queued",
    "lead.first_submission_action",
    "lead.processed",
)
"""LeadSail's. Endpoints can subscribe to them; leadloop sends none before it has an engine."""
NEW_LEAD, LEAD_UPDATED = "NewLead", "LeadUpdated"
"""Expad's names: for a creation, and for everything else."""
EVENTS = (*LEAD_EVENTS, TEST, *ENGINE_EVENTS, NEW_LEAD, LEAD_UPDATED)

_DELETED_AT = "/deleted_at_ms"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_BITS, _RANDOM_BITS = 48, 80


def event_in(change: Change) -> str:
    """The event of a change."""
    if change.version == 1:
        return CREATED
    deleted = any(f.field == _DELETED_AT and f.before is None and f.after is not None for f in change.fields)
    return DELETED if deleted else UPDATED


def expad_name(event: str) -> str:
    return NEW_LEAD if event == CREATED else LEAD_UPDATED


def is_subscribed(names: Collection[str], event: str) -> bool:
    """Whether the subscription includes an event, by its own name or by Expad's."""
    return event in names or expad_name(event) in names


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

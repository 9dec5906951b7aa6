"""The audit trail: acts in an account that change no lead."""

from leadloop.core.ids import Stamp, new_id
from leadloop.core.people.model import AuditEntry
from leadloop.core.store import Store


async def record(store: Store, stamp: Stamp, account_id: str, action: str, object_id: str) -> None:
    """Records what the actor of `stamp` did. `action` is a noun and a verb in the past tense, such as `key.created`."""
    entry = AuditEntry(
        account_id=account_id,
        id=new_id(stamp.at_ms),
        at_ms=stamp.at_ms,
        actor=stamp.actor,
        action=action,
        object=object_id,
        request_id=stamp.request_id,
    )
    await store.audit.add(entry)

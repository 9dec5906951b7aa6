"""The lead as a client read it, computed before its write enters the store's transaction, which all writes wait for.

A version never changes, so the base stays right whatever is written in between.
"""

from functools import partial
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.fold import MESSAGES, Unfolding
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of, size_of_records
from leadloop.core.store import HISTORY_LIMIT, RECORD_BATCH, Store
from leadloop.core.threads import each_in_thread_if_large, in_thread_if_large


class Base(NamedTuple):
    lead: Lead
    """The lead at the base version; items that were removed since then are at the end of their list."""
    read_version: int
    """The lead's version when the base was computed; the transaction has to read only the records after it."""
    messages: frozenset[str]
    """Pointers to the messages in the records between the two versions."""


async def load_base(store: Store, account_id: str, lead_id: str, version: int) -> Base | None:
    """Returns `None` for a version that the lead never had, or one that is more than `HISTORY_LIMIT` versions old."""
    lead = await store.leads.get(account_id, lead_id)
    if lead is None or not max(1, lead.version - HISTORY_LIMIT) <= version <= lead.version:
        return None
    if version == lead.version:
        return Base(lead, version, frozenset())
    unfolding = await in_thread_if_large(size_of(lead), partial(Unfolding, lead))
    messages: set[str] = set()

    def undo(record: Change) -> None:
        unfolding.undo(record)
        messages.update(field.field for field in record.fields if field.field.startswith(f"/{MESSAGES}/"))

    while unfolding.version > version:
        after = max(version, unfolding.version - RECORD_BATCH)
        records = await store.changes.of_lead(account_id, lead_id, after, unfolding.version - after)
        if not records:
            raise ValueError(f"the log of lead {lead_id} ends before version {unfolding.version}")
        await each_in_thread_if_large(size_of_records(records), undo, records[::-1])
    base_lead = await in_thread_if_large(unfolding.size, unfolding.lead)
    return Base(base_lead, lead.version, frozenset(messages))

"""The lead as a client read it: computed before its write enters the store's transaction, where everybody waits.

A version never changes once it is made, so the base stays right whatever is written in between.
"""

from functools import partial
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.fold import MESSAGES, Unfolding
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of, size_of_records
from leadloop.core.store import HISTORY_LIMIT, RECORDS_AT_ONCE, Store
from leadloop.core.threads import each_in_thread_if_large, in_thread_if_large


class Base(NamedTuple):
    lead: Lead
    """At the base version; items removed since then stand at the end of their list."""
    read_version: int
    """The lead's version when the base was computed; only records after it are left to read."""
    messages: frozenset[str]
    """Pointers to the messages that records between the two versions mention."""


async def load_base(store: Store, account_id: str, lead_id: str, version: int) -> Base | None:
    """`None` for a version that the lead has not had, and for one too far back."""
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
        after = max(version, unfolding.version - RECORDS_AT_ONCE)
        records = await store.changes.of_lead(account_id, lead_id, after, unfolding.version - after)
        if not records:
            raise ValueError(f"the log of lead {lead_id} ends before version {unfolding.version}")
        await each_in_thread_if_large(size_of_records(records), undo, records[::-1])
    then = await in_thread_if_large(unfolding.size, unfolding.lead)
    return Base(then, lead.version, frozenset(messages))

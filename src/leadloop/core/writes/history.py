"""Reads a lead's history: the lead at one of its versions, or at a point in time."""

from leadloop.core.changes import Change
from leadloop.core.errors import LeadNotFound, NoSuchVersion
from leadloop.core.leads.fold import Folding
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of_records
from leadloop.core.store import HISTORY_LIMIT, RECORD_BATCH, Store
from leadloop.core.threads import each_in_thread_if_large, in_thread_if_large
from leadloop.core.writes import use_cases


async def at_version(store: Store, account_id: str, lead_id: str, version: int) -> Lead:
    """The lead exactly as it was stored at that version. Raises `LeadNotFound`, `NoSuchVersion`."""
    lead = await use_cases.get(store, account_id, lead_id)
    if not 1 <= version <= lead.version:
        raise NoSuchVersion(lead.version)
    return await _as_of(store, lead, version)


async def at_time(store: Store, account_id: str, lead_id: str, at_ms: int) -> Lead:
    """The lead exactly as it was stored at that time; a time in the future returns the current lead.

    Raises `LeadNotFound`, also for a time before its creation.
    """
    lead = await use_cases.get(store, account_id, lead_id)
    version = await store.changes.version_at(account_id, lead_id, at_ms)
    if version == 0:
        raise LeadNotFound
    return await _as_of(store, lead, version)


async def last_change_of(store: Store, lead: Lead, field: str) -> Change | None:
    """The newest record up to the version of `lead` that changed this field or gives a reason for it.

    `None` if the last `HISTORY_LIMIT` records have none.
    """
    before = lead.version
    while before > max(0, lead.version - HISTORY_LIMIT):
        after = max(0, before - RECORD_BATCH)
        records = await store.changes.of_lead(lead.account_id, lead.id, after, before - after)
        for record in reversed(records):
            if any(f"{change.field}/".startswith(f"{field}/") for change in record.fields):
                return record
        before = after
    return None


async def _as_of(store: Store, lead: Lead, version: int) -> Lead:
    if version == lead.version:
        return lead
    folding = Folding()
    await advance(folding, store, lead.account_id, lead.id, version)
    return await in_thread_if_large(folding.size, folding.lead)


async def advance(folding: Folding, store: Store, account_id: str, lead_id: str, version: int) -> None:
    """Applies the lead's records up to `version`, one page at a time.

    Raises `ValueError` when the log ends before that version.
    """
    while folding.version < version:
        count = min(RECORD_BATCH, version - folding.version)
        page = await store.changes.of_lead(account_id, lead_id, folding.version, count)
        if not page:
            raise ValueError(f"the log of lead {lead_id} ends before version {version}")
        await each_in_thread_if_large(size_of_records(page), folding.apply, page)

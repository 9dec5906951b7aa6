"""Reading a lead's past: the lead as it was at one of its versions, or at a moment."""

from leadloop.core.errors import LeadNotFound, NoSuchVersion
from leadloop.core.leads.fold import Folding
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of_records
from leadloop.core.store import RECORDS_AT_ONCE, Store
from leadloop.core.threads import each_in_thread_if_large, in_thread_if_large
from leadloop.core.writes import use_cases


async def at_version(store: Store, account_id: str, lead_id: str, version: int) -> Lead:
    """The lead as it was stored at that version, to the byte. Raises `LeadNotFound`, `NoSuchVersion`."""
    lead = await use_cases.get(store, account_id, lead_id)
    if not 1 <= version <= lead.version:
        raise NoSuchVersion(lead.version)
    return await _as_of(store, lead, version)


async def at_time(store: Store, account_id: str, lead_id: str, at_ms: int) -> Lead:
    """The lead as it was stored at that moment, to the byte; one that is yet to come is now.

    Raises `LeadNotFound`, also for a moment before its creation.
    """
    lead = await use_cases.get(store, account_id, lead_id)
    version = await store.changes.version_at(account_id, lead_id, at_ms)
    if version == 0:
        raise LeadNotFound
    return await _as_of(store, lead, version)


async def _as_of(store: Store, lead: Lead, version: int) -> Lead:
    if version == lead.version:
        return lead
    folding = Folding()
    await advance(folding, store, lead.account_id, lead.id, version)
    return await in_thread_if_large(folding.size, folding.lead)


async def advance(folding: Folding, store: Store, account_id: str, lead_id: str, version: int) -> None:
    """Applies the lead's records up to `version`, read a page at a time.

    Raises `ValueError` when the log is not so long.
    """
    while folding.version < version:
        count = min(RECORDS_AT_ONCE, version - folding.version)
        page = await store.changes.of_lead(account_id, lead_id, folding.version, count)
        if not page:
            raise ValueError(f"the log of lead {lead_id} ends before version {version}")
        await each_in_thread_if_large(size_of_records(page), folding.apply, page)

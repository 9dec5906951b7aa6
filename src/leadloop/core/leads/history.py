"""Reading a lead's past: the lead as it was at one of its versions, or at a moment."""

from leadloop.core.changes import Change
from leadloop.core.errors import LeadNotFound, NoSuchVersion
from leadloop.core.leads import service
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.core.ports import Store

READ_AT_ONCE = 200
"""Records; one can be as large as two leads."""


async def at_version(store: Store, account_id: str, lead_id: str, version: int) -> Lead:
    """The lead as it was stored at that version, to the byte. Raises `LeadNotFound`, `NoSuchVersion`."""
    lead = await service.get(store, account_id, lead_id)
    if not 1 <= version <= lead.version:
        raise NoSuchVersion(lead.version)
    return await _as_of(store, lead, version)


async def at_time(store: Store, account_id: str, lead_id: str, at_ms: int) -> Lead:
    """The lead as it was stored at that moment, to the byte; one that is yet to come is now.

    Raises `LeadNotFound`, also for a moment before its creation.
    """
    lead = await service.get(store, account_id, lead_id)
    version = await store.version_at(account_id, lead_id, at_ms)
    if version == 0:
        raise LeadNotFound
    return await _as_of(store, lead, version)


async def _as_of(store: Store, lead: Lead, version: int) -> Lead:
    return lead if version == lead.version else fold(await records(store, lead.account_id, lead.id, version))


async def records(store: Store, account_id: str, lead_id: str, version: int) -> list[Change]:
    """The lead's records from its creation to `version`. Raises `ValueError` when the log is not so long."""
    found: list[Change] = []
    while len(found) < version:
        page = await store.lead_changes(account_id, lead_id, len(found), min(READ_AT_ONCE, version - len(found)))
        if not page:
            raise ValueError(f"the log of lead {lead_id} ends before version {version}")
        found += page
    return found

"""Reading a lead's past: the lead as it was at one of its versions, or at a moment."""

from msgspec import Struct

from leadloop.core.changes import Change
from leadloop.core.errors import LeadNotFound, NoSuchVersion
from leadloop.core.leads import service
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.core.ports import Store

READ_AT_ONCE = 200
"""Records; one can be as large as two leads."""


class Version(Struct, frozen=True):
    number: int


class Instant(Struct, frozen=True):
    at_ms: int


Moment = Version | Instant


async def as_of(store: Store, account_id: str, lead_id: str, moment: Moment) -> Lead:
    """The lead as it was then, to the byte. A time that is yet to come is now.

    Raises `LeadNotFound`, also for a time before its creation, and `NoSuchVersion`.
    """
    lead = await service.get(store, account_id, lead_id)
    if isinstance(moment, Version):
        version = moment.number
        if not 1 <= version <= lead.version:
            raise NoSuchVersion(lead.version)
    else:
        version = await store.version_at(account_id, lead_id, moment.at_ms)
        if version == 0:
            raise LeadNotFound
    return lead if version == lead.version else fold(await records(store, account_id, lead_id, version))


async def records(store: Store, account_id: str, lead_id: str, version: int) -> list[Change]:
    """The lead's records from its creation to `version`. Raises `ValueError` when the log is not so long."""
    found: list[Change] = []
    while len(found) < version:
        page = await store.lead_changes(account_id, lead_id, len(found), min(READ_AT_ONCE, version - len(found)))
        if not page:
            raise ValueError(f"the log of lead {lead_id} ends before version {version}")
        found += page
    return found

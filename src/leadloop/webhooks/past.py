"""The lead as a delivery tells it: as the change left it, whatever has happened to it since."""

from collections.abc import Sequence

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.leads import service
from leadloop.core.leads.fold import unfold
from leadloop.core.leads.history import at_version
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead
from leadloop.core.ports import HISTORY_LIMIT, Store


async def told(store: Store, account_id: str, lead_id: str, version: int) -> tuple[Lead, Change]:
    """The lead at `version`, and the change that led to it. Raises `LeadNotFound`, `NoSuchVersion`.

    The lead is read first, so that the records go at least as far as it.
    """
    lead = await service.get(store, account_id, lead_id)
    told, *since = await store.lead_changes(account_id, lead_id, version - 1, HISTORY_LIMIT)
    if lead.version - version >= HISTORY_LIMIT or _disordered(since):
        return await at_version(store, account_id, lead_id, version), told
    return unfold(lead, since, version) if lead.version > version else lead, told


def _disordered(records: Sequence[Change]) -> bool:
    """Whether undoing the records would bring back an item in another place than it had."""
    for record in records:
        for field in record.fields:
            name, *rest = pointer_parts(field.field)
            if name in ITEMS and (not rest or field.after is None):
                return True
    return False

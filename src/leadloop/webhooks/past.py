"""The lead as a delivery tells it: as the change left it, whatever has happened to it since."""

from collections.abc import Sequence

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.leads.fold import unfold
from leadloop.core.leads.history import at_version
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead
from leadloop.core.ports import Store
from leadloop.webhooks.endpoints import Delivery


def undone(version: int, lead: Lead, records: Sequence[Change]) -> tuple[Lead, Change] | None:
    """The lead at its version, and the change that led to it, from the lead as it is and all changes from that one on.

    `None` if undoing them would bring back an item in another place than it had: then `folded` has to.
    """
    told, *since = records
    if _disordered(since):
        return None
    return unfold(lead, since, version) if since else lead, told


async def folded(store: Store, delivery: Delivery) -> tuple[Lead, Change]:
    """The same from the log alone, however long that is. Raises `LeadNotFound`, `NoSuchVersion`."""
    account_id, lead_id, version = delivery.account_id, delivery.lead_id, delivery.version
    lead = await at_version(store, account_id, lead_id, version)
    (told,) = await store.lead_changes(account_id, lead_id, version - 1, 1)
    return lead, told


async def lead_before(store: Store, lead: Lead, change: Change) -> Lead | None:
    """The lead that `change` found and left as `lead`; `None` where it created it. Its lists are in their order.

    Raises `LeadNotFound`.
    """
    version = change.version - 1
    if not version:
        return None
    if _disordered([change]):
        return await at_version(store, lead.account_id, lead.id, version)
    return unfold(lead, [change], version)


def _disordered(records: Sequence[Change]) -> bool:
    for record in records:
        for field in record.fields:
            name, *rest = pointer_parts(field.field)
            if name in ITEMS and (not rest or field.after is None):
                return True
    return False

"""The lead as a delivery tells it: as the change left it, whatever has happened to it since."""

from collections.abc import Sequence

from leadloop.core.changes import Change, pointer_parts
from leadloop.core.leads.fold import unfold
from leadloop.core.leads.history import at_version
from leadloop.core.leads.merge import ITEMS
from leadloop.core.leads.model import Lead
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import WebhookStore


async def told(store: WebhookStore, deliveries: Sequence[Delivery]) -> list[tuple[Lead, Change]]:
    """For each, the lead at its version, and the change that led to it. Raises `LeadNotFound`, `NoSuchVersion`."""
    found = await store.told(deliveries)
    return [
        _undone(one.version, *known) or await _folded(store, one) if known else await _folded(store, one)
        for one, known in zip(deliveries, found, strict=True)
    ]


def _undone(version: int, lead: Lead, records: Sequence[Change]) -> tuple[Lead, Change] | None:
    """`None` if undoing the records would bring back an item in another place than it had."""
    told, *since = records
    if _disordered(since):
        return None
    return unfold(lead, since, version) if since else lead, told


async def _folded(store: WebhookStore, delivery: Delivery) -> tuple[Lead, Change]:
    account_id, lead_id, version = delivery.account_id, delivery.lead_id, delivery.version
    lead = await at_version(store, account_id, lead_id, version)
    (told,) = await store.lead_changes(account_id, lead_id, version - 1, 1)
    return lead, told


def _disordered(records: Sequence[Change]) -> bool:
    for record in records:
        for field in record.fields:
            name, *rest = pointer_parts(field.field)
            if name in ITEMS and (not rest or field.after is None):
                return True
    return False

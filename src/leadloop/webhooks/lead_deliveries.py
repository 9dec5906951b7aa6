"""The deliveries of one lead, to all endpoints of its account."""

from typing import NamedTuple

from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.ports import DeliveryRecord, Outbox


class LeadDelivery(NamedTuple):
    record: DeliveryRecord
    endpoint: Endpoint

    @property
    def position(self) -> tuple[int, str]:
        """Where a page ends that this delivery is the last of."""
        return self.record.delivery.version, self.endpoint.id


async def of_lead(
    store: Outbox, account_id: str, lead_id: str, limit: int, before: tuple[int, str] | None = None
) -> list[LeadDelivery]:
    """At most `limit`, latest version first. Costs `limit` rows for each endpoint. Does not check that the lead exists.

    Deliveries are kept 14 days; those to a deleted endpoint are left out.
    """
    endpoints = {stored.endpoint.id: stored.endpoint for stored in await store.endpoints.all(account_id)}
    if not endpoints:
        return []
    records = await store.deliveries.of_lead(account_id, lead_id, list(endpoints), before, limit)
    return [LeadDelivery(record, endpoints[record.delivery.endpoint_id]) for record in records]

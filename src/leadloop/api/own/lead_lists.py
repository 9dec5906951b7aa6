"""What belongs to one lead: its conversation and its deliveries, `/api/v1/leads/{leadId}/…`."""

from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from leadloop.api.call import Answer, Call, Route, lead_id_of
from leadloop.api.envelope import success
from leadloop.api.own.lists import PAGE_PARAMETERS, page, read_cursor, read_limit
from leadloop.api.own.wire import RecordRenderer
from leadloop.api.pages import limit_unread, render_page
from leadloop.api.queries import encode_token
from leadloop.core.ids import ID
from leadloop.core.leads.parts import Message
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.writes import use_cases
from leadloop.webhooks import lead_deliveries, listing
from leadloop.webhooks.lead_deliveries import LeadDelivery

READ, HOOKS = "leads:read", "webhooks:manage"


class _MessagePosition(NamedTuple):
    at_ms: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    id: Annotated[str, Meta(pattern=r"^[^\x00]*$")]


class _DeliveryPosition(NamedTuple):
    version: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    endpoint_id: Annotated[str, Meta(pattern=f"^{ID.pattern}$")]


class LeadListRoutes:
    def __init__(self, records: RecordRenderer) -> None:
        self._records = records

    def routes(self) -> list[Route]:
        lead = "/api/v1/leads/{lead_id}"
        return [
            Route("GET", lead + "/messages", READ, limit_unread(self.messages), query=PAGE_PARAMETERS),
            Route("GET", lead + "/deliveries", READ, self.deliveries, query=PAGE_PARAMETERS, also=HOOKS),
        ]

    async def messages(self, call: Call) -> Answer:
        """The conversation, newest first. A message has the form that it has in the change feed."""
        limit, before = read_limit(call), read_cursor(call, _MessagePosition)
        lead = await use_cases.get(call.store, call.caller.account_id, lead_id_of(call))
        messages = await call.store.leads.messages(lead.account_id, lead.id, limit + 1, before, PAGE_LIMIT_BYTES)

        def show(message: Message) -> Any:
            return self._records.show(f"/messages/{message.id}", lead, message)

        rendered = await render_page(messages, limit, show)
        last = rendered.last
        next_cursor = encode_token((last.created_at_ms or 0, last.id)) if rendered.has_more and last else None
        data = {"messages": rendered.items, "nextCursor": next_cursor, "hasMore": next_cursor is not None}
        return success(data, size=rendered.size)

    async def deliveries(self, call: Call) -> Answer:
        """The deliveries of the lead's changes, latest version first."""
        limit, before = read_limit(call), read_cursor(call, _DeliveryPosition)
        lead = await use_cases.get(call.store, call.caller.account_id, lead_id_of(call))
        deliveries = await lead_deliveries.of_lead(call.store, lead.account_id, lead.id, limit + 1, before)

        def show(delivery: LeadDelivery) -> dict[str, Any]:
            shown = listing.delivery(delivery.record, delivery.endpoint, call.stamp.at_ms)
            return {"id": shown.pop("id"), "endpointId": delivery.endpoint.id, **shown}

        return page("deliveries", deliveries, limit, show, lambda delivery: delivery.position)

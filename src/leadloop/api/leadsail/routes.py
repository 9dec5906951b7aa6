"""The routes of the LeadSail dialect (leadsail.md section 2)."""

from functools import partial

from leadloop.api import as_of
from leadloop.api.call import Answer, Call, Route, Takes, lead_id_of, show_unless_cached
from leadloop.api.envelope import success
from leadloop.api.leadsail import listing, wire
from leadloop.api.pages import limit_unread
from leadloop.api.writes import create_lead, delete_lead, patch_lead


def routes() -> list[Route]:
    leads, lead = "/api/v1/leads", "/api/v1/leads/{lead_id}"
    return [
        Route("GET", leads, "leads:read", limit_unread(list_leads), query=listing.PARAMETERS),
        Route("POST", leads, "leads:write", create_lead, Takes.NEW),
        Route("GET", lead, "leads:read", get, query=as_of.PARAMETERS),
        Route("PATCH", lead, "leads:write", patch_lead, Takes.LEAD_CHANGE),
        Route("DELETE", lead, "leads:write", delete_lead, Takes.LEAD_DELETION),
    ]


async def get(call: Call) -> Answer:
    lead = await as_of.load_lead(call, lead_id_of(call))
    return await show_unless_cached(call, lead, partial(call.dialect.get_body, lead))


async def list_leads(call: Call) -> Answer:
    page = await listing.read_page(call, wire.show)
    data = {"leads": page.leads, "nextCursor": page.next_cursor, "hasMore": page.next_cursor is not None}
    return success(data, size=page.size)

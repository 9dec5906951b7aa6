"""How many leads came while a page was hidden, for its title and icon."""

from starlette.responses import JSONResponse, Response

from leadloop.core.store import LeadQuery, Order
from leadloop.web.pages.events import sees_all
from leadloop.web.visit import Visit

MOST = 100
"""Counting stops here."""
LONGEST_DIGITS = 14


async def count_new_leads(visit: Visit) -> Response:
    """Leads created since the instant in `since`, in ms. Whoever does not see all leads hears of none."""
    since = visit.request.query_params.get("since", "")
    is_instant = since.isascii() and since.isdecimal() and len(since) <= LONGEST_DIGITS
    if not is_instant or not sees_all(visit):
        return JSONResponse({"count": 0})
    query = LeadQuery(account_id=visit.account.id, order=Order.CREATED, limit=MOST, created_from_ms=int(since))
    return JSONResponse({"count": await visit.store.leads.count(query, MOST)})

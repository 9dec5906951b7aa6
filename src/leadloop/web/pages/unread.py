"""How many leads came while a page was hidden, for its title and icon."""

from starlette.responses import JSONResponse, Response

from leadloop.core.reading import lists
from leadloop.core.store import LeadQuery, Order
from leadloop.web.visit import Visit, read_digits

MOST = 100
"""Counting stops here."""
LONGEST_DIGITS = 14


async def count_new_leads(visit: Visit) -> Response:
    """Those that the visitor sees of the leads created since the instant in `since`, in ms."""
    since_ms = read_digits(visit.request.query_params.get("since", ""), LONGEST_DIGITS)
    if since_ms is None:
        return JSONResponse({"count": 0})
    query = LeadQuery(account_id=visit.account.id, order=Order.CREATED, limit=MOST, created_from_ms=since_ms)
    total = await lists.count(visit.store, query, await visit.visibility(), MOST)
    return JSONResponse({"count": total.count})

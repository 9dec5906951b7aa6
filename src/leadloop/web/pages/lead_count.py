"""How many leads the list has in all: it loads after the page."""

from msgspec import Struct
from starlette.responses import Response

from leadloop.api.queries import COUNT_LIMIT
from leadloop.core.errors import InvalidFields
from leadloop.core.search.errors import SearchError
from leadloop.web.queries import ListState, lead_query
from leadloop.web.render import page
from leadloop.web.visit import Visit


class LeadTotal(Struct, frozen=True):
    count: int
    exact: bool


async def show_count(visit: Visit) -> Response:
    try:
        query = await lead_query(visit, ListState.of(visit.request), limit=COUNT_LIMIT)
    except SearchError as error:
        raise InvalidFields([error.problem]) from None
    count = await visit.store.leads.count(query, COUNT_LIMIT + 1)
    return page(visit, "leads/_count.html", count=LeadTotal(min(count, COUNT_LIMIT), count <= COUNT_LIMIT))

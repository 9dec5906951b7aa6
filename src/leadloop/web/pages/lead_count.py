"""How many leads the list has in all: it loads after the page."""

from starlette.responses import Response

from leadloop.core.errors import InvalidFields
from leadloop.core.reading import lists
from leadloop.core.search.errors import SearchError
from leadloop.web.queries import ListState, lead_query
from leadloop.web.render import page
from leadloop.web.visit import Visit


async def show_count(visit: Visit) -> Response:
    try:
        query = await lead_query(visit, ListState.of(visit.request), limit=1)
    except SearchError as error:
        raise InvalidFields([error.problem]) from None
    return page(visit, "leads/_count.html", count=await lists.count(visit.store, query, await visit.visibility()))

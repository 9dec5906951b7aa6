"""The list of leads."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs
from starlette.responses import Response

from leadloop.core.leads.model import Lead
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.search.errors import SearchError
from leadloop.web import labels
from leadloop.web.lead_rows import ListRow, RowMaker
from leadloop.web.queries import COLUMNS, ListCursor, ListState, lead_query
from leadloop.web.render import page
from leadloop.web.visit import Visit

LIMIT = 50


class ListPage(NamedTuple):
    """A page of the list, with the cursors of the pages beside it."""

    rows: Sequence[ListRow] = ()
    previous: str | None = None
    next: str | None = None


async def show_leads(visit: Visit) -> Response:
    state = ListState.of(visit.request)
    problem = None
    try:
        leads = await _read(visit, state)
    except SearchError as error:
        leads, problem = ListPage(), error
    return page(
        visit,
        "leads/page.html",
        200 if problem is None else 400,
        state=state,
        leads=leads,
        problem=problem,
        column_names=labels.column_names(visit.visitor.language),
        all_columns=COLUMNS,
    )


async def _read(visit: Visit, state: ListState) -> ListPage:
    """Raises `SearchError`."""
    place = state.place
    query = await lead_query(visit, state, limit=LIMIT + 1, after=place.after if place else None)
    is_back = place is not None and place.is_before
    if is_back:
        query = structs.replace(query, is_ascending=not query.is_ascending)
    batch = await visit.store.leads.page(query, PAGE_LIMIT_BYTES)
    found = list(batch.items)
    has_more = batch.is_cut or len(found) > LIMIT
    found = found[:LIMIT]
    if is_back and not has_more:
        return await _read(visit, state.changed(cursor=""))
    if is_back:
        found.reverse()
    maker = RowMaker(visit.account, visit.visitor.language, state.columns, visit.now_ms)
    return ListPage([maker.row(lead) for lead in found], *_cursors(found, place, has_more))


def _cursors(found: Sequence[Lead], place: ListCursor | None, has_more: bool) -> tuple[str | None, str | None]:
    """Those of the previous and of the next page."""
    if not found:
        return ("" if place else None), None
    is_back = place is not None and place.is_before
    previous = ListCursor.at(found[0], is_before=True).text() if place else None
    return previous, ListCursor.at(found[-1]).text() if has_more or is_back else None

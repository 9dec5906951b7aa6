"""The list of leads, and the parts of it that load after the page."""

from collections.abc import Sequence, Set
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec import structs
from starlette.responses import Response

from leadloop.core.ids import ID
from leadloop.core.leads.model import Lead
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.reading import lists
from leadloop.core.reading.visibility import narrowed
from leadloop.core.search.errors import SearchError
from leadloop.core.search.tree import Is, Term
from leadloop.core.store import LeadQuery, Order
from leadloop.web import labels
from leadloop.web.lead_cells import RowHtml
from leadloop.web.lead_rows import ListRow, RowMaker
from leadloop.web.lead_tabs import load_bar
from leadloop.web.live import MOST_IDS
from leadloop.web.queries import (
    COLUMNS,
    DEFAULT_COLUMNS,
    NO_COLUMNS,
    ListCursor,
    ListState,
    lead_query,
    moved_up,
)
from leadloop.web.render import page, redirect
from leadloop.web.search_view import search_view
from leadloop.web.visit import Visit, read_digits

LIMIT = 50
MOST_FRESH = 99
"""Counting new leads stops here."""


class ListPage(NamedTuple):
    """A page of the list, with the cursors of the pages beside it."""

    rows: Sequence[ListRow] = ()
    previous: str | None = None
    next: str | None = None


async def show_leads(visit: Visit) -> Response:
    values = visit.request.query_params
    state = ListState.of(visit.request)
    if len(values.getlist("columns")) > 1:  # the form of columns
        column = values.get("up", "")
        address = moved_up(state, column).address(visit.account.id)
        return redirect(f"{address}{'&' if '?' in address else '?'}choose=1" if column else address)
    problem = None
    leads = ListPage()
    maker = row_maker(visit, state)
    try:
        leads = await _read(visit, state, maker)
    except SearchError as error:
        problem = error
    return page(
        visit,
        "leads/page.html",
        200 if problem is None else 422,
        bar=await load_bar(visit, state),
        search=await search_view(visit, state),
        leads=leads,
        problem=problem,
        is_choosing="choose" in values,
        fresh=0,
        visibility=await visit.visibility(),
        **_list_values(visit, state),
    )


async def show_rows(visit: Visit) -> Response:
    """Of the rows with these `ids` those that match the list's query, and how many leads came since `since`, in ms."""
    values = visit.request.query_params
    state = ListState.of(visit.request)
    sent = [row_id.removeprefix("l-") for row_id in values.get("ids", "").split(",")]
    ids = list(dict.fromkeys(filter(ID.fullmatch, sent)))[:MOST_IDS]
    maker = row_maker(visit, state)
    leads: Sequence[Lead] = ()
    fresh = 0
    try:
        query = await lead_query(visit, state, limit=len(ids) or 1)
        if ids:
            leads = await lists.find(visit.store, _of_ids(query, ids), await visit.visibility())
        fresh = await _count_since(visit, query, values.get("since", ""))
    except SearchError:
        pass  # the page says what is wrong with it
    gone = set(ids) - {lead.id for lead in leads}
    hidden = await _hidden(visit, gone)
    return page(
        visit,
        "leads/_rows.html",
        rows=[maker.row(lead) for lead in leads],
        fresh=fresh,
        gone=sorted(gone - hidden),
        hidden=sorted(hidden),
        **_list_values(visit, state),
    )


async def _hidden(visit: Visit, ids: Set[str]) -> Set[str]:
    """Those of which the visitor must see nothing any more: leads of others by now."""
    visibility = await visit.visibility()
    if visibility.sees_all or not ids:
        return frozenset()
    query = LeadQuery(account_id=visit.account.id, order=Order.CREATED, limit=len(ids))
    return ids - {lead.id for lead in await lists.find(visit.store, _of_ids(query, sorted(ids)), visibility)}


def row_maker(visit: Visit, state: ListState) -> RowMaker:
    return RowMaker(visit.account, visit.visitor.language, state.columns, visit.now_ms)


def _list_values(visit: Visit, state: ListState) -> dict[str, Any]:
    visitor = visit.visitor
    sorted_column = "created" if "created" in state.sort else "arrived"
    return {
        "state": state,
        "html": RowHtml(
            visit.formats,
            visit.gettext,
            visit.context.static.url("icons.svg"),
            state.columns,
            f"/app/{visit.account.id}/leads",
            quote(state.text(), safe=""),
        ),
        "most_fresh": MOST_FRESH,
        "column_names": labels.column_names(visitor.language),
        "no_columns": NO_COLUMNS,
        "unshown": tuple(column for column in COLUMNS if column not in state.columns),
        "usual_columns": DEFAULT_COLUMNS,
        "sorted_column": sorted_column,
        "sorts": {
            "arrived": "date" if state.sort == "-date" else "-date",
            "created": "created" if state.sort == "-created" else "-created",
        },
    }


async def _read(visit: Visit, state: ListState, maker: RowMaker) -> ListPage:
    """Raises `SearchError`."""
    place = state.place
    query = await lead_query(visit, state, limit=LIMIT + 1, after=place.after if place else None)
    is_back = place is not None and place.is_before
    if is_back:
        query = structs.replace(query, is_ascending=not query.is_ascending)
    batch = await lists.page(visit.store, query, await visit.visibility(), PAGE_LIMIT_BYTES)
    leads = list(batch.items)
    has_more = batch.is_cut or len(leads) > LIMIT
    leads = leads[:LIMIT]
    if is_back and not has_more:  # the first page, which is always full
        return await _read(visit, state.changed(cursor=""), maker)
    if is_back:
        leads.reverse()
    return ListPage([maker.row(lead) for lead in leads], *_cursors(leads, place, has_more))


def _cursors(leads: Sequence[Lead], place: ListCursor | None, has_more: bool) -> tuple[str | None, str | None]:
    """Those of the previous and of the next page."""
    if not leads:
        return ("" if place else None), None
    is_back = place is not None and place.is_before
    previous = ListCursor.at(leads[0], is_before=True).text() if place else None
    return previous, ListCursor.at(leads[-1]).text() if has_more or is_back else None


def _of_ids(query: LeadQuery, ids: Sequence[str]) -> LeadQuery:
    return narrowed(query, Term(Is("id", tuple(ids))))


async def _count_since(visit: Visit, query: LeadQuery, since: str) -> int:
    since_ms = read_digits(since)
    if since_ms is None:
        return 0
    query = structs.replace(query, order=Order.CREATED, limit=MOST_FRESH, created_from_ms=since_ms)
    count = await lists.count(visit.store, query, await visit.visibility(), MOST_FRESH)
    return count.count + (not count.exact)

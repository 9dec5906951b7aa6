"""The leads of a search as a file for spreadsheets. Who may not change many leads at once may not take them away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

from msgspec import structs
from starlette.datastructures import QueryParams
from starlette.responses import Response, StreamingResponse

from leadloop.core.days import local, zone_of
from leadloop.core.pages import PAGE_LIMIT_BYTES
from leadloop.core.people.audit import record
from leadloop.core.reading import lists
from leadloop.core.search.errors import SearchError
from leadloop.core.store import LeadQuery
from leadloop.web import labels
from leadloop.web.lead_csv import LeadCsv
from leadloop.web.pages.leads import row_maker
from leadloop.web.queries import ListCursor, ListState, lead_query
from leadloop.web.render import page, redirect
from leadloop.web.visit import Visit

MOST_LEADS = 100_000
BATCH = 100
"""Leads that are read and written at a time: some 5 ms."""


async def show_export(visit: Visit) -> Response:
    return await _show(visit, ListState.of(visit.request))


async def download(visit: Visit) -> Response:
    """The file is sent while it is read. It contains at most `MOST_LEADS`, the first in the order of the list.

    Whoever has just entered the password comes back to the page first: a browser that downloads a file stays where it
    is, and would go on showing the question.
    """
    _ = visit.gettext
    state = ListState.read(QueryParams(visit.form.text("list")))
    try:
        query = await lead_query(visit, state, limit=BATCH)
    except SearchError:
        return await _show(visit, state)
    session = visit.visitor.session
    if session is not None and session.password_at_ms == visit.now_ms:
        visit.toast(_("The file is ready to download."))
        return redirect(state.address(visit.account.id).replace("/leads", "/leads/export", 1))
    await record(visit.store, visit.stamp, visit.account.id, "leads.exported", state.q or "*")
    visitor = visit.visitor
    file = LeadCsv(row_maker(visit, state), state.columns, visitor.language, visitor.time_zone, _)
    name = f"leads-{_today(visit).isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_pieces(visit, file, query), media_type="text/csv; charset=utf-8", headers=headers)


async def _pieces(visit: Visit, file: LeadCsv, query: LeadQuery) -> AsyncIterator[str]:
    yield file.headings()
    left = MOST_LEADS
    while left > 0:
        part = structs.replace(query, limit=min(BATCH, left))
        reading = lists.page(visit.store, part, await visit.visibility(), PAGE_LIMIT_BYTES)
        batch = await asyncio.shield(reading)  # a browser that leaves must not interrupt a transaction
        leads = list(batch.items)
        if not leads:
            return
        yield file.lines(leads)
        left -= len(leads)
        query = structs.replace(query, after=ListCursor.at(leads[-1]).after)


async def _show(visit: Visit, state: ListState) -> Response:
    problem = None
    try:
        await lead_query(visit, state, limit=1)
    except SearchError as error:
        problem = error
    names = labels.column_names(visit.visitor.language)
    return page(
        visit,
        "leads/export.html",
        200 if problem is None else 400,
        state=state,
        problem=problem,
        columns=[names[column] for column in state.columns],
        most_leads=MOST_LEADS,
    )


def _today(visit: Visit) -> date:
    return local(visit.now_ms, zone_of(visit.visitor.time_zone)).date()

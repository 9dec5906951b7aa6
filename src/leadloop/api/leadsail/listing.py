"""The list of the LeadSail dialect: newest first, by cursor (leadsail.md section 2)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.errors import invalid_field
from leadloop.api.lead_filters import FILTERS, read_filters
from leadloop.api.leadsail.wire import ID_PREFIX
from leadloop.api.pages import cost_of_lead, lead_page, render_page
from leadloop.api.queries import decode_token, encode_token, parse_parameter, read_number, read_sort
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.errors import Problem
from leadloop.core.leads.model import Lead
from leadloop.core.sorts import SORTS, order_of
from leadloop.core.store import LeadQuery

PARAMETERS = ("cursor", "limit", "sort", *FILTERS)
LIMIT, MAX_LIMIT = 50, 100
SORT = "-created"


class Cursor(msgspec.Struct, array_like=True, frozen=True):
    """The content of a cursor that is not just the last lead's id: the sort, and the position of the last lead."""

    sort: str
    lead_date_ms: int
    lead_id: str


class CursorPage(NamedTuple):
    leads: list[Raw]
    size: int
    """Approximate bytes of the answer."""
    next_cursor: str | None


async def read_page(call: Call, show: Callable[[Lead], Any]) -> CursorPage:
    request, sort_name = call.request, read_sort(call.request, SORT)
    cursor = parse_parameter(request, "cursor", _parse_cursor, Problem("list_cursor_expected", member="nextCursor"))
    if cursor and cursor.sort != sort_name:
        raise invalid_field("cursor", "page_sorted", sort=cursor.sort, name="cursor")
    query = LeadQuery(
        account_id=call.caller.account_id,
        **order_of(sort_name),
        limit=read_number(request, "limit", LIMIT, 1, MAX_LIMIT),
        after=(cursor.lead_date_ms, cursor.lead_id) if cursor else None,
        **await read_filters(call),
    )
    rendered = await render_page(await lead_page(call.store, query), query.limit, show, cost_of_lead)
    next_cursor = _cursor(sort_name, rendered.last) if rendered.has_more and rendered.last else None
    return CursorPage(rendered.items, rendered.size, next_cursor)


def _cursor(sort_name: str, last: Lead) -> str:
    return ID_PREFIX + last.id if sort_name == SORT else encode_token(Cursor(sort_name, last.lead_date_ms, last.id))


def _parse_cursor(value: str) -> Cursor | None:
    if lead_id := bare_lead_id(value):
        return Cursor(SORT, 0, lead_id)
    cursor = decode_token(value, Cursor)
    if cursor is None or bare_lead_id(cursor.lead_id) != cursor.lead_id or cursor.sort not in SORTS:
        return None
    return cursor if TIME_MIN_MS <= cursor.lead_date_ms <= TIME_MAX_MS else None

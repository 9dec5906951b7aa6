"""The list of the LeadSail dialect: newest first, by cursor (leadsail.md section 2)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.errors import invalid_field
from leadloop.api.leadsail.wire import ID_PREFIX
from leadloop.api.leadsail.wire.shapes import STATUSES, is_date
from leadloop.api.pages import cost_of_lead, lead_page, render_page
from leadloop.api.queries import (
    DAY_MS,
    SEARCHES,
    decode_token,
    encode_token,
    is_one_day,
    parse_parameter,
    read_number,
    read_search,
    read_sort,
    read_text,
    restore_plus,
)
from leadloop.api.request import Request
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.errors import Problem
from leadloop.core.instants import parse_instant
from leadloop.core.leads.model import Lead
from leadloop.core.sorts import SORTS, order_of
from leadloop.core.store import LeadQuery

PARAMETERS = (
    *("cursor", "limit", "sort", *SEARCHES, "startDate", "endDate", "status", "campaignIds", "clientIds", "offerIds"),
)
LIMIT, MAX_LIMIT = 50, 100
MAX_IDS = 500
SORT = "-created"
INSTANT = Problem("iso_time_expected")


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
    created_from_ms, created_to_ms = _period(request)
    query = LeadQuery(
        account_id=call.caller.account_id,
        **order_of(sort_name),
        limit=read_number(request, "limit", LIMIT, 1, MAX_LIMIT),
        after=(cursor.lead_date_ms, cursor.lead_id) if cursor else None,
        created_from_ms=created_from_ms,
        created_to_ms=created_to_ms,
        status=parse_parameter(request, "status", _status, Problem("one_of", choices=STATUSES)),
        campaign_ids=_ids(request, "campaignIds"),
        client_ids=_ids(request, "clientIds"),
        offer_ids=_ids(request, "offerIds"),
        search=await read_search(call),
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


def _instant(value: str) -> int | None:
    """Like `instants.parse_instant`; a `+` may arrive as a space."""
    return parse_instant(restore_plus(value))


def _period(request: Request) -> tuple[int | None, int | None]:
    """From `startDate` to the end, exclusive. An `endDate` without a time includes its whole day, and so do two equal
    midnights; any other `endDate` includes its millisecond."""
    from_ms, to_ms = (parse_parameter(request, name, _instant, INSTANT) for name in ("startDate", "endDate"))
    if to_ms is None:
        return from_ms, None
    is_day = is_date(request.query_params["endDate"]) or (
        from_ms == to_ms and is_one_day(request, "startDate", "endDate")
    )
    return from_ms, to_ms + (DAY_MS if is_day else 1)


def _status(value: str) -> str | None:
    return value if value in STATUSES else None


def _ids(request: Request, name: str) -> tuple[str, ...]:
    ids = tuple(filter(None, (part.strip() for part in (read_text(request, name) or "").split(","))))
    if len(ids) > MAX_IDS:
        raise invalid_field(name, "too_many_ids", limit=MAX_IDS)
    return ids

"""The list of the Expad dialect: its filters and its three ways of paging (expad.md section 2)."""

from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.contacts import filter_by_contact
from leadloop.api.errors import invalid_field
from leadloop.api.expad.wire import REGION
from leadloop.api.expad.wire.special import canonical_stage
from leadloop.api.pages import cost_of_lead, lead_page, render_page
from leadloop.api.queries import (
    COUNT_LIMIT,
    SEARCHES,
    decode_token,
    encode_token,
    end_of_period,
    parse_parameter,
    parse_rfc3339,
    read_number,
    read_search,
    read_sort,
    read_text,
)
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.catalogue.model import OWN
from leadloop.core.catalogue.own import own_leads
from leadloop.core.errors import Problem
from leadloop.core.leads.status import stage_key
from leadloop.core.sorts import SORTS, order_of
from leadloop.core.store import LeadQuery

PARAMETERS = (
    *("pageSize", "limit", "pageToken", "page", "offset", "sort", *SEARCHES, "from", "to", "status", *OWN.values()),
    *("email", "phoneNumber", "attributionUserId", "unitId", "departmentId", "interestId", "tagId"),
)
PAGE_SIZE, MAX_PAGE_SIZE = 50, 500
MAX_OFFSET = 1_000_000_000
INSTANT = Problem("instant_expected")
SORT = "-date"


class PageToken(msgspec.Struct, array_like=True, frozen=True):
    """The content of a page token: the position of the last lead, the number of the next page, the total counted for
    the first page, and the sort of the list."""

    lead_date_ms: int
    lead_id: str
    page: int
    total: int
    sort: str = SORT


class NumberedPage(NamedTuple):
    leads: list[Raw]
    size: int
    """Approximate bytes of the answer."""
    total: int
    number: int
    page_size: int
    next_token: str


async def read_page(call: Call) -> NumberedPage:
    """Raises `ApiError` 400, also if 8 MiB would cut a page by number or offset: the next would skip leads."""
    request = call.request
    size = read_number(
        request, "pageSize", read_number(request, "limit", PAGE_SIZE, 1, MAX_PAGE_SIZE), 1, MAX_PAGE_SIZE
    )
    token = parse_parameter(request, "pageToken", _parse_token, Problem("list_cursor_expected", member="nextPageToken"))
    page_number = read_number(request, "page", 1, 1, MAX_OFFSET // MAX_PAGE_SIZE)
    offset = read_number(request, "offset", (page_number - 1) * size, 0, MAX_OFFSET)
    sort_name = read_sort(request, SORT)
    query = await _query(call, size, sort_name)
    query = await filter_by_contact(call, query, read_text(request, "email"), read_text(request, "phoneNumber"), REGION)
    if token and token.sort != sort_name:
        raise invalid_field("pageToken", "page_sorted", sort=token.sort, name="token")
    if token:
        query = msgspec.structs.replace(query, after=(token.lead_date_ms, token.lead_id))
    else:
        query = msgspec.structs.replace(query, offset=offset)
    rendered = await render_page(await lead_page(call.store, query), size, call.dialect.show, cost_of_lead)
    if token:
        page_number, total = token.page, token.total
    else:
        if rendered.is_cut and (read_text(request, "page") or read_text(request, "offset")):
            raise invalid_field("pageToken", "page_by_token_only")
        page_number = offset // size + 1
        is_whole = not rendered.has_more and (rendered.items or not offset)
        total = offset + len(rendered.items) if is_whole else await call.store.leads.count(query, COUNT_LIMIT)
    next_token, last = "", rendered.last
    if rendered.has_more and last is not None:
        next_token = encode_token(PageToken(last.lead_date_ms, last.id, page_number + 1, total, sort_name))
    return NumberedPage(rendered.items, rendered.size, total, page_number, size, next_token)


async def _query(call: Call, size: int, sort_name: str) -> LeadQuery:
    request = call.request
    stage = read_text(request, "status")
    from_ms, to_ms = (
        parse_parameter(request, "from", parse_rfc3339, INSTANT),
        parse_parameter(request, "to", parse_rfc3339, INSTANT),
    )
    if from_ms is not None and from_ms == to_ms:
        to_ms = end_of_period(request, from_ms, to_ms)
    return LeadQuery(
        account_id=call.caller.account_id,
        **order_of(sort_name),
        limit=size,
        lead_date_from_ms=from_ms,
        lead_date_to_ms=to_ms,
        stage=stage and stage_key(canonical_stage(stage)),
        **await _own_leads(call),
        owner_id=read_text(request, "attributionUserId"),
        unit_id=read_text(request, "unitId"),
        department_id=read_text(request, "departmentId"),
        interest_id=read_text(request, "interestId"),
        tag_id=read_text(request, "tagId"),
        search=await read_search(call),
    )


async def _own_leads(call: Call) -> dict[str, Any]:
    """The criteria of `source` and `type`, resolved by the current catalogue."""
    criteria: dict[str, Any] = {}
    for kind, own in OWN.items():
        if name := read_text(call.request, own):
            leads = own_leads(await call.store.catalogue.get(call.caller.account_id), kind, name)
            is_word = leads.word is not None and not (leads.ids or leads.names)
            criteria |= {own: leads.word} if is_word else {f"own_{own}": leads}
    return criteria


def _parse_token(value: str) -> PageToken | None:
    token = decode_token(value, PageToken)
    if token is None:
        return None
    is_ours = (
        bare_lead_id(token.lead_id) == token.lead_id
        and TIME_MIN_MS <= token.lead_date_ms <= TIME_MAX_MS
        and 1 <= token.page <= MAX_OFFSET
        and 0 <= token.total <= COUNT_LIMIT
        and token.sort in SORTS
    )
    return token if is_ours else None

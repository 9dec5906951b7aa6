"""The list of the Expad dialect: its filters and its three ways of paging (expad.md section 2)."""

from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.contacts import by_contact
from leadloop.api.errors import invalid
from leadloop.api.expad.wire import REGION
from leadloop.api.expad.wire.special import canonical_stage
from leadloop.api.pages import cost_of_lead, lead_page, rendered
from leadloop.api.queries import (
    COUNT_LIMIT,
    SEARCHES,
    SORTS,
    decode_token,
    encode_token,
    end_of_period,
    instant,
    number,
    parsed,
    search,
    sort,
    sorted_by,
    text,
)
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.catalogue.model import OWN
from leadloop.core.catalogue.own import leads_of
from leadloop.core.errors import Problem
from leadloop.core.leads.status import stage_key
from leadloop.core.store import LeadQuery

PARAMETERS = (
    *("pageSize", "limit", "pageToken", "page", "offset", "sort", *SEARCHES, "from", "to", "status", *OWN.values()),
    *("email", "phoneNumber", "attributionUserId", "unitId", "departmentId", "interestId", "tagId"),
)
PAGE_SIZE, MAX_PAGE_SIZE = 50, 500
MAX_OFFSET = 1_000_000_000
INSTANT = Problem("instant_expected")
SORT = "-date"


class Token(msgspec.Struct, array_like=True, frozen=True):
    """What a page token carries: where the page before ended, the number of the next, the total counted for the first
    and how the list is sorted."""

    lead_date_ms: int
    lead_id: str
    page: int
    total: int
    sort: str = SORT


class Page(NamedTuple):
    leads: list[Raw]
    size: int
    """Bytes of the answer, roughly."""
    total: int
    number: int
    page_size: int
    next_token: str


async def page(call: Call) -> Page:
    """Raises `ApiError` 400, also for a page by number or offset that would end early: the next would skip leads."""
    request = call.request
    size = number(request, "pageSize", number(request, "limit", PAGE_SIZE, 1, MAX_PAGE_SIZE), 1, MAX_PAGE_SIZE)
    token = parsed(request, "pageToken", _token, Problem("list_cursor_expected", member="nextPageToken"))
    page_number = number(request, "page", 1, 1, MAX_OFFSET // MAX_PAGE_SIZE)
    offset = number(request, "offset", (page_number - 1) * size, 0, MAX_OFFSET)
    by = sort(request, SORT)
    query = await _query(call, size, by)
    query = await by_contact(call, query, text(request, "email"), text(request, "phoneNumber"), REGION)
    if token and token.sort != by:
        raise invalid("pageToken", "page_sorted", sort=token.sort, name="token")
    if token:
        query = msgspec.structs.replace(query, after=(token.lead_date_ms, token.lead_id))
    else:
        query = msgspec.structs.replace(query, offset=offset)
    found = await rendered(await lead_page(call.store, query), size, call.dialect.show, cost_of_lead)
    if token:
        page_number, total = token.page, token.total
    else:
        if found.is_cut and (text(request, "page") or text(request, "offset")):
            raise invalid("pageToken", "page_by_token_only")
        page_number = offset // size + 1
        is_whole = not found.has_more and (found.items or not offset)
        total = offset + len(found.items) if is_whole else await call.store.leads.count(query, COUNT_LIMIT)
    following, last = "", found.last
    if found.has_more and last is not None:
        following = encode_token(Token(last.lead_date_ms, last.id, page_number + 1, total, by))
    return Page(found.items, found.size, total, page_number, size, following)


async def _query(call: Call, size: int, by: str) -> LeadQuery:
    request = call.request
    stage = text(request, "status")
    from_ms, to_ms = parsed(request, "from", instant, INSTANT), parsed(request, "to", instant, INSTANT)
    if from_ms is not None and from_ms == to_ms:
        to_ms = end_of_period(request, from_ms, to_ms)
    return LeadQuery(
        account_id=call.caller.account_id,
        **sorted_by(by),
        limit=size,
        lead_date_from_ms=from_ms,
        lead_date_to_ms=to_ms,
        stage=stage and stage_key(canonical_stage(stage)),
        **await _own_leads(call),
        owner_id=text(request, "attributionUserId"),
        unit_id=text(request, "unitId"),
        department_id=text(request, "departmentId"),
        interest_id=text(request, "interestId"),
        tag_id=text(request, "tagId"),
        search=search(call),
    )


async def _own_leads(call: Call) -> dict[str, Any]:
    """What `source` and `type` stand for, by the catalogue of now."""
    found: dict[str, Any] = {}
    for kind, own in OWN.items():
        if wanted := text(call.request, own):
            leads = leads_of(await call.store.catalogue.get(call.caller.account_id), kind, wanted)
            is_word = leads.word is not None and not (leads.ids or leads.names)
            found |= {own: leads.word} if is_word else {f"own_{own}": leads}
    return found


def _token(value: str) -> Token | None:
    token = decode_token(value, Token)
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

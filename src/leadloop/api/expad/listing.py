"""The list of the Expad dialect: its filters and its three ways of paging (expad.md section 2)."""

import base64
from typing import NamedTuple

import msgspec

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.kinds import TIME_MAX_MS, TIME_MIN_MS
from leadloop.api.queries import COUNT_LIMIT, instant, number, parsed, search, text
from leadloop.api.request import Request
from leadloop.core.leads import service
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key, phone_key
from leadloop.core.leads.source import TYPE_PREFIX
from leadloop.core.leads.status import GROUPS
from leadloop.core.ports import LeadQuery, Order

PAGE_SIZE, MAX_PAGE_SIZE = 50, 500
MAX_OFFSET = 1_000_000_000
INSTANT = "must be an instant such as 2026-01-31T00:00:00Z"
NOTHING = "\x00"
"""Equals no stored key: a filter that can match nothing."""


class Token(msgspec.Struct, array_like=True, frozen=True):
    """What a page token carries: where the page before ended, its number, and the total counted for the first."""

    lead_date_ms: int
    lead_id: str
    page: int
    total: int


class Page(NamedTuple):
    leads: list[Lead]
    total: int
    number: int
    size: int
    next_token: str


async def page(call: Call, account_id: str) -> Page:
    request = call.request
    size = number(request, "pageSize", number(request, "limit", PAGE_SIZE, 1, MAX_PAGE_SIZE), 1, MAX_PAGE_SIZE)
    token = parsed(request, "pageToken", _decode, "must be a nextPageToken of this list")
    page_number = number(request, "page", 1, 1, MAX_OFFSET // MAX_PAGE_SIZE)
    offset = number(request, "offset", (page_number - 1) * size, 0, MAX_OFFSET)
    query = _query(request, account_id, size)
    if token:
        page_number, total = token.page, token.total
        query = msgspec.structs.replace(query, after=(token.lead_date_ms, token.lead_id))
    else:
        page_number = offset // size + 1
        total = await call.store.count(query, COUNT_LIMIT)
        query = msgspec.structs.replace(query, offset=offset)
    leads, has_more = await service.list_page(call.store, query)
    following = ""
    if has_more:
        following = _encode(Token(leads[-1].lead_date_ms, leads[-1].id, page_number + 1, total))
    return Page(leads, total, page_number, size, following)


def _query(request: Request, account_id: str, size: int) -> LeadQuery:
    phone, email = text(request, "phoneNumber"), text(request, "email")
    stage, source, kind = text(request, "status"), text(request, "source"), text(request, "type")
    return LeadQuery(
        account_id=account_id,
        order=Order.LEAD_DATE,
        limit=size,
        lead_date_from_ms=parsed(request, "from", instant, INSTANT),
        lead_date_to_ms=parsed(request, "to", instant, INSTANT),
        stage=stage.upper() if stage and stage.upper() in GROUPS else stage,
        source=source and source.upper(),
        type=kind and kind.upper().removeprefix(TYPE_PREFIX),
        owner_id=text(request, "attributionUserId"),
        unit_id=text(request, "unitId"),
        department_id=text(request, "departmentId"),
        interest_id=text(request, "interestId"),
        tag_id=text(request, "tagId"),
        phone_key=phone and (phone_key(phone) or NOTHING),
        email_key=email and (email_key(email) or NOTHING),
        search=search(request, bare_lead_id),
    )


def _encode(token: Token) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")


def _decode(value: str) -> Token | None:
    try:
        token = msgspec.json.decode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)), type=Token)
    except (ValueError, msgspec.DecodeError):
        return None
    is_ours = (
        bare_lead_id(token.lead_id) == token.lead_id
        and TIME_MIN_MS <= token.lead_date_ms <= TIME_MAX_MS
        and 1 <= token.page <= MAX_OFFSET
        and 0 <= token.total <= COUNT_LIMIT
    )
    return token if is_ours else None

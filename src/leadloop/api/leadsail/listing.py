"""The list of the LeadSail dialect: newest first, by cursor (leadsail.md section 2)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.errors import invalid
from leadloop.api.instants import parse_instant
from leadloop.api.leadsail.wire import ID_PREFIX
from leadloop.api.leadsail.wire.shapes import STATUSES, is_date
from leadloop.api.pages import cost_of_lead, lead_page, rendered
from leadloop.api.queries import (
    DAY_MS,
    SEARCHES,
    SORTS,
    decode_token,
    encode_token,
    is_one_day,
    number,
    parsed,
    plus_restored,
    search,
    sort,
    sorted_by,
    text,
)
from leadloop.api.request import Request
from leadloop.api.scalars import TIME_MAX_MS, TIME_MIN_MS
from leadloop.core.errors import Problem
from leadloop.core.leads.model import Lead
from leadloop.core.store import LeadQuery

PARAMETERS = (
    *("cursor", "limit", "sort", *SEARCHES, "startDate", "endDate", "status", "campaignIds", "clientIds", "offerIds"),
)
LIMIT, MAX_LIMIT = 50, 100
MAX_IDS = 500
SORT = "-created"
INSTANT = Problem("iso_time_expected")


class Token(msgspec.Struct, array_like=True, frozen=True):
    """What a cursor carries where it is not the last lead's id: how the list is sorted, and where the page ended."""

    sort: str
    lead_date_ms: int
    lead_id: str


class Page(NamedTuple):
    leads: list[Raw]
    size: int
    """Bytes of the answer, roughly."""
    next_cursor: str | None


async def page(call: Call, show: Callable[[Lead], Any]) -> Page:
    request, by = call.request, sort(call.request, SORT)
    token = parsed(request, "cursor", _token, Problem("list_cursor_expected", member="nextCursor"))
    if token and token.sort != by:
        raise invalid("cursor", "page_sorted", sort=token.sort, name="cursor")
    created_from_ms, created_to_ms = _period(request)
    query = LeadQuery(
        account_id=call.caller.account_id,
        **sorted_by(by),
        limit=number(request, "limit", LIMIT, 1, MAX_LIMIT),
        after=(token.lead_date_ms, token.lead_id) if token else None,
        created_from_ms=created_from_ms,
        created_to_ms=created_to_ms,
        status=parsed(request, "status", _status, Problem("one_of", choices=STATUSES)),
        campaign_ids=_ids(request, "campaignIds"),
        client_ids=_ids(request, "clientIds"),
        offer_ids=_ids(request, "offerIds"),
        search=search(call),
    )
    found = await rendered(await lead_page(call.store, query), query.limit, show, cost_of_lead)
    next_cursor = _cursor(by, found.last) if found.has_more and found.last else None
    return Page(found.items, found.size, next_cursor)


def _cursor(by: str, last: Lead) -> str:
    return ID_PREFIX + last.id if by == SORT else encode_token(Token(by, last.lead_date_ms, last.id))


def _token(value: str) -> Token | None:
    if lead_id := bare_lead_id(value):
        return Token(SORT, 0, lead_id)
    token = decode_token(value, Token)
    if token is None or bare_lead_id(token.lead_id) != token.lead_id or token.sort not in SORTS:
        return None
    return token if TIME_MIN_MS <= token.lead_date_ms <= TIME_MAX_MS else None


def _instant(value: str) -> int | None:
    """A `+` that arrived as a space is read as one."""
    return parse_instant(plus_restored(value))


def _period(request: Request) -> tuple[int | None, int | None]:
    """From `startDate` to the first millisecond that `endDate` no longer means: of a date alone that of the next day,
    and so of two equal midnights; any other time is in the period."""
    from_ms, to_ms = (parsed(request, name, _instant, INSTANT) for name in ("startDate", "endDate"))
    if to_ms is None:
        return from_ms, None
    is_day = is_date(request.query_params["endDate"]) or (
        from_ms == to_ms and is_one_day(request, "startDate", "endDate")
    )
    return from_ms, to_ms + (DAY_MS if is_day else 1)


def _status(value: str) -> str | None:
    return value if value in STATUSES else None


def _ids(request: Request, name: str) -> tuple[str, ...]:
    found = tuple(filter(None, (part.strip() for part in (text(request, name) or "").split(","))))
    if len(found) > MAX_IDS:
        raise invalid(name, "too_many_ids", limit=MAX_IDS)
    return found

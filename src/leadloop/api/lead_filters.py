"""Filters that several lists of leads share, and the search beside them."""

from typing import Any

from leadloop.api.call import Call
from leadloop.api.errors import invalid_field
from leadloop.api.queries import DAY_MS, SEARCHES, is_one_day, parse_parameter, read_search, read_text, restore_plus
from leadloop.api.request import Request
from leadloop.core.errors import Problem
from leadloop.core.instants import is_date, parse_instant
from leadloop.core.leads.status import STAGE_OF

FILTERS = (*SEARCHES, "startDate", "endDate", "status", "campaignIds", "clientIds", "offerIds")
MAX_IDS = 500
INSTANT = Problem("iso_time_expected")
STATUS = Problem("one_of", choices=tuple(STAGE_OF))


async def read_filters(call: Call) -> dict[str, Any]:
    """The arguments of a `LeadQuery`. Raises `ApiError` 400."""
    request = call.request
    created_from_ms, created_to_ms = _period(request)
    return {
        "created_from_ms": created_from_ms,
        "created_to_ms": created_to_ms,
        "status": parse_parameter(request, "status", _status, STATUS),
        "campaign_ids": _ids(request, "campaignIds"),
        "client_ids": _ids(request, "clientIds"),
        "offer_ids": _ids(request, "offerIds"),
        "search": await read_search(call),
    }


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
    return value if value in STAGE_OF else None


def _ids(request: Request, name: str) -> tuple[str, ...]:
    ids = tuple(filter(None, (part.strip() for part in (read_text(request, name) or "").split(","))))
    if len(ids) > MAX_IDS:
        raise invalid_field(name, "too_many_ids", limit=MAX_IDS)
    return ids

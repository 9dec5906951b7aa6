"""The list of the LeadSail dialect: newest first, by cursor (leadsail.md section 2)."""

from leadloop.api.call import Call, bare_lead_id
from leadloop.api.kinds import parse_instant
from leadloop.api.leadsail.wire.shapes import STATUSES, is_date
from leadloop.api.queries import number, parsed, search, text
from leadloop.core.leads import service
from leadloop.core.leads.model import Lead
from leadloop.core.ports import LeadQuery, Order

LIMIT, MAX_LIMIT = 50, 100
DAY_MS = 24 * 60 * 60 * 1_000
INSTANT = "must be a date or time in ISO 8601 such as 2026-01-31"


async def page(call: Call) -> tuple[list[Lead], bool]:
    request = call.request
    cursor = parsed(request, "cursor", bare_lead_id, "must be a nextCursor of this list")
    return await service.list_page(
        call.store,
        LeadQuery(
            account_id=call.caller.account_id,
            order=Order.CREATED,
            limit=number(request, "limit", LIMIT, 1, MAX_LIMIT),
            after=(0, cursor) if cursor else None,
            created_from_ms=parsed(request, "startDate", _instant, INSTANT),
            created_to_ms=parsed(request, "endDate", _end, INSTANT),
            status=parsed(request, "status", _status, f"must be one of {', '.join(STATUSES)}"),
            campaign_ids=_ids(text(request, "campaignIds")),
            client_ids=_ids(text(request, "clientIds")),
            offer_ids=_ids(text(request, "offerIds")),
            search=search(request, bare_lead_id),
        ),
    )


def _instant(value: str) -> int | None:
    """A `+` that arrived as a space is read as one."""
    return parse_instant(value.replace(" ", "+") if value[10:11] in ("T", "t") else value)


def _end(value: str) -> int | None:
    """The first millisecond that is no longer meant: a date alone means the whole day, a time is the end itself."""
    at_ms = _instant(value)
    if at_ms is None:
        return None
    return at_ms + DAY_MS if is_date(value) else at_ms + 1


def _status(value: str) -> str | None:
    return value if value in STATUSES else None


def _ids(value: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in (value or "").split(","))))

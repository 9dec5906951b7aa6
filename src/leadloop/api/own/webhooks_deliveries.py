"""Deliveries and attempts of an endpoint, and redelivery: below `/api/v1/webhooks/{endpoint_id}`."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from leadloop.api.call import Answer, Call
from leadloop.api.envelope import success
from leadloop.api.errors import detailed
from leadloop.api.queries import instant, number, parsed
from leadloop.api.request import Request
from leadloop.core.errors import InvalidFields, Problem
from leadloop.core.problems import Problems
from leadloop.webhooks import listing, redelivery
from leadloop.webhooks.ports import PagePosition, StoredEndpoint
from leadloop.webhooks.redelivery import ReplayRange

T = TypeVar("T")

PAGE_PARAMETERS = ("cursor", "limit")
LIMIT, MAX_LIMIT = 50, 200
"""Entries per page; an attempt includes up to 4 KiB of the response."""

_POSITION = re.compile(r"(\d{1,15})-([0-9a-f]{24})-(\d{1,9})-(\d{1,9})", re.ASCII)
_RANGE = re.compile(r"(\d{1,15})-(\d{1,15})-(\d{1,15})", re.ASCII)


class Deliveries:
    """`stored` loads the endpoint of the path. It raises `ApiError` 404."""

    def __init__(self, stored: Callable[[Call], Awaitable[StoredEndpoint]]) -> None:
        self._stored = stored

    async def list(self, call: Call) -> Answer:
        endpoint, (before, limit) = (await self._stored(call)).endpoint, _page(call.request)
        failed = parsed(call.request, "state", {"failed": True}.get, Problem("failed_expected"))
        records = await call.store.deliveries.page(
            endpoint.account_id, endpoint.id, before, limit + 1, failed=failed is not None
        )
        shown = [listing.delivery(record, endpoint, call.stamp.at_ms) for record in records[:limit]]
        return success({"deliveries": shown, **_next_page(records, limit, listing.position_of_delivery)})

    async def attempts(self, call: Call) -> Answer:
        endpoint, (before, limit) = (await self._stored(call)).endpoint, _page(call.request)
        records = await call.store.deliveries.attempts(endpoint.account_id, endpoint.id, before, limit + 1)
        shown = [listing.attempt(record) for record in records[:limit]]
        return success({"attempts": shown, **_next_page(records, limit, listing.position_of_attempt)})

    async def resend(self, call: Call) -> Answer:
        endpoint, event_id = (await self._stored(call)).endpoint, call.request.path_params["event_id"]
        resent = await redelivery.resend(call.store, endpoint, event_id, call.context.change_view, call.stamp.at_ms)
        if resent is None:
            raise detailed(404, Problem("delivery_not_found"))
        return success({"resent": resent})

    async def recover(self, call: Call) -> Answer:
        body, endpoint = call.body, (await self._stored(call)).endpoint
        since_ms = _instants(body, "since")["since"]
        result = await redelivery.recover(call.store, endpoint, since_ms, call.stamp.at_ms)
        return success({"recovered": result.recovered, "more": result.more})

    async def replay(self, call: Call) -> Answer:
        """A cursor includes the range, so the rest of its body only repeats the first call."""
        body, endpoint = call.body, (await self._stored(call)).endpoint
        period = _range(body, call.stamp.at_ms)
        result = await redelivery.replay(call.store, endpoint, period, call.context.change_view, call.stamp.at_ms)
        next_cursor = "-".join(map(str, result.rest)) if result.rest else None
        return success({"replayed": result.replayed, "examined": result.examined, "next": next_cursor})


def _page(request: Request) -> tuple[PagePosition | None, int]:
    """The position after which the page begins, and its size."""
    before = parsed(request, "cursor", _position, Problem("list_cursor_expected", member="nextCursor"))
    return before, number(request, "limit", LIMIT, 1, MAX_LIMIT)


def _position(text: str) -> PagePosition | None:
    match = _POSITION.fullmatch(text)
    return PagePosition(int(match[1]), match[2], int(match[3]), int(match[4])) if match else None


def _next_page(records: Sequence[T], limit: int, position: Callable[[T], PagePosition]) -> dict[str, Any]:
    """The members about the next page. `records` has one more than `limit` if there is one."""
    has_more = len(records) > limit
    return {"nextCursor": "-".join(map(str, position(records[limit - 1]))) if has_more else None, "hasMore": has_more}


def _range(body: dict[str, Any], at_ms: int) -> ReplayRange:
    """Raises `InvalidFields`."""
    cursor = body.pop("cursor", None)
    times = _instants(body, "since", "until", needed=cursor is None)
    if cursor is None:
        return redelivery.range_of(times["since"], times.get("until"), at_ms)
    match = _RANGE.fullmatch(cursor) if isinstance(cursor, str) else None
    if match is None:
        raise InvalidFields([Problem("replay_cursor_expected", "/cursor")])
    return ReplayRange(*map(int, match.groups()))


def _instants(body: dict[str, Any], *names: str, needed: bool = True) -> dict[str, int]:
    """The times of a body in milliseconds; the first is required if `needed`. Raises `InvalidFields`."""
    problems = Problems()
    problems.refuse_others(body, names)
    times: dict[str, int] = {}
    for name in names:
        value = body.get(name)
        at_ms = instant(value) if isinstance(value, str) else None
        if at_ms is not None:
            times[name] = at_ms
        elif value is not None or (needed and name == names[0]):
            problems.refuse(f"/{name}", "instant_with_zone_expected")
    problems.finish()
    return times

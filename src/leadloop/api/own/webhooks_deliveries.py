"""What was told to an endpoint and what came of it, and sending it again: below `/api/v1/webhooks/{endpoint_id}`."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from leadloop.api.body import read_object
from leadloop.api.call import Answer, Call
from leadloop.api.errors import ApiError
from leadloop.api.leadsail.routes import success
from leadloop.api.queries import instant, number, parsed
from leadloop.api.request import Request
from leadloop.core.changes import pointer
from leadloop.core.errors import InvalidFields, Problem
from leadloop.webhooks import listing, redelivery
from leadloop.webhooks.ports import PagePosition, StoredEndpoint
from leadloop.webhooks.redelivery import ReplayRange

T = TypeVar("T")

LIMIT, MAX_LIMIT = 50, 200
"""An attempt has up to 4 KiB of answer."""
NO_DELIVERY = "there is no delivery with this id; of changes over 14 days ago there is none any more: replay them"
INSTANT = "must be a time with its zone, such as 2026-01-31T12:00:00Z"
CURSOR = "must be a next of this replay"

_PLACE = re.compile(r"(\d{1,15})-([0-9a-f]{24})-(\d{1,9})-(\d{1,9})", re.ASCII)
_RANGE = re.compile(r"(\d{1,15})-(\d{1,15})-(\d{1,15})", re.ASCII)


class Deliveries:
    """`stored` finds the endpoint of the path, or refuses."""

    def __init__(self, stored: Callable[[Call], Awaitable[StoredEndpoint]]) -> None:
        self._stored = stored

    async def list(self, call: Call) -> Answer:
        endpoint, (before, limit) = (await self._stored(call)).endpoint, _page(call.request)
        failed = parsed(call.request, "state", {"failed": True}.get, "must be failed; leave it out for all")
        found = await call.store.deliveries(
            endpoint.account_id, endpoint.id, before, limit + 1, failed=failed is not None
        )
        shown = [listing.delivery(record, endpoint, call.stamp.at_ms) for record in found[:limit]]
        return success({"deliveries": shown, **_rest(found, limit, listing.position_of_delivery)})

    async def attempts(self, call: Call) -> Answer:
        endpoint, (before, limit) = (await self._stored(call)).endpoint, _page(call.request)
        found = await call.store.attempts(endpoint.account_id, endpoint.id, before, limit + 1)
        shown = [listing.attempt(record) for record in found[:limit]]
        return success({"attempts": shown, **_rest(found, limit, listing.position_of_attempt)})

    async def resend(self, call: Call) -> Answer:
        endpoint, event_id = (await self._stored(call)).endpoint, call.request.path_params["event_id"]
        resent = await redelivery.resend(call.store, endpoint, event_id, call.context.change_view, call.stamp.at_ms)
        if resent is None:
            raise ApiError(404, NO_DELIVERY, more={"details": [NO_DELIVERY]})
        return success({"resent": resent})

    async def recover(self, call: Call) -> Answer:
        body, endpoint = await read_object(call.request), (await self._stored(call)).endpoint
        since_ms = _instants(body, "since")["since"]
        found = await redelivery.recover(call.store, endpoint, since_ms, call.stamp.at_ms)
        return success({"recovered": found.recovered, "more": found.more})

    async def replay(self, call: Call) -> Answer:
        """The cursor says the range as well: what else is in the body then is that of the first call."""
        body, endpoint = await read_object(call.request), (await self._stored(call)).endpoint
        asked = _range(body, call.stamp.at_ms)
        try:
            done = await redelivery.replay(call.store, endpoint, asked, call.context.change_view, call.stamp.at_ms)
        except redelivery.EndpointDisabled as error:
            raise ApiError(409, str(error)) from None
        next_cursor = "-".join(map(str, done.rest)) if done.rest else None
        return success({"replayed": done.replayed, "examined": done.examined, "next": next_cursor})


def _page(request: Request) -> tuple[PagePosition | None, int]:
    """Where the page begins, and how much is asked for."""
    before = parsed(request, "cursor", _place, "must be a nextCursor of this list")
    return before, number(request, "limit", LIMIT, 1, MAX_LIMIT)


def _place(text: str) -> PagePosition | None:
    match = _PLACE.fullmatch(text)
    return PagePosition(int(match[1]), match[2], int(match[3]), int(match[4])) if match else None


def _rest(found: Sequence[T], limit: int, place: Callable[[T], PagePosition]) -> dict[str, Any]:
    """What a page says of the next one. One more than its limit was looked for."""
    more = len(found) > limit
    return {"nextCursor": "-".join(map(str, place(found[limit - 1]))) if more else None, "hasMore": more}


def _range(body: dict[str, Any], at_ms: int) -> ReplayRange:
    """Raises `InvalidFields`."""
    cursor = body.pop("cursor", None)
    times = _instants(body, "since", "until", needed=cursor is None)
    if cursor is None:
        return redelivery.range_of(times["since"], times.get("until"), at_ms)
    match = _RANGE.fullmatch(cursor) if isinstance(cursor, str) else None
    if match is None:
        raise InvalidFields([Problem("/cursor", CURSOR)])
    return ReplayRange(*map(int, match.groups()))


def _instants(body: dict[str, Any], *names: str, needed: bool = True) -> dict[str, int]:
    """The times that a body names, in milliseconds; the first may be `needed`. Raises `InvalidFields`."""
    problems = [Problem(pointer(name), "is not a known field; leave it out") for name in body if name not in names]
    found: dict[str, int] = {}
    for name in names:
        value = body.get(name)
        at_ms = instant(value) if isinstance(value, str) else None
        if at_ms is not None:
            found[name] = at_ms
        elif value is not None or (needed and name == names[0]):
            problems.append(Problem(pointer(name), INSTANT))
    if problems:
        raise InvalidFields(problems)
    return found

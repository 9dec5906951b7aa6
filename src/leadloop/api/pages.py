"""Renders list pages as JSON, up to 8 MiB, large ones in a thread (semantics section 7)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Generic, TypeVar

from msgspec import Raw, structs

from leadloop.api.body import encode
from leadloop.api.call import Answer, Call, Handler
from leadloop.api.resource import BYTES_OF_A_FIELD
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of
from leadloop.core.pages import PAGE_LIMIT_BYTES, Page
from leadloop.core.store import LeadQuery, Store
from leadloop.core.threads import SMALL, in_thread

T = TypeVar("T")

ENVELOPE_BYTES = 1024
"""Upper bound for the bytes around the items."""
FIELDS_OF_AN_ITEM = 10
"""The cost of rendering an item, in fields."""
FIELDS_AT_ONCE = 3
"""A lead is shown by a generated function, which takes a third of the time for each field."""


class RenderedPage(Generic[T]):
    """The items of a page as JSON: up to `limit`, and as many as fit. `page` may have one item more."""

    def __init__(self, page: Page[T], limit: int, show: Callable[[T], Any], cost: Callable[[T], int]) -> None:
        self.items: list[Raw] = []
        self.last: T | None = None
        self.size = ENVELOPE_BYTES
        self.is_cut = False
        """Whether it ended before its limit although there are more items."""
        self._page = page
        self._limit = limit
        self._show = show
        self._cost = cost

    @property
    def has_more(self) -> bool:
        return self._page.is_cut or len(self.items) < self._page.number

    def fill(self) -> bool:
        """Renders for about 2 ms. Returns whether more items are left to render."""
        spent = 0
        while spent < SMALL:
            if len(self.items) == self._limit:
                return False
            item = next(self._page.items, None)
            if item is None:
                self.is_cut = self._page.is_cut
                return False
            text = encode(self._show(item))
            if self.items and self.size + len(text) + 1 > PAGE_LIMIT_BYTES:
                self.is_cut = True
                return False
            self.size += len(text) + 1
            self.items.append(Raw(text))
            self.last = item
            spent += self._cost(item) + len(text) // BYTES_OF_A_FIELD
        return True


async def render_page(
    page: Page[T], limit: int, show: Callable[[T], Any], cost: Callable[[T], int] = lambda item: FIELDS_OF_AN_ITEM
) -> RenderedPage[T]:
    """`cost` is in fields of a lead. The rest of a large page is rendered in pieces on the thread for large work."""
    result = RenderedPage(page, limit, show, cost)
    has_more = result.fill()
    while has_more:
        has_more = await in_thread(result.fill)
    return result


async def lead_page(store: Store, query: LeadQuery) -> Page[Lead]:
    """Reads one lead more than the query's limit, to show whether there is a next page."""
    return await store.leads.page(structs.replace(query, limit=query.limit + 1), PAGE_LIMIT_BYTES)


def cost_of_lead(lead: Lead) -> int:
    return (FIELDS_OF_AN_ITEM + size_of(lead)) // FIELDS_AT_ONCE


def limit_unread(handler: Handler) -> Handler:
    """Wraps a handler so that each answer occupies a place in its API key's queue (`queues.unread_answers`)."""

    async def handle(call: Call) -> Answer:
        return await make_within_limit(call, partial(handler, call))

    return handle


async def make_within_limit(call: Call, make: Callable[[], Awaitable[Answer]]) -> Answer:
    """Builds an answer that occupies a place in its API key's queue until it is sent. Raises `ApiError` 429."""
    release_place = await call.context.unread_answers.enter(call.caller.key_id)
    try:
        answer = await make()
    except BaseException:
        release_place()
        raise
    answer.release_place = release_place
    answer.size = answer.size or 1
    return answer

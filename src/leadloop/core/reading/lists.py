"""Lists of leads as a member of the account sees them."""

import heapq
from collections.abc import Sequence
from itertools import islice

from msgspec import Struct, structs

from leadloop.core.errors import LeadNotFound
from leadloop.core.leads.model import Lead
from leadloop.core.pages import Page
from leadloop.core.reading.visibility import Visibility
from leadloop.core.store import NO_BYTE_LIMIT, LeadQuery, Order, Store
from leadloop.core.writes import use_cases

COUNT_LIMIT = 10_000
"""Counts are exact up to this number."""


class Count(Struct, frozen=True):
    count: int
    exact: bool
    """False if there are more than `count`."""


async def get(store: Store, account_id: str, lead_id: str, visibility: Visibility) -> Lead:
    """The lead, also if it is deleted. Raises `LeadNotFound`, also if the member does not see it."""
    lead = await use_cases.get(store, account_id, lead_id)
    if not visibility.shows(lead):
        raise LeadNotFound
    return lead


async def page(store: Store, query: LeadQuery, visibility: Visibility, most_bytes: int) -> Page[Lead]:
    """The visible leads of the query. Reads at most `most_bytes` of documents, and at least one lead of each part."""
    parts = visibility.parts(query)
    if len(parts) == 1:
        return await store.leads.page(parts[0], most_bytes)
    last = query.offset + query.limit
    parts = [structs.replace(part, offset=0, limit=last) for part in parts]
    pages = [await store.leads.page(part, most_bytes // len(parts)) for part in parts]
    leads = _merge(query, [list(part.items) for part in pages], [part.is_cut for part in pages])
    items = list(islice(leads, query.offset, last))
    is_cut = any(part.is_cut for part in pages) and len(items) < query.limit
    return Page(iter(items), len(items), is_cut)


async def find(store: Store, query: LeadQuery, visibility: Visibility) -> list[Lead]:
    """Like `page`, without a limit in bytes."""
    return list((await page(store, query, visibility, NO_BYTE_LIMIT)).items)


async def count(store: Store, query: LeadQuery, visibility: Visibility, most: int = COUNT_LIMIT) -> Count:
    """How many leads of the query are visible, exactly up to `most`."""
    total = 0
    for part in visibility.parts(query):
        total += await store.leads.count(part, most + 1 - total)
        if total > most:
            return Count(most, exact=False)
    return Count(total, exact=True)


async def quick_count(store: Store, query: LeadQuery, visibility: Visibility, most: int = COUNT_LIMIT) -> Count | None:
    """The same, or `None` if that would mean examining a large part of the account's leads."""
    total = 0
    for part in visibility.parts(query):
        number = await store.leads.quick_count(part, most + 1 - total)
        if number is None:
            return None
        total += number
        if total > most:
            return Count(most, exact=False)
    return Count(total, exact=True)


def _merge(query: LeadQuery, lists: Sequence[Sequence[Lead]], are_cut: Sequence[bool]) -> Sequence[Lead]:
    """In the query's order, each lead once: it may have been assigned between the reads. Ends with the list that is cut
    first: after it leads may be missing."""
    both = heapq.merge(*lists, key=lambda lead: _position(query, lead), reverse=not query.is_ascending)
    merged = list({lead.id: lead for lead in both}.values())
    ends = [_position(query, leads[-1]) for leads, is_cut in zip(lists, are_cut, strict=True) if is_cut and leads]
    if not ends:
        return merged
    if query.is_ascending:
        return [lead for lead in merged if _position(query, lead) <= min(ends)]
    return [lead for lead in merged if _position(query, lead) >= max(ends)]


def _position(query: LeadQuery, lead: Lead) -> tuple[int, str]:
    return (lead.lead_date_ms if query.order is Order.LEAD_DATE else 0), lead.id

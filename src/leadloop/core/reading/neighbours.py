"""The leads before and after a lead in a list: two queries that begin at the lead, so the length of the list does not
matter."""

import asyncio
from typing import NamedTuple

from msgspec import structs

from leadloop.core.leads.model import Lead
from leadloop.core.reading import lists
from leadloop.core.reading.visibility import Visibility
from leadloop.core.store import LeadQuery, Store


class Neighbours(NamedTuple):
    previous: Lead | None
    next: Lead | None


async def neighbours(store: Store, query: LeadQuery, visibility: Visibility, lead: Lead) -> Neighbours:
    """Of a list in the order of `query`, whether or not the lead itself is still in it."""
    after = structs.replace(query, after=(lead.lead_date_ms, lead.id), limit=1)
    before = structs.replace(after, is_ascending=not query.is_ascending)
    previous, following = await asyncio.gather(
        lists.find(store, before, visibility), lists.find(store, after, visibility)
    )
    return Neighbours(*(leads[0] if leads else None for leads in (previous, following)))

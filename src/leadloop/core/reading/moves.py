"""Which leads have moved in the feed, and whose they were then: for members who see only some leads."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from leadloop.core.changes import Change
from leadloop.core.leads.fold import Unfolding
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.reading.visibility import Ownership, Visibility, ownership_of
from leadloop.core.search.tree import Is, Query, Term
from leadloop.core.store import RECORD_BATCH, LeadQuery, Order, Store


class MovedLead(NamedTuple):
    id: str
    ownerships: frozenset[Ownership]
    """Now, and before each of its changes."""


class Moves(NamedTuple):
    """What a part of the feed did. `position` is that of its last record."""

    leads: Sequence[MovedLead]
    position: int

    def seen_by(self, visibility: Visibility) -> list[str]:
        """The ids of the leads that the member sees, or saw until one of the changes."""
        return [lead.id for lead in self.leads if any(map(visibility.covers, lead.ownerships))]


async def read_moves(store: Store, account_id: str, after_position: int, limit: int, most_bytes: int) -> Moves:
    """The moves of the next records of the feed: at most `limit` of them and `most_bytes`."""
    changes = await store.changes.feed(account_id, after_position, limit, most_bytes)
    by_lead: dict[str, list[Change]] = {}
    for change in changes:
        by_lead.setdefault(change.lead_id, []).append(change)
    leads = await _current(store, account_id, list(by_lead))
    moved = [MovedLead(lead.id, await _ownerships(store, lead, by_lead[lead.id])) for lead in leads]
    return Moves(moved, changes[-1].position if changes else after_position)


async def _current(store: Store, account_id: str, lead_ids: Sequence[str]) -> list[Lead]:
    """The leads, also deleted ones; at least as new as the records by which they were found."""
    if not lead_ids:
        return []
    search = Query((Term(Is("id", tuple(lead_ids))),))
    query = LeadQuery(account_id=account_id, order=Order.CREATED, limit=len(lead_ids), search=search)
    leads = await store.leads.find(query)
    for lead_id in set(lead_ids) - {lead.id for lead in leads}:
        if (lead := await store.leads.get(account_id, lead_id)) is not None:
            leads.append(lead)
    return leads


async def _ownerships(store: Store, lead: Lead, changes: Sequence[Change]) -> frozenset[Ownership]:
    """`changes` are consecutive records of the lead. Later ones, which the feed has further on, are undone first."""
    current = frozenset([ownership_of(lead)])
    owned = list(map(_of_owner, changes))
    if not any(change.fields for change in owned):
        return current
    while (last := owned[-1].version) < lead.version:
        later = await store.changes.of_lead(lead.account_id, lead.id, last, min(RECORD_BATCH, lead.version - last))
        owned += map(_of_owner, later)
        if not later:
            raise ValueError(f"the log of lead {lead.id} ends before version {lead.version}")
    return current | _before(lead, owned)


def _before(lead: Lead, changes: Sequence[Change]) -> frozenset[Ownership]:
    """The ownership before each of the lead's last changes."""
    blank = blank_lead(lead.account_id, lead.id, lead.created_at_ms)
    then = Unfolding(structs.replace(blank, owner=lead.owner, unit=lead.unit, version=lead.version))
    ownerships = set()
    for change in reversed(changes):
        then.undo(change)
        if change.fields and change.version > 1:
            ownerships.add(ownership_of(then.lead()))
    return frozenset(ownerships)


def _of_owner(change: Change) -> Change:
    """The change with what it does to user and unit alone."""
    fields = [field for field in change.fields if f"{field.field}/".startswith(("/owner/", "/unit/"))]
    return structs.replace(change, fields=fields)

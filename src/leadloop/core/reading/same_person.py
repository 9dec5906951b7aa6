"""Other leads of the same person: those with the same phone or e-mail, by their matching keys."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from leadloop.core.leads.matching import stored_phone_key
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key
from leadloop.core.reading import lists
from leadloop.core.reading.visibility import Visibility
from leadloop.core.store import SAME_CONTACT_LIMIT, LeadQuery, Order, Store


class SamePerson(Struct, frozen=True):
    leads: Sequence[Lead] = ()
    """The newest, without the lead itself."""
    count: int = 0
    """Of all of them; `SAME_CONTACT_LIMIT` stands for that many or more."""


async def same_person(store: Store, visibility: Visibility, lead: Lead, country: str | None, most: int) -> SamePerson:
    """The visible ones, at most `most` of them. `country` is the account's."""
    keys = {"email_key": email_key(lead.email), "phone_key": stored_phone_key(lead, lambda: country)}
    stored_keys = {name: key for name, key in keys.items() if key is not None}
    if not stored_keys:
        return SamePerson()
    base = LeadQuery(account_id=lead.account_id, order=Order.CREATED, limit=most + 2)
    queries = [structs.replace(base, **{name: key}) for name, key in stored_keys.items()]
    pages = await asyncio.gather(*(lists.find(store, query, visibility) for query in queries))
    others = {other.id: other for page in pages for other in page if other.id != lead.id}
    leads = sorted(others.values(), key=lambda other: other.id, reverse=True)
    if all(len(page) < most + 2 for page in pages):
        return SamePerson(leads[:most], len(leads))
    return SamePerson(leads[:most], await _count(store, visibility, lead, base, stored_keys))


async def _count(
    store: Store, visibility: Visibility, lead: Lead, base: LeadQuery, stored_keys: Mapping[str, str]
) -> int:
    """Those with either key are those with one, and those with the other, less those with both."""
    queries = [structs.replace(base, **{name: key}) for name, key in stored_keys.items()]
    if len(stored_keys) > 1:
        queries.append(structs.replace(base, **stored_keys))
    first, *rest = await asyncio.gather(
        *(lists.count(store, query, visibility, SAME_CONTACT_LIMIT) for query in queries)
    )
    total = first.count + rest[0].count - rest[1].count if rest else first.count
    return min(total - (lead.deleted_at_ms is None), SAME_CONTACT_LIMIT)

"""Filters a list by phone or e-mail, compared by their matching keys (semantics section 1)."""

from msgspec import structs

from leadloop.api.call import Call
from leadloop.core.leads.matching import Contact, ContactKeys, stored_phone_key
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key
from leadloop.core.search.tree import Is, Query, Term
from leadloop.core.store import CANDIDATES, LeadQuery

NOTHING = "\x00"
"""Never equals a stored key: a filter with it matches nothing."""


async def filter_by_contact(
    call: Call, query: LeadQuery, email: str | None, phone: str | None, region: str
) -> LeadQuery:
    """`query` restricted to leads with this e-mail and phone, if given. A value without a key matches no lead."""
    if not email and not phone:
        return query
    contact = Contact(email or None, phone or None, None, region, call.caller.is_renewing)
    keys = contact.keys(None, lambda: call.caller.country) or ContactKeys(None, None)
    if keys.former is None:
        email, phone = email and (keys.email or NOTHING), phone and (keys.phone or NOTHING)
        return structs.replace(query, email_key=email or None, phone_key=phone or None)

    def matches(lead: Lead) -> bool:
        phone_key = stored_phone_key(lead, lambda: call.caller.country)
        return (not email or email_key(lead.email) == keys.email) and (not phone or phone_key == keys.phone)

    candidates = await call.store.leads.by_keys(call.caller.account_id, keys.former, CANDIDATES)
    ids = tuple(lead.id for lead in candidates if matches(lead))
    search = query.search or Query()
    terms = (*search.terms, Term(Is("id", ids or (NOTHING,))))
    return structs.replace(query, search=structs.replace(search, terms=terms))

"""What both engines index of a lead for searching, as pure functions of the lead: an entry of the full text, and terms.

Tokens are the same on both engines. Each begins with a mark of its account, so that a word that is common in one costs
no other anything. The readers still ask for the account: two may have the same mark.
"""

from base64 import b32encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.search.searchable import exact as exact_of
from leadloop.core.search.searchable import searchable

HOT = ("stage", "status", "source", "type")
"""Fields that change often. They are rows of their own, lest each change rewrites the full text."""

_KEYED = "id"
"""Found by the leads' own key."""
_ESCAPES = {ord(c): f"_{ord(c):02x}" for c in map(chr, range(128)) if not c.isalnum()}

_OF_BOTH = {"lead_date_ms", "deleted_at_ms"}
_TERM_FIELDS = _OF_BOTH | {
    *("stage", "status", "source", "custom_source_id", "custom_source_name"),
    *("type", "custom_type_id", "custom_type_name", "attribution", "whatsapp_click_id", "form_id", "call_id"),
    *("google_lead_id", "google_campaign_id", "google_adgroup_id", "google_creative_id", "google_form_id"),
    *("facebook_lead_id", "facebook_form_id", "facebook_page_id", "facebook_ad_id", "facebook_adgroup_id"),
}
_ENTRY_FIELDS = _OF_BOTH | {
    *("name", "email", "phone", "country", "owner", "unit", "department", "interest", "tags", "cart"),
    *("sale_value_micros", "loss_reason", "campaign", "google_campaign_id", "params", "client_lead_id"),
}


class Entry(NamedTuple):
    """A lead in the full text. Tokens of the name and of the e-mail are in their order, the whole address first; the
    others are those of the phone, of exact fields and of what there is."""

    account_id: str
    lead_id: str
    lead_date_ms: int
    value_micros: int | None
    name: tuple[str, ...]
    email: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def tokens(self) -> tuple[tuple[str, ...], ...]:
        return self[4:]


Term = tuple[str, str, str, int, str]
"""Account, field, folded value, date and id of the lead: the order of the lists."""


class Touched(NamedTuple):
    """What changes can have made other: most leave one alone, or both."""

    terms: bool
    entry: bool


ALL = Touched(terms=True, entry=True)


def touched_by(changes: Iterable[Change]) -> Touched:
    names = {one.field.split("/", 2)[1] for change in changes for one in change.fields}
    return Touched(not _TERM_FIELDS.isdisjoint(names), not _ENTRY_FIELDS.isdisjoint(names))


def terms(lead: Lead | None) -> set[Term]:
    """None where there is no lead, or a deleted one."""
    if lead is None or lead.deleted_at_ms is not None:
        return set()
    found = ((field, text) for field in HOT for text in exact_of(lead, field))
    return {(lead.account_id, field, text, lead.lead_date_ms, lead.id) for field, text in found}


def entry(lead: Lead | None) -> Entry | None:
    """`None` where there is no lead, or a deleted one."""
    if lead is None or lead.deleted_at_ms is not None:
        return None
    found = searchable(lead)
    account_id = lead.account_id
    others = [exact(account_id, field, text) for field, text in found.exact if field != _KEYED and field not in HOT]
    others += [has(account_id, field) for field in found.has]
    if found.phone is not None:
        others.append(phone(account_id, found.phone))
    email = found.email if found.address is None else (found.address, *found.email)
    return Entry(
        account_id,
        lead.id,
        lead.lead_date_ms,
        found.measures.get("value"),
        tuple(word(account_id, text) for text in found.name),
        tuple(word(account_id, text) for text in email),
        tuple(sorted(others)),
    )


def word(account_id: str, text: str) -> str:
    """A word or a whole address of the name or the e-mail. The beginning of a text is the beginning of its token."""
    return f"{mark(account_id)}w{_escaped(text)}"


def phone(account_id: str, digits: str) -> str:
    return f"{mark(account_id)}p{digits}"


def exact(account_id: str, field: str, text: str) -> str:
    return f"{mark(account_id)}x{_digest(field, text)}"


def has(account_id: str, field: str) -> str:
    return f"{mark(account_id)}h{_escaped(field)}"


@lru_cache(maxsize=1_024)
def mark(account_id: str) -> str:
    return _base32(account_id, 5)[:4]


def _escaped(text: str) -> str:
    """No spaces, quotes or other punctuation that a full text parts or a query understands."""
    return text if text.isalnum() else text.translate(_ESCAPES)


@lru_cache(maxsize=8_192)
def _digest(field: str, text: str) -> str:
    """Long and odd texts as short words. They are only ever compared as a whole."""
    return _base32(f"{field}={text}", 10)


def _base32(text: str, size: int) -> str:
    return b32encode(blake2b(text.encode(), digest_size=size).digest()).decode().lower()

"""What both engines index of a lead for searching, as pure functions of the lead: an entry of the full text, and terms.

Tokens are the same on both engines. Each begins with a mark of its account, so that a word that is common in one costs
no other anything. The readers still ask for the account: two may have the same mark.
"""

from base64 import b32encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.search import fields
from leadloop.core.search.searchable import exact as exact_of
from leadloop.core.search.searchable import searchable

HOT = ("stage", "status", "source", "type")
"""Fields that change often. They are rows of their own, lest each change rewrites the full text."""

_KEYED = "id"
"""Found by the leads' own key."""
_ESCAPES = {ord(c): f"_{ord(c):02x}" for c in map(chr, range(128)) if not c.isalnum()}

_SOURCE = ("source", "custom_source_id", "custom_source_name", "attribution", "whatsapp_click_id", "form_id", "call_id")
_ADS = (
    *("google_lead_id", "google_campaign_id", "google_adgroup_id", "google_creative_id", "google_form_id"),
    *("facebook_lead_id", "facebook_form_id", "facebook_page_id", "facebook_ad_id", "facebook_adgroup_id"),
)
_TERM_FIELDS = {
    **{field: {"source"} for field in (*_SOURCE, *_ADS)},
    **{field: {"type"} for field in ("type", "custom_type_id", "custom_type_name")},
    "stage": {"stage"},
    "status": {"status"},
    "lead_date_ms": set(HOT),
    "deleted_at_ms": set(HOT),
}
"""Which terms each field of a lead makes."""
_ENTRY_FIELDS = {
    *("name", "email", "phone", "country", "owner", "unit", "department", "interest", "tags", "cart"),
    *("sale_value_micros", "loss_reason", "campaign", "google_campaign_id", "params", "client_lead_id"),
    *("lead_date_ms", "deleted_at_ms"),
}
_COLD = [texts for field, texts in fields.EXACT.items() if field not in (*HOT, _KEYED)]


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


class Difference(NamedTuple):
    """What a change makes of the index."""

    gone: set[Term]
    new: set[Term]
    is_other: bool
    """Whether it is another entry, perhaps; if so, `entry` is what it is from now on."""
    entry: Entry | None = None


def difference(before: Lead | None, now: Lead | None, changes: Iterable[Change]) -> Difference:
    """`changes` are those in between. Most leave terms or entry alone, and cost no more than to see that."""
    names = {one.field.split("/", 2)[1] for change in changes for one in change.fields}
    hot = HOT if before is None else {field for name in names for field in _TERM_FIELDS.get(name, ())}
    old, new = (terms(before, hot), terms(now, hot)) if hot else (set(), set())
    is_touched = before is None or not _ENTRY_FIELDS.isdisjoint(names)
    is_other = is_touched and _searched(before) != _searched(now)
    return Difference(old - new, new - old, is_other, entry(now) if is_other else None)


def terms(lead: Lead | None, hot: Iterable[str] = HOT) -> set[Term]:
    """Those of some fields. None where there is no lead, or a deleted one."""
    if lead is None or lead.deleted_at_ms is not None:
        return set()
    account_id, at_ms, lead_id = lead.account_id, lead.lead_date_ms, lead.id
    return {(account_id, field, text, at_ms, lead_id) for field in hot for text in exact_of(lead, field)}


def _searched(lead: Lead | None) -> Any:
    """What an entry is made of, as it is: much cheaper to compare than entries."""
    if lead is None or lead.deleted_at_ms is not None:
        return None
    about = lead.name, lead.email, lead.phone, lead.country, lead.lead_date_ms, fields.MEASURES["value"](lead)
    return about, [list(texts(lead)) for texts in _COLD]


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

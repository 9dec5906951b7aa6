"""What both engines index of a lead for searching, as pure functions of the lead: an entry of the full text, and terms.

Tokens are the same on both engines. Each begins with a mark of its account, so that a word that is common in one costs
no other anything. The readers still ask for the account: two may have the same mark.
"""

import re
from base64 import b32encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from leadloop.core.changes import Change
from leadloop.core.leads.matching import Country, no_country
from leadloop.core.leads.model import Lead
from leadloop.core.leads.source import DERIVING
from leadloop.core.search import fields
from leadloop.core.search.folding import address
from leadloop.core.search.phones import indexed_phone
from leadloop.core.search.searchable import exact as exact_of
from leadloop.core.search.searchable import first_words

HOT = ("stage", "status", "source", "type")
"""Fields that change often. They are rows of their own, lest each change rewrites the full text."""
VALUE = "value"
TERMS = (*HOT, VALUE)

_KEYED = "id"
"""Found by the leads' own key."""
_ODD = re.compile(r"[^\dA-Za-z\x80-\U0010ffff]", re.ASCII)
_COLD = tuple(field for field in fields.EXACT if field not in (*HOT, _KEYED))
_OF_AN_ENTRY = (*_COLD, *fields.TEXTS, fields.PHONE, VALUE)

_TERMS_OF = {
    "stage": ("stage",),
    "status": ("status",),
    **dict.fromkeys(("type", "custom_type_id", "custom_type_name"), ("type",)),
    **dict.fromkeys(("source", "custom_source_id", "custom_source_name", *DERIVING), ("source",)),
    **dict.fromkeys(("sale_value_micros", "cart"), (VALUE,)),
    "lead_date_ms": TERMS,
}
"""What is made of each field of a lead."""
_ENTRY_OF = {
    **{field: (field,) for field in ("name", "email", "phone", "unit", "department", "interest")},
    **{
        "country": ("phone",),
        "phone_region": ("phone",),
        "owner": ("user",),
        "tags": ("tag",),
        "loss_reason": ("loss",),
    },
    **{"client_lead_id": ("external",), "google_campaign_id": ("campaign",)},
    **{"campaign": ("campaign", "client", "offer"), "cart": ("product", VALUE)},
    **{"sale_value_micros": (VALUE,), "lead_date_ms": ()},
    **{f"params/{field}": (field,) for field in fields.EXACT if field.startswith("utm_")},
}


Tokens = tuple[str, ...]


class Entry(NamedTuple):
    """A lead in the full text. Tokens of the name and of the e-mail are in their order, the whole address first; the
    others are those of the phone, of exact fields and of what there is."""

    account_id: str
    lead_id: str
    lead_date_ms: int
    value_micros: int | None
    name: Tokens
    email: Tokens
    other: Tokens

    @property
    def tokens(self) -> tuple[Tokens, Tokens, Tokens]:
        return self.name, self.email, self.other


class Edit(NamedTuple):
    """What is other in an entry: its date or value, the tokens of name and e-mail, which then stand here before and
    after, some of the others."""

    lead_date_ms: int
    value_micros: int | None
    old_words: tuple[Tokens, Tokens]
    new_words: tuple[Tokens, Tokens]
    gone: set[str]
    new: set[str]
    phones: set[str] | None
    """All of these that it has now, where that may be other."""

    @property
    def is_in_full_text(self) -> bool:
        return self.old_words != self.new_words or bool(self.gone or self.new) or self.phones is not None


Term = tuple[str, str, str, int, str]
"""Account, field, folded value, date and id of the lead: the order of the lists."""


class Difference(NamedTuple):
    """What a change makes of the index: mostly little or nothing."""

    gone: set[Term]
    new: set[Term]
    entry: Entry | Edit | None = None
    """A whole one of a lead that had none."""
    is_gone: bool = False
    """Whether it has none any more."""


def difference(before: Lead | None, now: Lead, changes: Iterable[Change], country: Country = no_country) -> Difference:
    """`changes` are those in between: what they do not name is not read. `country` is the account's."""
    if not _is_indexed(before) or not _is_indexed(now):
        old, new = terms(before), terms(now)
        return Difference(
            old - new, new - old, None if _is_indexed(before) else entry(now, country), _is_indexed(before)
        )
    assert before is not None
    names = {_named(one.field) for change in changes for one in change.fields}
    hot = {field for name in names for field in _TERMS_OF.get(name, ())}
    old, new = (terms(before, hot), terms(now, hot)) if hot else (set(), set())
    touched = names & _ENTRY_OF.keys()
    return Difference(old - new, new - old, _edit(before, now, touched, country) if touched else None)


def phone_edit(lead: Lead, country: Country) -> Edit:
    """Gives the lead's entry the token of its phone's present key, in place of any other."""
    now = {token for token in _others(lead, (fields.PHONE,), country) if is_phone(lead.account_id, token)}
    return Edit(lead.lead_date_ms, _value(lead), ((), ()), ((), ()), set(), now, now)


def _named(pointer: str) -> str:
    """The field of the lead; of the parameters each by itself."""
    name, _, _ = pointer[1:].partition("/")
    return pointer[1:] if name == "params" else name


def _edit(before: Lead, now: Lead, names: set[str], country: Country) -> Edit | None:
    of = {field for name in names for field in _ENTRY_OF[name]}
    old, new = _others(before, of, country), _others(now, of, country)
    has_words = not of.isdisjoint(fields.TEXTS)
    old_words, new_words = (_words(lead) if has_words else ((), ()) for lead in (before, now))
    value = _value(now)
    phones = {token for token in new if is_phone(now.account_id, token)} if fields.PHONE in of else None
    edit = Edit(now.lead_date_ms, value, old_words, new_words, old - new, new - old, phones)
    is_same_place = (before.lead_date_ms, _value(before)) == (now.lead_date_ms, value)
    return edit if edit.is_in_full_text or not is_same_place else None


def terms(lead: Lead | None, of: Iterable[str] = TERMS) -> set[Term]:
    """Those of some fields. None where there is no lead, or a deleted one."""
    if lead is None or lead.deleted_at_ms is not None:
        return set()
    account_id, at_ms, lead_id = lead.account_id, lead.lead_date_ms, lead.id
    return {(account_id, field, text, at_ms, lead_id) for field in of for text in _texts(lead, field)}


def _texts(lead: Lead, field: str) -> Iterable[str]:
    if field != VALUE:
        return exact_of(lead, field)
    value = _value(lead)
    return () if value is None else (as_term(value),)


def entry(lead: Lead | None, country: Country = no_country) -> Entry | None:
    """`None` where there is no lead, or a deleted one."""
    if lead is None or lead.deleted_at_ms is not None:
        return None
    others = tuple(sorted(_others(lead, _OF_AN_ENTRY, country)))
    return Entry(lead.account_id, lead.id, lead.lead_date_ms, _value(lead), *_words(lead), others)


def _is_indexed(lead: Lead | None) -> bool:
    return lead is not None and lead.deleted_at_ms is None


def _value(lead: Lead) -> int | None:
    return fields.MEASURES[VALUE](lead)


def _words(lead: Lead) -> tuple[Tokens, Tokens]:
    """Of the name and of the e-mail."""
    return _name(lead.account_id, lead.name), _email(lead.account_id, lead.email)


@lru_cache(maxsize=512)
def _name(account_id: str, name: str | None) -> Tokens:
    return tuple(word(account_id, text) for text in first_words(name))


@lru_cache(maxsize=512)
def _email(account_id: str, email: str | None) -> Tokens:
    whole = address(email or "")
    texts = first_words(email)
    return tuple(word(account_id, text) for text in (texts if whole is None else (whole, *texts)))


def _others(lead: Lead, of: Iterable[str], country: Country) -> set[str]:
    """The tokens without an order that are made of these fields."""
    account_id, found = lead.account_id, set()
    for field in of:
        if field in fields.EXACT:
            texts = exact_of(lead, field)
            found |= {exact(account_id, field, text) for text in texts}
            is_there = bool(texts)
        elif field == VALUE:
            is_there = _value(lead) is not None
        else:
            is_there = bool(getattr(lead, field))
            if field == fields.PHONE and (digits := indexed_phone(lead, country)):
                found.add(phone(account_id, digits))
        if is_there:
            found.add(has(account_id, field))
    return found


def as_term(value_micros: int) -> str:
    """A text that sorts as the number does."""
    return f"{value_micros + 2**63:020d}"


def word(account_id: str, text: str) -> str:
    """A word or a whole address of the name or the e-mail. The beginning of a text is the beginning of its token."""
    return f"{mark(account_id)}w{_escaped(text)}"


def phone(account_id: str, digits: str) -> str:
    return f"{mark(account_id)}p{digits}"


def is_phone(account_id: str, token: str) -> bool:
    return token.startswith(phone(account_id, ""))


def exact(account_id: str, field: str, text: str) -> str:
    return f"{mark(account_id)}x{_digest(field, text)}"


def has(account_id: str, field: str) -> str:
    return f"{mark(account_id)}h{_escaped(field)}"


@lru_cache(maxsize=1_024)
def mark(account_id: str) -> str:
    return _base32(account_id, 5)[:4]


def _escaped(text: str) -> str:
    """No spaces, quotes or other punctuation that a full text parts or a query understands."""
    return text if text.isalnum() else _ODD.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return f"_{ord(found[0]):02x}"


@lru_cache(maxsize=8_192)
def _digest(field: str, text: str) -> str:
    """Long and odd texts as short words. They are only ever compared as a whole."""
    return _base32(f"{field}={text}", 10)


def _base32(text: str, size: int) -> str:
    return b32encode(blake2b(text.encode(), digest_size=size).digest()).decode().lower()

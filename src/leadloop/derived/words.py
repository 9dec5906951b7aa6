"""The full-text entry of a lead: the tokens of its name, e-mail, phone and exact fields, and the sort keys of lists."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from leadloop.core.leads.matching import Country, no_country
from leadloop.core.leads.model import Lead
from leadloop.core.search import fields
from leadloop.core.search.folding import address
from leadloop.core.search.phones import indexed_phone
from leadloop.core.search.searchable import exact as exact_of
from leadloop.core.search.searchable import first_words
from leadloop.derived.projection import Difference, Projection
from leadloop.derived.terms import HOT, VALUE
from leadloop.derived.tokens import exact, has, phone, phone_tokens, word

_KEY = "id"
"""Not in the full text: leads are looked up by their key."""

Tokens = tuple[str, ...]


class TextTokens(NamedTuple):
    """The tokens of name and e-mail in order, the whole address first."""

    name: Tokens
    email: Tokens


class Place(NamedTuple):
    """The values that lists sort and filter by, besides the tokens."""

    lead_date_ms: int
    value_micros: int | None


WordRow: TypeAlias = str | TextTokens | Place
"""A token without an order; or `TextTokens` or `Place`, of which a lead has one each."""
_WordPart = Callable[[Lead, Country], Iterable[WordRow]]


class IndexEntry(NamedTuple):
    """The entry of a lead; the `other` tokens are sorted."""

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
    """The changes of an entry. `old_words` and `new_words` have all tokens of name and e-mail before and after, or are
    equal and empty; `removed` and `added` have other tokens."""

    lead_date_ms: int
    value_micros: int | None
    old_words: tuple[Tokens, Tokens]
    new_words: tuple[Tokens, Tokens]
    removed: set[str]
    added: set[str]
    phones: set[str] | None
    """All current phone tokens, if they may have changed."""

    @property
    def is_in_full_text(self) -> bool:
        return self.old_words != self.new_words or bool(self.removed or self.added) or self.phones is not None


def _texts(lead: Lead, _: Country) -> Iterator[WordRow]:
    yield TextTokens(_name(lead.account_id, lead.name), _email(lead.account_id, lead.email))
    for field in fields.TEXTS:
        if getattr(lead, field):
            yield has(lead.account_id, field)


@lru_cache(maxsize=512)
def _name(account_id: str, name: str | None) -> Tokens:
    return tuple(word(account_id, text) for text in first_words(name))


@lru_cache(maxsize=512)
def _email(account_id: str, email: str | None) -> Tokens:
    whole = address(email or "")
    texts = first_words(email)
    return tuple(word(account_id, text) for text in (texts if whole is None else (whole, *texts)))


def _phone(lead: Lead, country: Country) -> Iterator[WordRow]:
    if lead.phone:
        yield has(lead.account_id, fields.PHONE)
        if digits := indexed_phone(lead, country):
            yield phone(lead.account_id, digits)


def _exact(field: str) -> _WordPart:
    def rows(lead: Lead, _: Country) -> Iterator[WordRow]:
        if texts := exact_of(lead, field):
            yield has(lead.account_id, field)
            for text in texts:
                yield exact(lead.account_id, field, text)

    return rows


def _value(lead: Lead, _: Country) -> Iterator[WordRow]:
    if _value_micros(lead) is not None:
        yield has(lead.account_id, VALUE)


def _place(lead: Lead, _: Country) -> Iterable[WordRow]:
    return (Place(lead.lead_date_ms, _value_micros(lead)),)


def _value_micros(lead: Lead) -> int | None:
    return fields.MEASURES[VALUE](lead)


_PLACE, _PHONE = "place", fields.PHONE
_COLD = {field: _exact(field) for field in fields.EXACT if field not in (*HOT, _KEY)}
_PARTS: dict[str, _WordPart] = {_PLACE: _place, "texts": _texts, _PHONE: _phone, VALUE: _value, **_COLD}
WORDS: Projection[WordRow] = Projection("words", _PARTS, has_deleted=False)


def index_entry(lead: Lead | None, country: Country = no_country) -> IndexEntry | None:
    """The entry of a lead; `None` for no lead or a deleted one."""
    if lead is None or lead.deleted_at_ms is not None:
        return None
    rows = WORDS.rows(lead, country)
    (place,) = (row for row in rows if isinstance(row, Place))
    (texts,) = (row for row in rows if isinstance(row, TextTokens))
    others = sorted(_tokens(rows))
    return IndexEntry(lead.account_id, lead.id, *place, *texts, tuple(others))


def has_index_entry(lead: Lead | None) -> bool:
    return lead is not None and lead.deleted_at_ms is None


def edit(after: Lead, rows: Difference[WordRow]) -> Edit | None:
    """The edit of an entry that exists before and after the change; `None` if nothing in it changes."""
    phones = None
    if _PHONE in rows.parts:
        phones = phone_tokens(after.account_id, _tokens(rows.current))
    if not rows.removed and not rows.added and phones is None:
        return None
    return Edit(
        after.lead_date_ms,
        _value_micros(after),
        _name_and_email(rows.removed),
        _name_and_email(rows.added),
        set(_tokens(rows.removed)),
        set(_tokens(rows.added)),
        phones,
    )


def _tokens(rows: Iterable[WordRow]) -> list[str]:
    """The tokens without an order."""
    return [row for row in rows if isinstance(row, str)]


def _name_and_email(rows: list[WordRow]) -> tuple[Tokens, Tokens]:
    return next(((row.name, row.email) for row in rows if isinstance(row, TextTokens)), ((), ()))


def phone_edit(lead: Lead, country: Country) -> Edit:
    """An edit that replaces the entry's phone tokens by the one of the current key."""
    rows = WORDS.rows(lead, country, (_PHONE,))
    current = phone_tokens(lead.account_id, _tokens(rows))
    return Edit(lead.lead_date_ms, _value_micros(lead), ((), ()), ((), ()), set(), current, current)

"""Translates a `LeadQuery` into criteria of the search index: tokens, field values, ids and ranges.

A list's filters compare the stored column exactly. Their folded values are criteria as well (`filter_criteria`): the
index finds every lead that a filter accepts, and perhaps more.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leadloop.core.catalogue.model import OWN
from leadloop.core.catalogue.own import CUSTOM, OwnLeads
from leadloop.core.ids import ID
from leadloop.core.search.fields import without_prefix
from leadloop.core.search.folding import whole
from leadloop.core.search.phones import phone_prefixes
from leadloop.core.search.tree import Anywhere, Between, Clause, Dialled, Has, Is, Phrase, Query, Within
from leadloop.core.store import LeadQuery
from leadloop.derived import tokens
from leadloop.derived.terms import HOT

INDEX_FIELDS = {
    **dict(zip(HOT, HOT, strict=True)),
    **{"owner_id": "user", "unit_id": "unit", "department_id": "department", "interest_id": "interest"},
    **{"tag_id": "tag", "campaign_ids": "campaign", "client_ids": "client", "offer_ids": "offer"},
}
"""The index field of each list filter."""
MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1
MAX_VALUES = 50
"""Values of one filter that the index is used for: its time grows with their square, and many are hardly selective."""


class TokenSequence(NamedTuple):
    """Adjacent tokens in this order; with `is_prefix` the last one matches longer tokens too. `field` restricts it to
    `name` or `email`."""

    tokens: tuple[str, ...]
    is_prefix: bool
    field: str | None = None


class TextMatch(NamedTuple):
    """Leads with any of the sequences in their full text, or with this id."""

    sequences: tuple[TokenSequence, ...]
    lead_id: str | None = None

    @property
    def is_cheap_to_exclude(self) -> bool:
        """Whether the index skips to the leads that have it: it does not for prefixes and adjacent words."""
        return self.lead_id is None and all(len(s.tokens) == 1 and not s.is_prefix for s in self.sequences)


class FieldMatch(NamedTuple):
    """Leads with any of these values of a field in `HOT`."""

    field: str
    values: tuple[str, ...]


class IdMatch(NamedTuple):
    """Leads with these ids."""

    values: tuple[str, ...]


Criterion = TextMatch | FieldMatch | IdMatch | Between


class SearchTerm(NamedTuple):
    """A criterion that leads must meet or, if negated, must not meet."""

    criterion: Criterion
    is_negated: bool = False


def search_terms(query: LeadQuery) -> list[SearchTerm]:
    """The terms of the query's search text."""
    search = query.search or Query()
    return [SearchTerm(_criterion(query.account_id, term.clause, search), term.is_negated) for term in search.terms]


def filter_criteria(query: LeadQuery) -> list[Criterion]:
    """The criteria that the query's filters imply."""
    criteria = []
    for name, field in INDEX_FIELDS.items():
        if wanted := getattr(query, name):
            values = tuple(
                without_prefix(field, whole(value)) for value in ((wanted,) if isinstance(wanted, str) else wanted)
            )
            if len(values) <= MAX_VALUES and all(values) and "\0" not in "".join(values):
                criteria.append(_criterion(query.account_id, Is(field, values), Query()))
    for own in OWN.values():
        if leads := getattr(query, f"own_{own}"):
            criteria.append(_own_criterion(own, leads))
    return criteria


def inclusive(between: Between) -> tuple[int, int]:
    """The least and the greatest value of the range."""
    least, below = between.least, between.below
    return (MIN_INT64 if least is None else least, MAX_INT64 if below is None else below - 1)


def _own_criterion(own: str, leads: OwnLeads) -> FieldMatch:
    words = [leads.word] if leads.word is not None else []
    texts = [*leads.ids, *leads.names]
    if leads.none or len(texts) >= MAX_VALUES:
        texts = [CUSTOM]
    values = (without_prefix(own, whole(text)) for text in (*words, *texts) if "\0" not in text)
    return FieldMatch(own, tuple(dict.fromkeys(filter(None, values))))


def _criterion(account_id: str, clause: Clause, search: Query) -> Criterion:
    if isinstance(clause, Between):
        return clause
    if isinstance(clause, Is) and clause.field == "id":
        return IdMatch(clause.values)
    if isinstance(clause, Is) and clause.field in HOT:
        return FieldMatch(clause.field, clause.values)
    return TextMatch(tuple(_sequences(account_id, clause, search)), _lead_id(clause))


def _sequences(
    account_id: str, clause: Anywhere | Within | Dialled | Is | Has, search: Query
) -> Iterator[TokenSequence]:
    match clause:
        case Anywhere(phrase, number):
            yield _sequence(account_id, phrase)
            if number is not None:
                yield from _phones(account_id, [number], search)
        case Within(field, phrases):
            for phrase in phrases:
                yield _sequence(account_id, phrase, field)
        case Dialled(numbers):
            yield from _phones(account_id, numbers, search)
        case Is(field, values):
            for value in values:
                yield TokenSequence((tokens.exact(account_id, field, value),), False)
        case Has(fields):
            for field in fields:
                yield TokenSequence((tokens.has(account_id, field),), False)


def _sequence(account_id: str, phrase: Phrase, field: str | None = None) -> TokenSequence:
    return TokenSequence(tuple(tokens.word(account_id, word) for word in phrase.words), phrase.is_prefix, field)


def _phones(account_id: str, numbers: Iterable[str], search: Query) -> Iterator[TokenSequence]:
    for number in numbers:
        for digits in phone_prefixes(number, search.regions, search.is_renewing):
            yield TokenSequence((tokens.phone(account_id, digits),), True)


def _lead_id(clause: Clause) -> str | None:
    if isinstance(clause, Anywhere) and len(clause.phrase.words) == 1 and ID.fullmatch(clause.phrase.words[0]):
        return clause.phrase.words[0]
    return None

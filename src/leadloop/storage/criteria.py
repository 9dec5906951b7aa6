"""What a `LeadQuery` asks of the search index: its terms as tokens, terms and ranges.

The lists' own filters compare a column as it is written. Folded, they are terms of the index as well (`narrowing`),
which finds all that they let through, and perhaps more.
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

NARROWING = {
    **dict(zip(HOT, HOT, strict=True)),
    **{"owner_id": "user", "unit_id": "unit", "department_id": "department", "interest_id": "interest"},
    **{"tag_id": "tag", "campaign_ids": "campaign", "client_ids": "client", "offer_ids": "offer"},
}
"""Of which field of the index a filter of the lists is a value."""
MOST_VALUES = 50
"""Of one filter. An index takes time by the square of them, and they hardly narrow anything."""


class Run(NamedTuple):
    """Tokens next to each other in this order; with `is_prefix` the last may go on. In `name` or `email` only, if that
    is its `field`."""

    tokens: tuple[str, ...]
    is_prefix: bool
    field: str | None = None


class Words(NamedTuple):
    """Any of the runs in the full text, or the lead of this id."""

    runs: tuple[Run, ...]
    lead_id: str | None = None


class Terms(NamedTuple):
    """Any of the values of a hot field."""

    field: str
    values: tuple[str, ...]


class Ids(NamedTuple):
    """The leads of these ids."""

    values: tuple[str, ...]


Criterion = Words | Terms | Ids | Between


class SearchTerm(NamedTuple):
    """One thing asked, or to be left out."""

    asked: Criterion
    is_negated: bool = False


def search_terms(query: LeadQuery) -> list[SearchTerm]:
    """The terms of the search."""
    search = query.search or Query()
    return [SearchTerm(_asked(query.account_id, term.clause, search), term.is_negated) for term in search.terms]


def narrowing(query: LeadQuery) -> list[Criterion]:
    found = []
    for name, field in NARROWING.items():
        if asked := getattr(query, name):
            values = tuple(
                without_prefix(field, whole(value)) for value in ((asked,) if isinstance(asked, str) else asked)
            )
            if len(values) <= MOST_VALUES and all(values) and "\0" not in "".join(values):
                found.append(_asked(query.account_id, Is(field, values), Query()))
    for own in OWN.values():
        if leads := getattr(query, f"own_{own}"):
            found.append(_of_own(own, leads))
    return found


def _of_own(own: str, leads: OwnLeads) -> Terms:
    words = [leads.word] if leads.word is not None else []
    said = [*leads.ids, *leads.names]
    if leads.none or len(said) >= MOST_VALUES:
        said = [CUSTOM]
    values = (without_prefix(own, whole(text)) for text in (*words, *said) if "\0" not in text)
    return Terms(own, tuple(dict.fromkeys(filter(None, values))))


def _asked(account_id: str, clause: Clause, search: Query) -> Criterion:
    if isinstance(clause, Between):
        return clause
    if isinstance(clause, Is) and clause.field == "id":
        return Ids(clause.values)
    if isinstance(clause, Is) and clause.field in HOT:
        return Terms(clause.field, clause.values)
    return Words(tuple(_runs(account_id, clause, search)), _whole_id(clause))


def _runs(account_id: str, clause: Anywhere | Within | Dialled | Is | Has, search: Query) -> Iterator[Run]:
    match clause:
        case Anywhere(phrase, number):
            yield _run(account_id, phrase)
            if number is not None:
                yield from _phones(account_id, [number], search)
        case Within(field, phrases):
            for phrase in phrases:
                yield _run(account_id, phrase, field)
        case Dialled(numbers):
            yield from _phones(account_id, numbers, search)
        case Is(field, values):
            for value in values:
                yield Run((tokens.exact(account_id, field, value),), False)
        case Has(fields):
            for field in fields:
                yield Run((tokens.has(account_id, field),), False)


def _run(account_id: str, phrase: Phrase, field: str | None = None) -> Run:
    return Run(tuple(tokens.word(account_id, word) for word in phrase.words), phrase.is_prefix, field)


def _phones(account_id: str, numbers: Iterable[str], search: Query) -> Iterator[Run]:
    for number in numbers:
        for digits in phone_prefixes(number, search.regions, search.is_renewing):
            yield Run((tokens.phone(account_id, digits),), True)


def _whole_id(clause: Clause) -> str | None:
    if isinstance(clause, Anywhere) and len(clause.phrase.words) == 1 and ID.fullmatch(clause.phrase.words[0]):
        return clause.phrase.words[0]
    return None

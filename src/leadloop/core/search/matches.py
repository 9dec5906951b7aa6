"""Matches a query against a lead. The tests compare the engines' SQL with this."""

from collections.abc import Iterable

from leadloop.core.leads.model import Lead
from leadloop.core.search.phones import phone_prefixes
from leadloop.core.search.searchable import SearchDocument, search_document
from leadloop.core.search.tree import Anywhere, Between, Clause, Dialled, Has, Is, Phrase, Query, Within


def matches(query: Query, lead: Lead) -> bool:
    """Whether the query finds the lead. The caller checks account and deletion."""
    document = search_document(lead)
    return all(_holds(term.clause, document, query) != term.is_negated for term in query.terms)


def _holds(clause: Clause, document: SearchDocument, query: Query) -> bool:
    match clause:
        case Anywhere(phrase, number):
            return (
                phrase.words == (document.id,)
                or _has_phrase(document, "name", phrase)
                or _has_phrase(document, "email", phrase)
                or (number is not None and _has_phone(document, [number], query))
            )
        case Within(field, phrases):
            return any(_has_phrase(document, field, phrase) for phrase in phrases)
        case Dialled(numbers):
            return _has_phone(document, numbers, query)
        case Is(field, values):
            return any((field, value) in document.exact for value in values)
        case Between(field, least, below):
            value = document.measures.get(field)
            return value is not None and (least is None or least <= value) and (below is None or value < below)
        case Has(fields):
            return not document.has.isdisjoint(fields)


def _has_phone(document: SearchDocument, numbers: Iterable[str], query: Query) -> bool:
    prefixes = (phone_prefixes(number, query.regions, query.is_renewing) for number in numbers)
    return document.phone is not None and any(map(document.phone.startswith, prefixes))


def _has_phrase(document: SearchDocument, field: str, phrase: Phrase) -> bool:
    if field == "name":
        return _contains(document.name, phrase)
    return _contains(document.email, phrase) or (
        document.address is not None and _contains((document.address,), phrase)
    )


def _contains(run: tuple[str, ...], phrase: Phrase) -> bool:
    *first, last = phrase.words
    for start in range(len(run) - len(first)):
        end = start + len(first)
        if list(run[start:end]) == first and (run[end] == last or (phrase.is_prefix and run[end].startswith(last))):
            return True
    return False

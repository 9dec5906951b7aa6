"""Which leads a query finds. The engines' SQL is tested against this."""

from collections.abc import Iterable

from leadloop.core.leads.model import Lead
from leadloop.core.search.phones import phone_prefixes
from leadloop.core.search.searchable import Searchable, searchable
from leadloop.core.search.tree import Anywhere, Between, Clause, Dialled, Has, Is, Phrase, Query, Within


def matches(query: Query, lead: Lead) -> bool:
    """Whether the lead is found. Account and deletion are left to whoever lists."""
    found = searchable(lead)
    return all(_holds(term.clause, found, query) != term.is_negated for term in query.terms)


def _holds(clause: Clause, lead: Searchable, query: Query) -> bool:
    match clause:
        case Anywhere(phrase, number):
            return (
                phrase.words == (lead.id,)
                or _has_phrase(lead, "name", phrase)
                or _has_phrase(lead, "email", phrase)
                or (number is not None and _has_phone(lead, [number], query))
            )
        case Within(field, phrases):
            return any(_has_phrase(lead, field, phrase) for phrase in phrases)
        case Dialled(numbers):
            return _has_phone(lead, numbers, query)
        case Is(field, values):
            return any((field, value) in lead.exact for value in values)
        case Between(field, least, below):
            value = lead.measures.get(field)
            return value is not None and (least is None or least <= value) and (below is None or value < below)
        case Has(fields):
            return not lead.has.isdisjoint(fields)


def _has_phone(lead: Searchable, numbers: Iterable[str], query: Query) -> bool:
    prefixes = (phone_prefixes(number, query.regions, query.is_renewing) for number in numbers)
    return lead.phone is not None and any(map(lead.phone.startswith, prefixes))


def _has_phrase(lead: Searchable, field: str, phrase: Phrase) -> bool:
    if field == "name":
        return _contains(lead.name, phrase)
    return _contains(lead.email, phrase) or (lead.address is not None and _contains((lead.address,), phrase))


def _contains(run: tuple[str, ...], phrase: Phrase) -> bool:
    *first, last = phrase.words
    for start in range(len(run) - len(first)):
        end = start + len(first)
        if list(run[start:end]) == first and (run[end] == last or (phrase.is_prefix and run[end].startswith(last))):
            return True
    return False

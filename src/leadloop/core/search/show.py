"""Writes a tree as a query, for links, saved views and messages. Parsing that gives the same tree at any time."""

import re
from collections.abc import Iterable

from leadloop.core.ids import ID
from leadloop.core.search.fields import ID_PREFIX
from leadloop.core.search.tree import Anywhere, Between, Dialled, Has, Is, Phrase, Query, Term, Within
from leadloop.core.search.values import scale_of

_PLAIN = re.compile(r'[^\s",<>=][^\s",]*')
_SPECIAL = re.compile(r'["\\]')


def show(query: Query) -> str:
    """The query as text. It may exceed the limits of a query, because times are written out."""
    return " ".join(map(_term, query.terms))


def quoted(value: str) -> str:
    """The value of a field in a query: in quotes where the language needs them."""
    return value if _PLAIN.fullmatch(value) else _quote(value)


def _term(term: Term) -> str:
    match term.clause:
        case Anywhere(phrase, number):
            is_id = phrase.is_prefix and ID.fullmatch(" ".join(phrase.words))
            text = _phrase(phrase, "+" if number and number[0] == "+" else ID_PREFIX if is_id else "")
        case Within(field, phrases):
            text = _field(field, map(_phrase, phrases))
        case Dialled(numbers):
            text = _field("phone", numbers)
        case Is(field, values):
            text = _field(field, map(quoted, values))
        case Between(field, least, below):
            text = _between(field, least, below)
        case Has(fields):
            text = _field("has", fields)
    return "-" + text if term.is_negated else text


def _field(name: str, values: Iterable[str]) -> str:
    return f"{name}:{','.join(values)}"


def _phrase(phrase: Phrase, before: str = "") -> str:
    """Punctuation separates the words and keeps them one phrase."""
    return before + "-".join(phrase.words) if phrase.is_prefix else _quote(before + " ".join(phrase.words))


def _quote(text: str) -> str:
    return '"' + _SPECIAL.sub(r"\\\g<0>", text) + '"'


def _between(field: str, least: int | None, below: int | None) -> str:
    shown = scale_of(field).show
    if least is None or below is None:
        return f"{field}<{shown(below)}" if below is not None else f"{field}>={shown(least or 0)}"
    return f"{field}:{shown(least)}" if below - 1 == least else f"{field}:{shown(least)}..{shown(below - 1)}"

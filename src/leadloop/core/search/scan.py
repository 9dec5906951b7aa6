"""The text of a query cut into terms, with the place of each piece. What they mean is left to `read`."""

import re
from typing import NamedTuple

from leadloop.core.errors import Problem
from leadloop.core.search.errors import SearchError
from leadloop.core.search.phones import is_piece, number

TEXT_LIMIT, TERM_LIMIT, VALUE_LIMIT = 1_000, 20, 20
"""Characters of a query, its terms, and values of one term."""

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\S+")
_BARE = re.compile(r'[^\s"]+')
_VALUE = re.compile(r'[^\s",]+')
_FIELD = re.compile(r'([^\s",:<>=]+)(:?[<>]=?|:?=|:)')
_QUOTED = re.compile(r'"((?:\\["\\]|[^"])*+)"')
_ESCAPE = re.compile(r'\\(["\\])')
_OPERATORS = {":": ":", "=": ":", ":=": ":"}
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class Piece(NamedTuple):
    """A piece of the query's text, quotes and escapes taken off. `at` and `length` are those of what was written."""

    text: str
    at: int
    length: int
    is_quoted: bool = False

    def wrong(self, problem: Problem) -> SearchError:
        return SearchError(self.at, self.length, problem)


class Scanned(NamedTuple):
    """One term: a field, an operator of `: > >= < <=` and its values, or without a field one value."""

    is_negated: bool
    values: list[Piece]
    field: Piece | None = None
    operator: str = ":"


def scan(text: str) -> list[Scanned]:
    """The terms in their order. Raises `SearchError`."""
    if len(text) > TEXT_LIMIT:
        raise SearchError(TEXT_LIMIT, len(text) - TEXT_LIMIT, Problem("search_too_long", limit=TEXT_LIMIT))
    if found := _UNSTORABLE.search(text):
        raise SearchError(found.start(), 1, Problem("search_unstorable"))
    terms: list[Scanned] = []
    at = _past_space(text, 0)
    while at < len(text):
        if len(terms) == TERM_LIMIT:
            raise SearchError(at, len(text) - at, Problem("search_too_many_terms", limit=TERM_LIMIT))
        term, at = _term(text, at)
        terms.append(term)
        at = _past_space(text, at)
    return terms


def _term(text: str, at: int) -> tuple[Scanned, int]:
    """The term at `at`, and where it ends."""
    start, is_negated = at, text[at] == "-"
    at += is_negated
    if _ends_here(text, at):
        raise SearchError(start, 1, Problem("search_minus"))
    field = _FIELD.match(text, at)
    if field is None:
        word = _anywhere(text, at)
        end = word.at + word.length
        _check_end(text, end)
        return Scanned(is_negated, [word]), end
    values, end = _values(text, start, field.end())
    name = Piece(field[1], at, len(field[1]))
    return Scanned(is_negated, values, name, _OPERATORS.get(field[2], field[2].lstrip(":"))), end


def _anywhere(text: str, at: int) -> Piece:
    """A quoted text, several words that make up a phone, or one word."""
    if text[at] == '"':
        return _quoted(text, at)
    end = at
    for word in _WORD.finditer(text, at):
        if not is_piece(word[0]) or '"' in word[0] or (word[0][0] == "-" and end > at):
            break
        end = word.end()
    if number(text[at:end]) is None:
        end = _match(_BARE, text, at).end()
    return Piece(text[at:end], at, end - at)


def _values(text: str, start: int, at: int) -> tuple[list[Piece], int]:
    """The values from `at` on of the term that begins at `start`, and where they end."""
    values: list[Piece] = []
    while True:
        if _ends_here(text, at) or text[at] == ",":
            raise SearchError(start, at - start, Problem("search_value_missing"))
        if len(values) == VALUE_LIMIT:
            raise SearchError(at, 1, Problem("search_too_many_values", limit=VALUE_LIMIT))
        if text[at] == '"':
            value = _quoted(text, at)
        else:
            found = _match(_VALUE, text, at)
            value = Piece(found[0], at, len(found[0]))
        values.append(value)
        at = value.at + value.length
        if text[at : at + 1] != ",":
            _check_end(text, at)
            return values, at
        at += 1


def _quoted(text: str, at: int) -> Piece:
    found = _QUOTED.match(text, at)
    if found is None:
        raise SearchError(at, 1, Problem("search_quote_open"))
    return Piece(_ESCAPE.sub(r"\1", found[1]), at, len(found[0]), True)


def _check_end(text: str, at: int) -> None:
    if _ends_here(text, at):
        return
    if text[at] == '"':
        raise SearchError(at, 1, Problem("search_quote_inside"))
    raise SearchError(at, 1, Problem("search_space_missing"))


def _past_space(text: str, at: int) -> int:
    return _match(_SPACE, text, at).end()


def _ends_here(text: str, at: int) -> bool:
    return at == len(text) or text[at].isspace()


def _match(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    assert found is not None, "matches anything that can stand there"
    return found

"""Splits the text of a query into terms, with the position of each piece. `read` interprets them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from leadloop.core.errors import Problem
from leadloop.core.search.errors import SearchError
from leadloop.core.search.phones import is_part_of_phone, number

TEXT_LIMIT, TERM_LIMIT, VALUE_LIMIT = 1_000, 20, 20
"""Limits: characters of a query, its terms, and values of one term."""

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"\S+")
_BARE = re.compile(r'[^\s"]+')
_VALUE = re.compile(r'[^\s",]+')
FIELD = re.compile(r'([^\s",:<>=]+)(:?[<>]=?|:?=|:)')
QUOTED = re.compile(r'"((?:\\["\\]|[^"])*+)"')
_REST = re.compile(r'(?:"(?:\\["\\]|[^"])*+"|\S)*')
"""What is left of a term after an error in it."""
ESCAPE = re.compile(r'\\(["\\])')
_OPERATORS = {":": ":", "=": ":", ":=": ":"}
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class Piece(NamedTuple):
    """A piece of the query without quotes and escapes. `at` and `length` are those of the original text."""

    text: str
    at: int
    length: int
    is_quoted: bool = False

    def wrong(self, problem: Problem) -> SearchError:
        return SearchError(self.at, self.length, problem)


class ScannedTerm(NamedTuple):
    """One term: a field, an operator (`:`, `>`, `>=`, `<` or `<=`) and values; or one value without a field.

    It stands from `at` to `end`. A term with an `error` has only the values before it.
    """

    at: int
    end: int
    is_negated: bool
    values: list[Piece]
    field: Piece | None = None
    operator: str = ":"
    error: SearchError | None = None


def scan(text: str) -> list[ScannedTerm]:
    """The terms in order. Raises `SearchError`."""
    for error in text_errors(text):
        raise error
    terms: list[ScannedTerm] = []
    for term in scan_terms(text):
        if len(terms) == TERM_LIMIT:
            raise too_many_terms(text, term)
        if term.error is not None:
            raise term.error
        terms.append(term)
    return terms


def text_errors(text: str) -> Iterator[SearchError]:
    """The errors of the text as a whole: it is too long, or else these characters cannot be stored."""
    if len(text) > TEXT_LIMIT:
        yield SearchError(TEXT_LIMIT, len(text) - TEXT_LIMIT, Problem("search_too_long", limit=TEXT_LIMIT))
        return
    for unstorable in _UNSTORABLE.finditer(text):
        yield SearchError(unstorable.start(), 1, Problem("search_unstorable"))


def too_many_terms(text: str, term: ScannedTerm) -> SearchError:
    """The error of the first term beyond the limit, and of all after it."""
    return SearchError(term.at, len(text) - term.at, Problem("search_too_many_terms", limit=TERM_LIMIT))


def scan_terms(text: str) -> Iterator[ScannedTerm]:
    """The terms in order, those with an error too. After an error the next term begins at a space outside of quotes."""
    at = _past_space(text, 0)
    while at < len(text):
        term = _term(text, at)
        yield term
        at = _past_space(text, term.end)


def operator_of(written: str) -> str:
    """The operator in any of its spellings, as in `ScannedTerm`."""
    return _OPERATORS.get(written, written.lstrip(":"))


def scan_words(text: str) -> list[Piece]:
    """The words and phones of a text in which nothing is a field, a quote or a minus: any text, of which too much is
    left out."""
    text = _UNSTORABLE.sub(" ", text[:TEXT_LIMIT]).replace('"', " ")
    pieces: list[Piece] = []
    at = _past_space(text, 0)
    while at < len(text) and len(pieces) < TERM_LIMIT:
        piece = _anywhere(text, at)
        pieces.append(piece)
        at = _past_space(text, at + piece.length)
    return pieces


def _term(text: str, start: int) -> ScannedTerm:
    is_negated = text[start] == "-"
    at = start + is_negated
    field = FIELD.match(text, at)
    values: list[Piece] = []
    error = None
    try:
        end = _scan_word(text, start, at, values) if field is None else _scan_values(text, start, field.end(), values)
    except SearchError as caught:
        error, end = caught, _match(_REST, text, max(caught.at, at)).end()
    if field is None:
        return ScannedTerm(start, end, is_negated, values, error=error)
    name, operator = Piece(field[1], at, len(field[1])), operator_of(field[2])
    return ScannedTerm(start, end, is_negated, values, name, operator, error)


def _scan_word(text: str, start: int, at: int, values: list[Piece]) -> int:
    """Appends the value of a term without field; returns its end."""
    if _ends_here(text, at):
        raise SearchError(start, 1, Problem("search_minus"))
    word = _anywhere(text, at)
    values.append(word)
    end = word.at + word.length
    _check_end(text, end)
    return end


def _anywhere(text: str, at: int) -> Piece:
    """A quoted text, several words that form a phone, or one word."""
    if text[at] == '"':
        return _scan_quoted(text, at)
    end = at
    for word in _WORD.finditer(text, at):
        if not is_part_of_phone(word[0]) or '"' in word[0] or (word[0][0] == "-" and end > at):
            break
        end = word.end()
    if number(text[at:end]) is None:
        end = _match(_BARE, text, at).end()
    return Piece(text[at:end], at, end - at)


def _scan_values(text: str, start: int, at: int, values: list[Piece]) -> int:
    """Appends the values that begin at `at`, of the term that begins at `start`; returns their end."""
    while True:
        if _ends_here(text, at) or text[at] == ",":
            raise SearchError(start, at - start, Problem("search_value_missing"))
        if len(values) == VALUE_LIMIT:
            raise SearchError(at, 1, Problem("search_too_many_values", limit=VALUE_LIMIT))
        if text[at] == '"':
            value = _scan_quoted(text, at)
        else:
            match = _match(_VALUE, text, at)
            value = Piece(match[0], at, len(match[0]))
        values.append(value)
        at = value.at + value.length
        if text[at : at + 1] != ",":
            _check_end(text, at)
            return at
        at += 1


def _scan_quoted(text: str, at: int) -> Piece:
    match = QUOTED.match(text, at)
    if match is None:
        raise SearchError(at, 1, Problem("search_quote_open"))
    return Piece(ESCAPE.sub(r"\1", match[1]), at, len(match[0]), True)


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
    match = pattern.match(text, at)
    assert match is not None, "matches anything that can stand there"
    return match

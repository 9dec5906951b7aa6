"""Parses the text of a query into a tree. docs/search.md describes the language."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from difflib import get_close_matches

from leadloop.core.errors import Problem
from leadloop.core.ids import ID
from leadloop.core.leads.phones import POSSIBLE_REGIONS
from leadloop.core.leads.status import STATUSES
from leadloop.core.search import fields
from leadloop.core.search.folding import address, fold, whole, words
from leadloop.core.search.phones import LEAST_DIGITS, MOST_DIGITS, number
from leadloop.core.search.scan import Piece, ScannedTerm, scan, scan_words
from leadloop.core.search.tree import Anywhere, Between, Clause, Dialled, Has, Is, Phrase, Query, Term, Within
from leadloop.core.search.values import Moment, UnreadableValue, scale_of

ME = "me"
"""As a value of `user` without quotes: the person who asks."""


def read(
    text: str,
    *,
    now_ms: int,
    zone: tzinfo = UTC,
    regions: tuple[str, ...] = POSSIBLE_REGIONS,
    is_renewing: bool = False,
    me: tuple[str, ...] | None = None,
) -> Query:
    """Parses a query. Days are those of `zone`; phones are read in each of the `regions`. Raises `SearchError`.

    `me` has the folded texts that `user:me` stands for: empty for a person who is no salesperson, `None` for a program.
    """
    moment = Moment(now_ms, zone)
    terms = tuple(Term(read_clause(term, moment, me), term.is_negated) for term in scan(text))
    return Query(terms, regions, is_renewing)


def read_words(text: str, *, regions: tuple[str, ...] = POSSIBLE_REGIONS, is_renewing: bool = False) -> Query | None:
    """The query for a text that is no query: its words, e-mails and phones, wherever they are in a lead. `None` if it
    has none."""
    pieces = [piece for piece in scan_words(text) if address(piece.text) or words(piece.text)]
    if not pieces:
        return None
    return Query(tuple(Term(_anywhere(piece)) for piece in pieces), regions, is_renewing)


def read_clause(term: ScannedTerm, moment: Moment, me: tuple[str, ...] | None = None) -> Clause:
    """Interprets one term that was scanned without an error; `me` as in `read`. Raises `SearchError`."""
    if term.field is None:
        return _anywhere(term.values[0])
    field = read_field(term.field)
    if field in fields.MEASURES:
        return _between(field, term, moment)
    if term.operator != ":":
        raise term.field.wrong(Problem("search_not_measured", fields=tuple(fields.MEASURES), field=field))
    if field in fields.TEXTS:
        return Within(field, tuple(_phrase(value) for value in term.values))
    if field == fields.PHONE:
        return Dialled(tuple(_number(value) for value in term.values))
    if field == fields.HAS:
        return Has(tuple(_one_of(value, fields.OPTIONAL) for value in term.values))
    return Is(field, tuple(text for value in term.values for text in _values(field, value, me)))


def read_field(piece: Piece) -> str:
    """The name of the field. Raises `SearchError`."""
    field = whole(piece.text)
    if field not in fields.FIELDS:
        raise piece.wrong(Problem("search_field_unknown", known=_nearest(field, fields.FIELDS)))
    return field


def _anywhere(piece: Piece) -> Anywhere:
    bare_id = fold(piece.text).removeprefix(fields.ID_PREFIX)
    if ID.fullmatch(bare_id):
        return Anywhere(Phrase((bare_id,), not piece.is_quoted), number(bare_id))
    return Anywhere(_phrase(piece), number(piece.text))


def _phrase(piece: Piece) -> Phrase:
    whole_address = address(piece.text)
    phrase_words = (whole_address,) if whole_address else words(piece.text)
    if not phrase_words:
        raise piece.wrong(Problem("search_no_word"))
    return Phrase(phrase_words, not piece.is_quoted)


def _number(piece: Piece) -> str:
    digits = number(piece.text)
    if digits is None:
        raise piece.wrong(Problem("search_phone", least=LEAST_DIGITS, most=MOST_DIGITS))
    return digits


def _values(field: str, piece: Piece, me: tuple[str, ...] | None) -> tuple[str, ...]:
    if field != "user" or piece.is_quoted or whole(piece.text) != ME:
        return (_value(field, piece),)
    if not me:
        raise piece.wrong(Problem("search_me_program") if me is None else Problem("search_me_nobody"))
    return me


def _value(field: str, piece: Piece) -> str:
    value = whole(piece.text)
    if not value:
        raise piece.wrong(Problem("search_empty"))
    if field == "status":
        return _one_of(piece, sorted(STATUSES))
    return fields.without_prefix(field, value)


def _one_of(piece: Piece, choices: Sequence[str]) -> str:
    value = whole(piece.text)
    if value not in choices:
        raise piece.wrong(_nearest(value, choices))
    return value


def _nearest(value: str, choices: Sequence[str]) -> Problem:
    near = get_close_matches(value, choices, 3, 0.6)
    return Problem("search_near", near=tuple(near)) if near else Problem("search_choices", choices=tuple(choices))


def _between(field: str, term: ScannedTerm, moment: Moment) -> Between:
    piece = term.values[0]
    if len(term.values) > 1:
        both = Piece("", piece.at, term.values[-1].at + term.values[-1].length - piece.at)
        raise both.wrong(Problem("search_one_value"))
    low, dots, high = piece.text.partition("..")
    if dots and (term.operator != ":" or not (low or high)):
        raise piece.wrong(Problem("search_range", field=field))
    scale = scale_of(field)
    try:
        if dots:
            least = scale.read_range(low, moment)[0] if low else None
            below = scale.read_range(high, moment)[1] if high else None
        else:
            least, below = _bounds(term.operator, *scale.read_range(piece.text, moment))
    except UnreadableValue as error:
        raise piece.wrong(error.problem) from error
    if least is not None and below is not None and least >= below:
        raise piece.wrong(Problem("search_backwards"))
    if any(bound is not None and not scale.least <= bound <= scale.most for bound in (least, below)):
        least_shown, most_shown = scale.show(scale.least), scale.show(scale.most)
        raise piece.wrong(Problem("search_bounds", least=least_shown, most=most_shown))
    return Between(field, least, below)


def _bounds(operator: str, first: int, end: int) -> tuple[int | None, int | None]:
    least = {":": first, ">=": first, ">": end}.get(operator)
    below = {":": end, "<": first, "<=": end}.get(operator)
    return least, below

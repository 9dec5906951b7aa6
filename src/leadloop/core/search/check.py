"""Checks a query: where each term lies in the text, and all mistakes at once, with what would mend each. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, NamedTuple

from leadloop.core.errors import PROBLEM_LIMIT, Problem
from leadloop.core.search.errors import SearchError
from leadloop.core.search.folding import fold
from leadloop.core.search.phones import number
from leadloop.core.search.read import read_clause, read_field
from leadloop.core.search.scan import TERM_LIMIT, TEXT_LIMIT, ScannedTerm, scan_terms, text_errors, too_many_terms
from leadloop.core.search.values import Moment

_DECIMAL_COMMA = re.compile(r"-?(\d{1,3}(\.\d{3})+,\d{1,6}|\d+,\d{1,2}|\d{4,},\d{1,6})")
_DECIMAL_POINT = re.compile(r"-?\d{1,3}(,\d{3})+\.\d{1,6}")
_MILLIONS = re.compile(r"-?\d{1,3}((\.\d{3}){2,}|(,\d{3}){2,})")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_AGO = re.compile(r"\d{1,4}[dw]")
_DAYS = {"today": "today", "yesterday": "yesterday", "hoje": "today", "ontem": "yesterday"}


class Mistake(NamedTuple):
    """A part of the query that cannot be read: `length` characters from `at`, counted from 0.

    `suggestion` is what to write in its place, ready to be put there; `None` if nothing is obvious.
    """

    at: int
    length: int
    problem: Problem
    suggestion: str | None

    @property
    def end(self) -> int:
        return self.at + self.length


class CheckedQuery(NamedTuple):
    """The terms in order, also those with mistakes; and the mistakes in order, none within another."""

    terms: Sequence[ScannedTerm]
    mistakes: Sequence[Mistake]


def check(text: str, moment: Moment, me: tuple[str, ...] | None = None) -> CheckedQuery:
    """`me` as in `read`. Where `read` raises an error, there is a mistake. A text that is too long has that one, and no
    terms."""
    errors = list(text_errors(text))
    terms: list[ScannedTerm] = []
    for term in scan_terms(text) if len(text) <= TEXT_LIMIT else ():
        if len(terms) == TERM_LIMIT:
            errors.append(too_many_terms(text, term))
            break
        terms.append(term)
        errors += _errors_of(term, moment, me)
    return CheckedQuery(terms, [_mistake(text, error) for error in _apart(errors)])


def show(text: str, query: CheckedQuery) -> dict[str, Any]:
    """As `GET /api/v1/search/check` answers."""
    terms = [{"from": term.at, "to": term.end, "text": text[term.at : term.end]} for term in query.terms]
    return {"terms": terms, "problems": [_show_mistake(mistake) for mistake in query.mistakes]}


def _show_mistake(mistake: Mistake) -> dict[str, Any]:
    return {
        "from": mistake.at,
        "to": mistake.end,
        "code": mistake.problem.code,
        "message": mistake.problem.text,
        "suggestion": mistake.suggestion,
    }


def without_term(text: str, terms: Sequence[ScannedTerm], index: int) -> str:
    """The query without one of its terms. The others keep their meaning: numbers that come to stand next to each other
    are put in quotes, because they would be read as one phone."""
    rest = [term for term in terms if term is not terms[index]]
    joined = " ".join(text[term.at : term.end] for term in rest)
    if sum(1 for _ in scan_terms(joined)) == len(rest):
        return joined
    return " ".join(_apart_from_numbers(text, term) for term in rest)


def _apart_from_numbers(text: str, term: ScannedTerm) -> str:
    value = term.values[0]
    if term.field is not None or value.is_quoted or number(value.text) is None:
        return text[term.at : term.end]
    return f'{"-" * term.is_negated}"{value.text}"'


def _errors_of(term: ScannedTerm, moment: Moment, me: tuple[str, ...] | None) -> Iterator[SearchError]:
    """Reads the term, and then each of its values alone, because reading stops at the first error."""
    if term.error is not None:
        yield term.error
    try:
        if term.field is not None:
            read_field(term.field)
        if term.error is None:
            read_clause(term, moment, me)
    except SearchError as error:
        yield error
    for value in term.values:
        try:
            read_clause(term._replace(values=[value]), moment, me)
        except SearchError as error:
            yield error


def _apart(errors: Sequence[SearchError]) -> Iterator[SearchError]:
    """In the order of their places, without those that begin within another."""
    end = 0
    for error in sorted(errors, key=lambda error: (error.at, -error.length))[:PROBLEM_LIMIT]:
        if error.at >= end:
            end = error.at + error.length
            yield error


def _mistake(text: str, error: SearchError) -> Mistake:
    return Mistake(error.at, error.length, error.problem, _suggestion(text[error.at : error.at + error.length], error))


def _suggestion(wrong: str, error: SearchError) -> str | None:
    problem = error.problem
    known = problem.params.get("known")
    near = (known if isinstance(known, Problem) else problem).params.get("near")
    if isinstance(near, tuple):
        return near[0]
    mend = _MENDS.get(problem.code)
    return mend(wrong) if mend else None


def _plain_number(wrong: str) -> str | None:
    """A number without separators between thousands, if only one reading is possible."""
    if _DECIMAL_COMMA.fullmatch(wrong):
        return wrong.replace(".", "").replace(",", ".")
    if _DECIMAL_POINT.fullmatch(wrong) or _MILLIONS.fullmatch(wrong):
        head, dot, decimals = wrong.rpartition(".") if "," in wrong else (wrong, "", "")
        return f"{head.replace(',', '')}{dot}{decimals}" if dot else re.sub("[.,]", "", wrong)
    return None


def _day(wrong: str) -> str | None:
    """A day in ISO 8601, if only one reading is possible; or today, yesterday or days ago."""
    if _AGO.fullmatch(wrong):
        return f"-{wrong}"
    if match := _DAY.fullmatch(wrong):
        first, second, year = map(int, match.groups())
        if first <= 12 and second <= 12 and first != second:
            return None
        return _iso(year, min(first, second), max(first, second))
    near = get_close_matches(fold(wrong), _DAYS, 1, 0.6)
    return _DAYS[near[0]] if near else None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _swapped(wrong: str) -> str:
    mark = '"' if wrong[0] == '"' else ""
    low, dots, high = wrong.strip('"').partition("..")
    return f"{mark}{high}{dots}{low}{mark}"


_MENDS: Mapping[str, Callable[[str], str | None]] = {
    "search_space_missing": lambda wrong: f" {wrong}",
    "search_one_value": _plain_number,
    "search_number": _plain_number,
    "search_time": _day,
    "search_backwards": _swapped,
}

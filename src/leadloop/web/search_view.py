"""What the search field of the list of leads shows: the terms as chips, or the mistakes at their places."""

from collections.abc import Sequence
from typing import NamedTuple

from leadloop.core.days import zone_of
from leadloop.core.errors import Problem
from leadloop.core.reading.lists import Count
from leadloop.core.search.check import CheckedQuery, Mistake, check, without_term
from leadloop.core.search.values import Moment
from leadloop.web.queries import ListState
from leadloop.web.query_words import QueryWords, TermWords
from leadloop.web.visit import Visit
from leadloop.web.words.language import Words

MOST_REMOVALS = 5
SHOWN = 1_200
"""Characters of a query with mistakes that are repeated below the field."""


class Chip(NamedTuple):
    words: TermWords
    text: str
    """The term in the query's own words."""
    rest: str
    """The query without it."""
    address: str
    """Of the list without it."""


class MarkedText(NamedTuple):
    text: str
    is_wrong: bool


class ShownMistake(NamedTuple):
    text: str
    """The wrong part."""
    problem: Problem
    suggestion: str | None
    address: str
    """Of the list with the suggestion in its place."""


class Removal(NamedTuple):
    """A term, and what the query finds without it; `None` before that is counted."""

    chip: Chip
    leads: Count | None = None


class SearchView(NamedTuple):
    chips: Sequence[Chip] = ()
    """None where there are mistakes: then the field has the whole query."""
    mistakes: Sequence[ShownMistake] = ()
    marked: Sequence[MarkedText] = ()

    @property
    def removals(self) -> Sequence[Removal]:
        """The last terms, if there are others."""
        return [Removal(chip) for chip in self.chips[-MOST_REMOVALS:] if chip.rest]


def moment_of(visit: Visit) -> Moment:
    """Days of a query are the account's."""
    return Moment(visit.now_ms, zone_of(visit.account.time_zone))


async def query_words(visit: Visit) -> QueryWords:
    catalogue = await visit.store.catalogue.get(visit.account.id)
    return QueryWords(Words(visit.formats, visit.account.currency), catalogue)


async def search_view(visit: Visit, state: ListState) -> SearchView:
    query = check(state.q, moment_of(visit), (await visit.visibility()).users)
    if query.mistakes:
        mistakes = [_mistake(visit, state, mistake) for mistake in query.mistakes]
        return SearchView((), mistakes, _marked(state.q, query.mistakes))
    if not query.terms:
        return SearchView()
    return SearchView(_chips(visit, state, query, await query_words(visit)))


def _chips(visit: Visit, state: ListState, query: CheckedQuery, words: QueryWords) -> list[Chip]:
    chips = []
    for index, term in enumerate(query.terms):
        rest = without_term(state.q, query.terms, index)
        text = state.q[term.at : term.end]
        chips.append(Chip(words.term(term), text, rest, state.address(visit.account.id, q=rest)))
    return chips


def _mistake(visit: Visit, state: ListState, mistake: Mistake) -> ShownMistake:
    before, wrong, after = state.q[: mistake.at], state.q[mistake.at : mistake.end], state.q[mistake.end :]
    mended = f"{before}{mistake.suggestion or wrong}{after}"
    address = state.address(visit.account.id, q=mended)
    return ShownMistake(wrong[:SHOWN], mistake.problem, mistake.suggestion, address)


def _marked(text: str, mistakes: Sequence[Mistake]) -> list[MarkedText]:
    parts, end = [], 0
    for mistake in mistakes:
        parts.append(MarkedText(text[end : mistake.at], False))
        parts.append(MarkedText(text[mistake.at : mistake.end], True))
        end = mistake.end
    parts.append(MarkedText(text[end:], False))
    return _cut([part for part in parts if part.text])


def _cut(parts: Sequence[MarkedText]) -> list[MarkedText]:
    shown: list[MarkedText] = []
    left = SHOWN
    for part in parts:
        if len(part.text) > left:
            return [*shown, MarkedText(f"{part.text[:left]}…", part.is_wrong)]
        shown.append(part)
        left -= len(part.text)
    return shown

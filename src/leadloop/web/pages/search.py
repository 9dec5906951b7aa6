"""The parts of the search field that load after the page: completions, and what a query without a term would find."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from starlette.responses import Response

from leadloop.core.errors import Unavailable
from leadloop.core.reading import field_values, lists
from leadloop.core.reading.lists import Count
from leadloop.core.search.caret import Caret, Completed, caret_at, completed
from leadloop.core.search.completion import QueryCompletion
from leadloop.core.search.errors import SearchError
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.folding import whole
from leadloop.core.search.scan import TEXT_LIMIT
from leadloop.web.queries import ListState, lead_query
from leadloop.web.query_words import QueryWords
from leadloop.web.render import page
from leadloop.web.search_view import moment_of, query_words, search_view
from leadloop.web.visit import Visit, read_digits

LEAST = 2
"""Characters of a word from which on values of some fields are offered beside the fields."""
OF_WORDS = ("user", "tag", "stage", "source", "unit", "product")
MOST, MOST_FIELDS, MOST_VALUES = 16, 6, 3
"""How many options there are in all, and beside options of another kind."""


class Option(NamedTuple):
    """A completion as the field shows it, and the text of the field with it; `at` is then the caret, in UTF-16."""

    field: str
    label: str
    hint: str
    """What is written into the query, if the label does not say so."""
    text: str
    at: int


async def complete(visit: Visit) -> Response:
    """Options for the text `q` of the field, whose caret is `at` (in UTF-16)."""
    params = visit.request.query_params
    text, at = params.get("q", ""), read_digits(params.get("at", ""))
    if at is None or len(text) > TEXT_LIMIT:
        return page(visit, "leads/_complete.html", options=())
    caret = caret_at(text, _from_utf16(text, at))
    words = await query_words(visit)
    options = await (_values(visit, text, caret, words) if caret.field else _fields(visit, text, caret, words))
    return page(visit, "leads/_complete.html", options=options[:MOST])


async def _fields(visit: Visit, text: str, caret: Caret, words: QueryWords) -> list[Option]:
    """Fields that begin with what has been written, and values of some fields that contain it."""
    written = whole(caret.written)
    options = [
        _option("", completion, completed(text, caret, completion.value, is_whole=False))
        for completion in await _complete(visit, caret, "", words)
        if completion.value.startswith(written) or whole(completion.label).startswith(written)
    ][: MOST_FIELDS if written else MOST]
    for field in OF_WORDS if len(written) >= LEAST else ():
        for value, label in (await _complete(visit, caret, field, words))[:MOST_VALUES]:
            shown = QueryCompletion(f"{field}:{value}", label)
            options.append(_option(words.field_name(field), shown, completed(text, caret, shown.value, is_whole=True)))
    return options


async def _values(visit: Visit, text: str, caret: Caret, words: QueryWords) -> list[Option]:
    field = whole(caret.field)
    if field not in FIELDS:
        return []
    completions = await _complete(visit, caret, field, words)
    return [
        _option("", completion, completed(text, caret, completion.value, is_whole=True))
        for completion in completions
        if text[caret.start : caret.end] != completion.value
    ]


async def _complete(visit: Visit, caret: Caret, field: str, words: QueryWords) -> Sequence[QueryCompletion]:
    return await field_values.values(
        visit.store,
        visit.account,
        moment_of(visit),
        field,
        caret.written,
        visibility=await visit.visibility(),
        label=words.label,
        is_compared=caret.operator != ":",
    )


def _option(field: str, completion: QueryCompletion, result: Completed) -> Option:
    at = len(result.text[: result.at].encode("utf-16-le")) // 2
    hint = "" if field or completion.value.strip('"') == completion.label else completion.value
    return Option(field, completion.label, hint, result.text, at)


def _from_utf16(text: str, at: int) -> int:
    """Counts characters as browsers do, and returns how many of ours that are."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * at].decode("utf-16-le", "ignore"))


async def count_without(visit: Visit) -> Response:
    """What the query finds without each of its last terms, and how many leads there are."""
    state = ListState.of(visit.request)
    search = await search_view(visit, state)
    removals = [removal._replace(leads=await _count(visit, removal.chip.rest)) for removal in search.removals]
    return page(visit, "leads/_without.html", state=state, removals=removals, total=await _count(visit, ""))


async def _count(visit: Visit, q: str) -> Count | None:
    """`None` where counting would take long."""
    with suppress(SearchError, Unavailable):
        query = await lead_query(visit, ListState(q=q), limit=1)
        return await lists.quick_count(visit.store, query, await visit.visibility())
    return None

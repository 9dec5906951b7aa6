"""How the leads of a `LeadQuery` are found: which statements are run, in which order. The engines only run them.

Candidates come from a source, and each is checked for everything that is asked. There are two ways. To walk is to take
the next leads in the order of the list: so what many leads have is found at once. To gather is to take all that an
index has for one thing that is asked: so what few have is found. How common a thing is nobody knows beforehand, so a
bounded walk comes first. Where no index helps, as with what is only left out, the walk has no bound.

The sources and checks are statements by name in the engine's `finding.sql`. A source gives `lead_id` and
`lead_date_ms` of leads of the account that are not deleted, each once; a check is asked of such a row, `o`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from leadloop.core.ids import first_id
from leadloop.core.search.tree import Between
from leadloop.core.store import LeadQuery, Order
from leadloop.derived.terms import as_term
from leadloop.storage.criteria import Criterion, Ids, Terms, Words, narrowing, search_terms
from leadloop.storage.filters import BY_KEY, Parameters, exactly, json_texts
from leadloop.storage.sql import FILTERS
from leadloop.storage.steps import Documents, Statement, Steps

SCAN_LIMIT, MOST_WALKED = 2_000, 20_000
"""Leads that a bounded walk looks at, beside two for each that is wanted: some 3 ms. For many it is not tried."""
PROBED, FEW = 10_000, 500
"""An index that has more is common; one that has so few is taken at once."""
LEAST, MOST = -(2**63), 2**63 - 1
LAST = ("by_words", "by_words_or_ids")  # of what is equally common, words take the longest to read


class SqlDialect(NamedTuple):
    """How an engine says it. `sql` has its statements by name."""

    sql: Mapping[str, str]
    one_of: str
    has_tag: str
    """As `filters.exactly` takes them."""
    words: Callable[[Words], tuple[str, list[Any]]]
    """Whether a row of the full text has the words, and the values of that condition."""
    match: Callable[[Sequence[Words]], str]
    """All of these, as the one value of the source `by_words`."""


class AccessPath(NamedTuple):
    """What it answers of what is asked needs no check."""

    name: str
    values: tuple[Any, ...] = ()
    answers: tuple[Criterion, ...] = ()
    is_few: bool = False
    """By a key that few leads share."""


WALKS = {Order.LEAD_DATE: AccessPath("all_by_lead_date"), Order.CREATED: AccessPath("all_by_creation")}
SPANS = {Order.LEAD_DATE: "by_lead_date", Order.CREATED: "by_creation"}
"""Of an order, the source that is a piece of its walk."""

TimeRange = tuple[int | None, int | None]
"""From, and up to the first that is no longer in it."""
NO_SPAN: TimeRange = (None, None)


def page(query: LeadQuery, speech: SqlDialect) -> Steps[Documents]:
    finder = Finder(query, speech)
    if finder.walks:
        documents: Documents = yield finder.page(finder.walking)
        return documents
    looked_at = SCAN_LIMIT + 2 * (query.offset + query.limit)
    if looked_at <= MOST_WALKED and not finder.gathering[0].is_few:
        documents = yield finder.page(finder.walking, looked_at)
        if documents.is_cut or len(documents.found) == query.limit:
            return documents
    documents = yield finder.page((yield from _fewest(finder)))
    return documents


def count(query: LeadQuery, speech: SqlDialect, most: int) -> Steps[int]:
    finder = Finder(query, speech)
    if not finder.gathering:
        return _number((yield finder.count(finder.walking, most)))
    if any(source.name == "by_words" for source in finder.gathering) and not finder.gathering[0].is_few:
        of_first = _number((yield finder.count(finder.walking, most, SCAN_LIMIT)))
        if of_first >= min(most, SCAN_LIMIT // 4):
            number = _number((yield finder.count(finder.walking, most, 5 * most)))
            if number >= most:
                return number
    return _number((yield finder.count((yield from _fewest(finder)), most)))


def _fewest(finder: "Finder") -> Steps[AccessPath]:
    best, fewest = finder.gathering[0], PROBED + 1
    if len(finder.gathering) == 1 or best.is_few:
        return best
    for source in finder.gathering:
        number = _number((yield finder.probe(source)))
        if number < fewest:
            best, fewest = source, number
        if fewest <= FEW:
            break
    return best


def _number(rows: Sequence[Any]) -> int:
    number: int = rows[0][0]
    return number


class Finder:
    """The statements of one query."""

    def __init__(self, query: LeadQuery, speech: SqlDialect) -> None:
        self._query = query
        self._speech = speech
        self._wishes = search_terms(query)
        asked = [wish.asked for wish in self._wishes if not wish.is_negated]
        self._dates = _span(asked, "date", query.lead_date_from_ms, query.lead_date_to_ms)
        self._creation = _span(asked, "created", query.created_from_ms, query.created_to_ms)
        wanted = [*asked, *narrowing(query)]
        self.gathering = sorted(self._gathering(wanted), key=lambda one: (not one.is_few, one.name in LAST))
        self.walking = WALKS[query.order]
        """By lead date, the leads with one value of a hot field can be walked in the order of the list."""
        if query.order is Order.LEAD_DATE:
            self.walking = next((one for one in self.gathering if one.name == "by_term"), self.walking)

    @property
    def walks(self) -> bool:
        """Whether no index helps but that of the order."""
        return all(one == self.walking or one.name == SPANS[self._query.order] for one in self.gathering)

    @property
    def is_bounded(self) -> bool:
        """Whether it finds what it looks at, or has an index that helps."""
        return not self.walks or not self._checks(self.walking, self._parameters())

    def page(self, source: AccessPath, budget: int | None = None) -> Statement:
        parameters = self._parameters()
        limits = parameters.put(" LIMIT {} OFFSET {}", self._query.limit, self._query.offset)
        found = self._select("o.lead_id, o.lead_date_ms", source, budget, parameters)
        sql = self._speech.sql["page"].replace("/*found*/", f"{found} ORDER BY {self._order('o')}{limits}")
        return Statement(sql.replace("/*order*/", self._order("f")), parameters.values, reads_documents=True)

    def count(self, source: AccessPath, most: int, budget: int | None = None) -> Statement:
        parameters = self._parameters()
        limit = parameters.put(" LIMIT {}", most)
        found = self._select("1", source, budget, parameters, is_paged=False)
        return Statement(self._speech.sql["count"].replace("/*found*/", found + limit), parameters.values)

    def probe(self, source: AccessPath) -> Statement:
        """How many candidates it gives, up to `PROBED`."""
        parameters = self._parameters()
        limit = parameters.put(" LIMIT {}", PROBED)
        bounds = [*self._bounds(parameters), *self._other_bounds(parameters)]
        found = _selected("1", self._candidates(source, parameters), bounds) + limit
        return Statement(self._speech.sql["count"].replace("/*found*/", found), parameters.values)

    def _select(
        self, columns: str, source: AccessPath, budget: int | None, parameters: Parameters, *, is_paged: bool = True
    ) -> str:
        candidates, bounds = self._candidates(source, parameters), self._bounds(parameters, is_paged=is_paged)
        others = [*self._other_bounds(parameters), *self._checks(source, parameters)]
        if budget is None:
            return _selected(columns, candidates, [*bounds, *others])
        bounded = _selected("o.lead_id, o.lead_date_ms", candidates, bounds)
        limit = parameters.put(" LIMIT {}", budget)
        return _selected(columns, f"{bounded} ORDER BY {self._order('o')}{limit}", others)

    def _parameters(self) -> Parameters:
        return Parameters(self._query.account_id)

    def _candidates(self, source: AccessPath, parameters: Parameters) -> str:
        return parameters.put(self._speech.sql[source.name], *source.values)

    def _order(self, alias: str) -> str:
        way = "ASC" if self._query.is_ascending else "DESC"
        columns = ("lead_date_ms", "lead_id") if self._query.order is Order.LEAD_DATE else ("lead_id",)
        return ", ".join(f"{alias}.{column} {way}" for column in columns)

    def _bounds(self, parameters: Parameters, *, is_paged: bool = True) -> list[str]:
        """Where the list, in its order, begins and ends, and where the page starts."""
        by_date, after = self._query.order is Order.LEAD_DATE, self._query.after
        found = _ranges("date" if by_date else "created", *(self._dates if by_date else self._creation), parameters)
        if is_paged and after is not None:
            way = ">" if self._query.is_ascending else "<"
            if by_date:
                found.append(parameters.put(f"(o.lead_date_ms, o.lead_id) {way} ({{}}, {{}})", *after))
            else:
                found.append(parameters.put(f"o.lead_id {way} {{}}", after[1]))
        return found

    def _other_bounds(self, parameters: Parameters) -> list[str]:
        """The range of the time that is not the order."""
        if self._query.order is Order.LEAD_DATE:
            return _ranges("created", *self._creation, parameters)
        return _ranges("date", *self._dates, parameters)

    def _checks(self, source: AccessPath, parameters: Parameters) -> list[str]:
        """All that is asked and neither a bound nor answered by the source."""
        speech, of_words, found = self._speech, [], []
        for asked, is_negated in self._wishes:
            if not is_negated and asked in source.answers:
                continue
            match asked:
                case Words() | Between("value"):
                    of_words.append(_signed(self._of_words(asked, parameters), is_negated))
                case Between(field, least, below):
                    if is_negated:
                        found.append(_signed(" AND ".join(_ranges(field, least, below, parameters)), True))
                case Ids(values):
                    sql = parameters.put(speech.one_of.replace("{column}", "o.lead_id"), json_texts(values))
                    found.append(_signed(sql, is_negated))
                case Terms(field, values):
                    sql = parameters.put(speech.sql["has_terms"], json_texts(values), field)
                    found.append(_signed(f"EXISTS ({sql})", is_negated))
        if of_words:
            found.append(f"EXISTS ({self._filtered('has_words', of_words)})")
        if exact := exactly(self._query, parameters, speech.one_of, speech.has_tag):
            found.append(f"EXISTS ({self._filtered('is_so', exact)})")
        return found

    def _filtered(self, name: str, conditions: list[str]) -> str:
        return self._speech.sql[name].replace(FILTERS, "".join(f" AND {each}" for each in conditions))

    def _of_words(self, asked: Words | Between, parameters: Parameters) -> str:
        if isinstance(asked, Between):
            return parameters.put("value_micros BETWEEN {} AND {}", *_inclusive(asked))
        condition, values = self._speech.words(asked)
        if asked.lead_id is not None:
            condition, values = f"(lead_id = {{}} OR {condition})", [asked.lead_id, *values]
        return parameters.put(condition, *values)

    def _gathering(self, wanted: Sequence[Criterion]) -> Iterator[AccessPath]:
        for name in BY_KEY:
            value = getattr(self._query, name)
            if value is not None and "\0" not in value:
                yield AccessPath(f"by_{name}", (value,), is_few=True)
        for asked in wanted:
            match asked:
                case Ids(values):
                    yield AccessPath("by_ids", (json_texts(dict.fromkeys(values)),), (asked,), is_few=True)
                case Terms(field, (value,)):
                    yield AccessPath("by_term", (field, value), (asked,))
                case Terms(field, values):
                    texts = json_texts(dict.fromkeys(values))
                    yield AccessPath("by_terms", (texts, field, texts, field), (asked,))
                case Between("value"):
                    yield AccessPath("by_value", tuple(map(as_term, _inclusive(asked))), (asked,))
        if self._creation != NO_SPAN:
            least, below = self._creation
            yield AccessPath("by_creation", (first_id(least or 0), first_id(MOST if below is None else below)))
        if self._dates != NO_SPAN:
            least, below = self._dates
            yield AccessPath("by_lead_date", (LEAST if least is None else least, MOST if below is None else below))
        if words := [asked for asked in wanted if isinstance(asked, Words)]:
            match = self._speech.match(words)
            if ids := [asked.lead_id for asked in words if asked.lead_id is not None]:
                yield AccessPath("by_words_or_ids", (match, json_texts(dict.fromkeys(ids))))
            else:
                yield AccessPath("by_words", (match,), tuple(words))


def _span(asked: Sequence[Criterion], field: str, least: int | None, below: int | None) -> TimeRange:
    """What all of these leave of a time."""
    spans = [
        (least, below),
        *((one.least, one.below) for one in asked if isinstance(one, Between) and one.field == field),
    ]
    leasts, belows = ([bound for bound in bounds if bound is not None] for bounds in zip(*spans, strict=True))
    return max(leasts, default=None), min(belows, default=None)


def _ranges(field: str, least: int | None, below: int | None, parameters: Parameters) -> list[str]:
    """Of a time. Ids sort by creation."""
    column, bound = ("o.lead_id", first_id) if field == "created" else ("o.lead_date_ms", int)
    found = [parameters.put(column + " >= {}", bound(least))] if least is not None else []
    return found if below is None else [*found, parameters.put(column + " < {}", bound(below))]


def _inclusive(asked: Between) -> tuple[int, int]:
    return (LEAST if asked.least is None else asked.least, MOST if asked.below is None else asked.below - 1)


def _signed(condition: str, is_negated: bool) -> str:
    return f"({condition}) IS NOT TRUE" if is_negated else f"({condition})"


def _selected(columns: str, candidates: str, conditions: Sequence[str]) -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM ({candidates}) AS o{where}"

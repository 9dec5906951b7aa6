"""Plans how the leads of a `LeadQuery` are found: which statements run, in which order. The engines only run them.

An access path yields candidates, and every other criterion is checked on each candidate. There are two kinds. An
ordered scan reads leads in the order of the list: it is fast if many leads match. An index lookup reads all leads that
an index has for one criterion: it is fast if few match. The number of matches is unknown beforehand, so a bounded
ordered scan runs first. Where no index helps, as with negated terms only, the scan is unbounded.

Access paths and checks are named statements in the engine's `finding.sql`. A path yields `lead_id` and `lead_date_ms`
of leads of the account that are not deleted, each once; a check is a condition on such a row, `o`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from leadloop.core.ids import first_id
from leadloop.core.search.tree import Between
from leadloop.core.store import LeadQuery, Order
from leadloop.derived.terms import as_term
from leadloop.storage.criteria import (
    MAX_INT64,
    MIN_INT64,
    Criterion,
    FieldMatch,
    IdMatch,
    TextMatch,
    filter_criteria,
    inclusive,
    search_terms,
)
from leadloop.storage.filters import (
    KEY_FILTERS,
    UNBOUNDED,
    Parameters,
    column_conditions,
    json_texts,
    negatable,
    range_conditions,
    select_from,
    time_range,
)
from leadloop.storage.scripts import Documents, Script, Statement, number_of
from leadloop.storage.sql import FILTERS

SCAN_LIMIT, MAX_SCAN = 2_000, 20_000
"""Leads that a bounded scan reads, in addition to two for each requested lead (some 3 ms), and the most that it may
read: a query that needs more uses an index at once."""
PROBED, FEW = 10_000, 500
"""Above `PROBED` matches an index counts as unselective; at `FEW` or fewer it is used without probing further."""
PROBED_LAST = ("by_words", "by_words_or_ids")  # equally selective paths through the full text are the slowest


class SqlDialect(NamedTuple):
    """The SQL of an engine. `sql` has its statements by name."""

    sql: Mapping[str, str]
    one_of: str
    has_tag: str
    """The parameters of `filters.column_conditions`."""
    words: Callable[[TextMatch], tuple[str, list[Any]]]
    """The condition that a row of the full text matches, and its parameters."""
    match: Callable[[Sequence[TextMatch], Sequence[TextMatch]], str]
    """All of the first and none of the second, as the parameter of the path `by_words`."""


class AccessPath(NamedTuple):
    """A statement that yields candidates, with its parameters."""

    name: str
    values: tuple[Any, ...] = ()
    covers: tuple[Criterion, ...] = ()
    """The criteria that every candidate meets: they need no check."""
    excludes: tuple[Criterion, ...] = ()
    """The criteria that no candidate meets."""
    is_selective: bool = False
    """It looks up a key that few leads share."""


ORDERED_SCANS = {Order.LEAD_DATE: AccessPath("all_by_lead_date"), Order.CREATED: AccessPath("all_by_creation")}
RANGE_SCANS = {Order.LEAD_DATE: "by_lead_date", Order.CREATED: "by_creation"}
"""The path that reads a time range of each ordered scan."""


def page(query: LeadQuery, dialect: SqlDialect) -> Script[Documents]:
    plan = QueryPlan(query, dialect)
    if plan.needs_ordered_scan:
        documents: Documents = yield plan.page(plan.ordered_scan)
        return documents
    scanned = SCAN_LIMIT + 2 * (query.offset + query.limit)
    if scanned <= MAX_SCAN and not plan.index_lookups[0].is_selective:
        documents = yield plan.page(plan.ordered_scan, scanned)
        if documents.is_cut or len(documents.docs) == query.limit:
            return documents
    documents = yield plan.page((yield from most_selective(plan)))
    return documents


def count(query: LeadQuery, dialect: SqlDialect, most: int) -> Script[int]:
    plan = QueryPlan(query, dialect)
    if plan.matches_all and (stored := (yield plan.stored_count())):
        return min(number_of(stored), most)
    if not plan.index_lookups:
        return number_of((yield plan.count(plan.ordered_scan, most)))
    if any(path.name == "by_words" for path in plan.index_lookups) and not plan.index_lookups[0].is_selective:
        in_scan = number_of((yield plan.count(plan.ordered_scan, most, SCAN_LIMIT)))
        if in_scan >= min(most, SCAN_LIMIT // 4):
            number = number_of((yield plan.count(plan.ordered_scan, most, 5 * most)))
            if number >= most:
                return number
    return number_of((yield plan.count((yield from most_selective(plan)), most)))


def most_selective(plan: "QueryPlan") -> Script[AccessPath]:
    best, best_count = plan.index_lookups[0], PROBED + 1
    if len(plan.index_lookups) == 1 or best.is_selective:
        return best
    for path in plan.index_lookups:
        number = number_of((yield plan.probe(path)))
        if number < best_count:
            best, best_count = path, number
        if best_count <= FEW:
            break
    return best


class QueryPlan:
    """The access paths and statements of one query."""

    def __init__(self, query: LeadQuery, dialect: SqlDialect) -> None:
        self._query = query
        self._dialect = dialect
        self._terms = search_terms(query)
        required = [term.criterion for term in self._terms if not term.is_negated]
        self._dates = time_range(required, "date", query.lead_date_from_ms, query.lead_date_to_ms)
        self._creation = time_range(required, "created", query.created_from_ms, query.created_to_ms)
        criteria = [*required, *filter_criteria(query)]
        self.index_lookups = sorted(
            self._index_lookups(criteria), key=lambda path: (not path.is_selective, path.name in PROBED_LAST)
        )
        self.ordered_scan = ORDERED_SCANS[query.order]
        """The index of a hot field has the leads of one value by lead date: it serves as the ordered scan of that
        order."""
        if query.order is Order.LEAD_DATE:
            self.ordered_scan = next((path for path in self.index_lookups if path.name == "by_term"), self.ordered_scan)

    @property
    def needs_ordered_scan(self) -> bool:
        """Whether no index helps except that of the order."""
        return all(
            path == self.ordered_scan or path.name == RANGE_SCANS[self._query.order] for path in self.index_lookups
        )

    @property
    def is_bounded(self) -> bool:
        """Whether an index limits the rows to read, or every candidate matches."""
        return not self.needs_ordered_scan or not self._checks(self.ordered_scan, self._parameters())

    @property
    def matches_all(self) -> bool:
        """Whether every lead of the account that is not deleted matches."""
        return not self.index_lookups and not self._checks(self.ordered_scan, self._parameters())

    def covers_all(self, path: AccessPath) -> bool:
        """Whether every candidate of the path matches."""
        bounds = [*self._bounds(self._parameters(), is_paged=False), *self._other_bounds(self._parameters())]
        return not bounds and not self._checks(path, self._parameters())

    def stored_count(self) -> Statement:
        return Statement(self._dialect.sql["stored_count"], self._parameters().values)

    def page(self, path: AccessPath, budget: int | None = None) -> Statement:
        parameters = self._parameters()
        limits = parameters.bind(" LIMIT {} OFFSET {}", self._query.limit, self._query.offset)
        matches = self._select("o.lead_id, o.lead_date_ms", path, budget, parameters)
        sql = self._dialect.sql["page"].replace("/*matches*/", f"{matches} ORDER BY {self._order('o')}{limits}")
        return Statement(sql.replace("/*order*/", self._order("f")), parameters.values, reads_documents=True)

    def count(self, path: AccessPath, most: int, budget: int | None = None, name: str = "count") -> Statement:
        parameters = self._parameters()
        limit = parameters.bind(" LIMIT {}", most)
        matches = self._select("o.lead_id", path, budget, parameters, is_paged=False)
        return Statement(self._dialect.sql[name].replace("/*matches*/", matches + limit), parameters.values)

    def probe(self, path: AccessPath) -> Statement:
        """Counts the candidates of a path, up to `PROBED`."""
        parameters = self._parameters()
        limit = parameters.bind(" LIMIT {}", PROBED)
        bounds = [*self._bounds(parameters), *self._other_bounds(parameters)]
        candidates = select_from(self._candidates(path, parameters), "1", bounds) + limit
        return Statement(self._dialect.sql["count"].replace("/*matches*/", candidates), parameters.values)

    def _select(
        self, columns: str, path: AccessPath, budget: int | None, parameters: Parameters, *, is_paged: bool = True
    ) -> str:
        candidates, bounds = self._candidates(path, parameters), self._bounds(parameters, is_paged=is_paged)
        others = [*self._other_bounds(parameters), *self._checks(path, parameters)]
        if budget is None:
            return select_from(candidates, columns, [*bounds, *others])
        bounded = select_from(candidates, "o.lead_id, o.lead_date_ms", bounds)
        limit = parameters.bind(" LIMIT {}", budget)
        return select_from(f"{bounded} ORDER BY {self._order('o')}{limit}", columns, others)

    def _parameters(self) -> Parameters:
        return Parameters(self._query.account_id)

    def _candidates(self, path: AccessPath, parameters: Parameters) -> str:
        return parameters.bind(self._dialect.sql[path.name], *path.values)

    def _order(self, alias: str) -> str:
        direction = "ASC" if self._query.is_ascending else "DESC"
        columns = ("lead_date_ms", "lead_id") if self._query.order is Order.LEAD_DATE else ("lead_id",)
        return ", ".join(f"{alias}.{column} {direction}" for column in columns)

    def _bounds(self, parameters: Parameters, *, is_paged: bool = True) -> list[str]:
        """The bounds of the list in its own order, and the start of the page."""
        by_date, after = self._query.order is Order.LEAD_DATE, self._query.after
        bounds = range_conditions(
            "date" if by_date else "created", *(self._dates if by_date else self._creation), parameters
        )
        if is_paged and after is not None:
            direction = ">" if self._query.is_ascending else "<"
            if by_date:
                bounds.append(parameters.bind(f"(o.lead_date_ms, o.lead_id) {direction} ({{}}, {{}})", *after))
            else:
                bounds.append(parameters.bind(f"o.lead_id {direction} {{}}", after[1]))
        return bounds

    def _other_bounds(self, parameters: Parameters) -> list[str]:
        """The range of the time that the list is not ordered by."""
        if self._query.order is Order.LEAD_DATE:
            return range_conditions("created", *self._creation, parameters)
        return range_conditions("date", *self._dates, parameters)

    def _checks(self, path: AccessPath, parameters: Parameters) -> list[str]:
        """The conditions that neither the bounds nor the path guarantee."""
        dialect, text_conditions, conditions = self._dialect, [], []
        for criterion, is_negated in self._terms:
            if criterion in (path.excludes if is_negated else path.covers):
                continue
            match criterion:
                case TextMatch() | Between("value"):
                    text_conditions.append(negatable(self._text_condition(criterion, parameters), is_negated))
                case Between(field, least, below):
                    if is_negated:
                        conditions.append(
                            negatable(" AND ".join(range_conditions(field, least, below, parameters)), True)
                        )
                case IdMatch(values):
                    sql = parameters.bind(dialect.one_of.replace("{column}", "o.lead_id"), json_texts(values))
                    conditions.append(negatable(sql, is_negated))
                case FieldMatch(field, values):
                    sql = parameters.bind(dialect.sql["has_terms"], json_texts(values), field)
                    conditions.append(negatable(f"EXISTS ({sql})", is_negated))
        if text_conditions:
            conditions.append(f"EXISTS ({self._filtered('has_words', text_conditions)})")
        if exact := column_conditions(self._query, parameters, dialect.one_of, dialect.has_tag):
            conditions.append(f"EXISTS ({self._filtered('matches_columns', exact)})")
        return conditions

    def _filtered(self, name: str, conditions: list[str]) -> str:
        return self._dialect.sql[name].replace(FILTERS, "".join(f" AND {each}" for each in conditions))

    def _text_condition(self, criterion: TextMatch | Between, parameters: Parameters) -> str:
        if isinstance(criterion, Between):
            return parameters.bind("value_micros BETWEEN {} AND {}", *inclusive(criterion))
        condition, values = self._dialect.words(criterion)
        if criterion.lead_id is not None:
            condition, values = f"(lead_id = {{}} OR {condition})", [criterion.lead_id, *values]
        return parameters.bind(condition, *values)

    def _index_lookups(self, criteria: Sequence[Criterion]) -> Iterator[AccessPath]:
        for name in KEY_FILTERS:
            value = getattr(self._query, name)
            if value is not None and "\0" not in value:
                yield AccessPath(f"by_{name}", (value,), is_selective=True)
        for criterion in criteria:
            match criterion:
                case IdMatch(values):
                    yield AccessPath("by_ids", (json_texts(dict.fromkeys(values)),), (criterion,), is_selective=True)
                case FieldMatch(field, (value,)):
                    yield AccessPath("by_term", (field, value), (criterion,))
                case FieldMatch(field, values):
                    texts = json_texts(dict.fromkeys(values))
                    yield AccessPath("by_terms", (texts, field, texts, field), (criterion,))
                case Between("value"):
                    yield AccessPath("by_value", tuple(map(as_term, inclusive(criterion))), (criterion,))
        if self._creation != UNBOUNDED:
            least, below = self._creation
            yield AccessPath("by_creation", (first_id(least or 0), first_id(MAX_INT64 if below is None else below)))
        if self._dates != UNBOUNDED:
            least, below = self._dates
            bounds = MIN_INT64 if least is None else least, MAX_INT64 if below is None else below
            yield AccessPath("by_lead_date", bounds)
        if matches := [criterion for criterion in criteria if isinstance(criterion, TextMatch)]:
            negated = (criterion for criterion, is_negated in self._terms if is_negated)
            excluded = [text for text in negated if isinstance(text, TextMatch) and text.is_cheap_to_exclude]
            match = self._dialect.match(matches, excluded)
            if ids := [text.lead_id for text in matches if text.lead_id is not None]:
                yield AccessPath("by_words_or_ids", (match, json_texts(dict.fromkeys(ids))))
            else:
                yield AccessPath("by_words", (match,), tuple(matches), tuple(excluded))

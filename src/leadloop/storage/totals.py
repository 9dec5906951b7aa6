"""What the leads of a query are worth together, and the stages that an account's leads have."""

from collections.abc import Mapping

from leadloop.core.store import LeadQuery
from leadloop.storage.criteria import MAX_INT64
from leadloop.storage.finding import QueryPlan, SqlDialect, most_selective
from leadloop.storage.scripts import Script, Statement


def value_sums(query: LeadQuery, dialect: SqlDialect) -> Script[Mapping[str | None, int]]:
    plan = QueryPlan(query, dialect)
    path = (yield from most_selective(plan)) if plan.index_lookups else plan.ordered_scan
    rows = yield plan.count(path, MAX_INT64, name="value_sums")
    return {currency: (int(upper) << 32) + int(lower) for currency, upper, lower in rows}


def stage_values(account_id: str, limit: int, dialect: SqlDialect) -> Script[list[str]]:
    """A lookup for each value, however many leads have it."""
    values: list[str] = []
    while len(values) < limit:
        rows = yield Statement(dialect.sql["next_term"], (account_id, "stage", values[-1] if values else ""))
        if not rows:
            break
        values.append(rows[0][0])
    return values

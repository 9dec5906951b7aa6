"""How many leads of a query are in each stage and what they are worth, and the stages that an account's leads have."""

from leadloop.core.stage_sums import StageSum
from leadloop.core.store import LeadQuery
from leadloop.storage.criteria import MAX_INT64
from leadloop.storage.finding import QueryPlan, SqlDialect, most_selective
from leadloop.storage.scripts import Script, Statement


def stage_sums(query: LeadQuery, dialect: SqlDialect) -> Script[list[StageSum]]:
    plan = QueryPlan(query, dialect)
    path = (yield from most_selective(plan)) if plan.index_lookups else plan.ordered_scan
    rows = yield plan.count(path, MAX_INT64, name="stage_sums")
    return [
        StageSum(stage, currency, leads, (int(upper) << 32) + int(lower))
        for stage, currency, leads, upper, lower in rows
    ]


def stage_values(account_id: str, limit: int, dialect: SqlDialect) -> Script[list[str]]:
    """A lookup for each value, however many leads have it."""
    values: list[str] = []
    while len(values) < limit:
        rows = yield Statement(dialect.sql["next_term"], (account_id, "stage", values[-1] if values else ""))
        if not rows:
            break
        values.append(rows[0][0])
    return values

"""Counts that give up instead of examining a large part of an account's leads."""

from msgspec import structs

from leadloop.core.store import LeadQuery, Order
from leadloop.storage import finding
from leadloop.storage.finding import QueryPlan, SqlDialect
from leadloop.storage.scripts import Script, number_of

MOST_SCANNED = 20_000
"""Leads that a count examines in their order, some 0.1 s; more than `finding.PROBED`."""


def quick_count(query: LeadQuery, dialect: SqlDialect, most: int) -> Script[int | None]:
    """Like `finding.count`; `None` if neither an index nor a scan of `MOST_SCANNED` leads tells the number."""
    plan = QueryPlan(structs.replace(query, order=Order.LEAD_DATE), dialect)
    if plan.matches_all or (plan.needs_ordered_scan and plan.is_bounded):
        return (yield from finding.count(query, dialect, most))
    for path in plan.index_lookups:
        if path.is_selective or plan.covers_all(path) or number_of((yield plan.probe(path))) < finding.PROBED:
            return number_of((yield plan.count(path, most)))
    number = number_of((yield plan.count(plan.ordered_scan, most, MOST_SCANNED)))
    if number >= most or number_of((yield plan.probe(plan.ordered_scan))) < finding.PROBED:
        return number
    stored = yield plan.stored_count()
    return number if stored and number_of(stored) <= MOST_SCANNED else None

"""The orders of lists of leads, by the names that clients and people use."""

from typing import Any

from leadloop.core.store import Order

NEWEST_FIRST = "-date"
SORTS = {NEWEST_FIRST: Order.LEAD_DATE, "date": Order.LEAD_DATE, "-created": Order.CREATED, "created": Order.CREATED}


def order_of(sort: str) -> dict[str, Any]:
    """The arguments of a `LeadQuery` for one of `SORTS`."""
    return {"order": SORTS[sort], "is_ascending": not sort.startswith("-")}

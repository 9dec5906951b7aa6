"""How many leads a query finds: `/api/v1/leads/count`, and by stage `/api/v1/leads/stages` (docs/search.md)."""

from collections.abc import Sequence
from typing import Any

from leadloop.api.call import Answer, Call, Route
from leadloop.api.envelope import success
from leadloop.api.lead_filters import FILTERS, read_filters
from leadloop.api.own.account import load_account
from leadloop.core.reading import lists
from leadloop.core.reading.stages import StageCount, stage_counts
from leadloop.core.reading.visibility import ALL
from leadloop.core.store import LeadQuery, Order
from leadloop.insights.measures import other_currencies

READ = "leads:read"


def routes() -> list[Route]:
    return [
        Route("GET", "/api/v1/leads/count", READ, count, query=FILTERS),
        Route("GET", "/api/v1/leads/stages", READ, count_by_stage, query=FILTERS),
    ]


async def count(call: Call) -> Answer:
    total = await lists.count(call.store, await _query(call), ALL)
    return success({"count": total.count, "exact": total.exact})


async def count_by_stage(call: Call) -> Answer:
    counts = await stage_counts(call.store, await _query(call), ALL, await load_account(call))
    return success({"stages": show_stages(counts)})


async def _query(call: Call) -> LeadQuery:
    return LeadQuery(account_id=call.caller.account_id, order=Order.LEAD_DATE, limit=1, **await read_filters(call))


def show_stages(counts: Sequence[StageCount]) -> list[dict[str, Any]]:
    return [
        {
            "stage": stage.stage,
            "count": stage.count,
            "exact": stage.exact,
            "valueMicros": stage.value_micros,
            **other_currencies(stage.other_values),
        }
        for stage in counts
    ]

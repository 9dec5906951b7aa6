"""Help with writing a query: `/api/v1/search/check`, `/api/v1/search/values` (docs/search.md)."""

from leadloop.api.call import Answer, Call, Route
from leadloop.api.envelope import success
from leadloop.api.errors import invalid_input
from leadloop.api.own.account import load_account
from leadloop.api.queries import read_text
from leadloop.core.days import zone_of
from leadloop.core.errors import Problem
from leadloop.core.reading import field_values
from leadloop.core.search.check import check, show
from leadloop.core.search.fields import FIELDS
from leadloop.core.search.folding import WHOLE_LENGTH, whole
from leadloop.core.search.values import Moment

READ = "leads:read"


def routes() -> list[Route]:
    return [
        Route("GET", "/api/v1/search/check", READ, check_query, query=("search",)),
        Route("GET", "/api/v1/search/values", READ, list_values, query=("field", "q")),
    ]


async def check_query(call: Call) -> Answer:
    """The terms of a query with their places, and all mistakes in it. Never refuses a query."""
    text = call.request.query_params.get("search") or ""
    zone = (await call.store.catalogue.get(call.caller.account_id)).options.zone
    return success(show(text, check(text, Moment(call.stamp.at_ms, zone))))


async def list_values(call: Call) -> Answer:
    """What may stand for a field, or after one. Raises `ApiError` 400 for a field that does not exist."""
    field, q = whole(read_text(call.request, "field") or ""), read_text(call.request, "q") or ""
    if field and field not in FIELDS:
        raise invalid_input(Problem("one_of", "/field", choices=FIELDS))
    account = await load_account(call)
    moment = Moment(call.stamp.at_ms, zone_of(account.time_zone))
    completions = await field_values.values(call.store, account, moment, field, q[:WHOLE_LENGTH])
    return success({"values": [{"value": value, "label": label} for value, label in completions]})

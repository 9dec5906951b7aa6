"""The Insights of the Expad dialect: an object of six arrays, none of them optional (expad.md section 2)."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec import Raw

from leadloop.api.body import encode
from leadloop.api.call import Answer, Call
from leadloop.api.errors import invalid_field
from leadloop.api.expad.listing import INSTANT
from leadloop.api.expad.wire.shapes import MONEY, USER
from leadloop.api.pages import make_within_limit
from leadloop.api.queries import end_of_period, parse_parameter, parse_rfc3339, read_text
from leadloop.api.queues import insights_queue
from leadloop.api.request import Request
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.parts import User
from leadloop.core.leads.source import NO_TYPE, TYPE_PREFIX
from leadloop.core.threads import in_thread_if_large
from leadloop.insights import model, service
from leadloop.insights.measures import other_currencies
from leadloop.insights.model import ProductFigures, UserFigures

PARAMETERS = ("from", "to", "source")
MOST_WAITING = 64
"""Per account: a dashboard requests many periods at once."""
NO_USER = User(name="Sem atribuição", is_real=False)
"""Stands for the user of leads that are not assigned."""


class InsightsResource:
    def __init__(self) -> None:
        self._queue = insights_queue(MOST_WAITING)

    async def answer(self, call: Call) -> Answer:
        request, account_id = call.request, call.caller.account_id
        from_ms = _read_instant(request, "from")
        to_ms = end_of_period(request, from_ms, _read_instant(request, "to"))
        source = read_text(request, "source")
        async with self._queue.slot(account_id):
            insights = await service.insights(call.context.insights, account_id, from_ms, to_ms, source)
            return await make_within_limit(call, partial(_render, account_id, insights))


async def _render(account_id: str, insights: model.Insights) -> Answer:
    size = len(insights.users) + len(insights.products)
    text = await in_thread_if_large(size, lambda: encode(show(account_id, insights)), is_long=True)
    return Answer(Raw(text), size=len(text))


def show(account_id: str, insights: model.Insights) -> dict[str, Any]:
    types = {NO_TYPE if word == NO_TYPE.removeprefix(TYPE_PREFIX) else word: n for word, n in insights.types.items()}
    return {
        "attributionUserPerformances": [_user(account_id, figures) for figures in insights.users],
        "productPerformances": [_product(figures) for figures in insights.products],
        "statusPerformances": _counts(insights.stages),
        "sourcePerformances": _counts(insights.sources),
        "typePerformances": _counts(types),
        "campaignProviderPerformances": _counts(insights.providers),
    }


def _read_instant(request: Request, name: str) -> int:
    at_ms = parse_parameter(request, name, parse_rfc3339, INSTANT)
    if at_ms is None:
        raise invalid_field(name, "instant_missing")
    return at_ms


def _user(account_id: str, figures: UserFigures) -> dict[str, Any]:
    user = USER.show_in(blank_lead(account_id, "", 0), figures.user or NO_USER)
    return {
        "attributionUser": user,
        "id": user["id"],
        "userId": user["userId"],
        "userName": user["userName"],
        "name": user["userName"],
        "leadCount": figures.leads,
        "saleCount": figures.sales,
        "saleValueMicros": Decimal(figures.value_micros),
        **other_currencies(figures.other_values),
    }


def _product(figures: ProductFigures) -> dict[str, Any]:
    return {
        "id": figures.id or "",
        "name": figures.name or "",
        "count": MONEY.show(figures.amount_micros),
        "saleValue": MONEY.show(figures.value_micros),
        **other_currencies(figures.other_values),
    }


def _counts(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"key": key, "value": count} for key, count in counts.items()]

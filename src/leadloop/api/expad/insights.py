"""The Insights of the Expad dialect: six arrays that are always there (expad.md section 2)."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec import Raw

from leadloop.api.body import encode
from leadloop.api.call import Answer, Call
from leadloop.api.errors import invalid
from leadloop.api.expad.listing import INSTANT
from leadloop.api.expad.wire.shapes import MONEY, USER
from leadloop.api.pages import in_place
from leadloop.api.queries import end_of_period, instant, parsed, text
from leadloop.api.queues import insights_queue
from leadloop.api.request import Request
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.parts import User
from leadloop.core.leads.source import NO_TYPE, TYPE_PREFIX
from leadloop.core.threads import in_thread_if_large
from leadloop.insights import model, service
from leadloop.insights.model import ProductFigures, UserFigures

PARAMETERS = ("from", "to", "source")
MOST_WAITING = 64
"""Of an account: a dashboard asks for many periods at once."""
NOBODY = User(name="Sem atribuição", is_real=False)
"""Whose leads are those without a user."""


class Insights:
    def __init__(self) -> None:
        self._queue = insights_queue(MOST_WAITING)

    async def answer(self, call: Call) -> Answer:
        request, account_id = call.request, call.caller.account_id
        from_ms = _instant(request, "from")
        to_ms = end_of_period(request, from_ms, _instant(request, "to"))
        source = text(request, "source")
        async with self._queue.place(account_id):
            found = await service.insights(call.context.insights, account_id, from_ms, to_ms, source)
            return await in_place(call, partial(_rendered, account_id, found))


async def _rendered(account_id: str, found: model.Insights) -> Answer:
    number = len(found.users) + len(found.products)
    text = await in_thread_if_large(number, lambda: encode(show(account_id, found)), is_long=True)
    return Answer(Raw(text), size=len(text))


def show(account_id: str, found: model.Insights) -> dict[str, Any]:
    types = {NO_TYPE if word == NO_TYPE.removeprefix(TYPE_PREFIX) else word: n for word, n in found.types.items()}
    return {
        "attributionUserPerformances": [_user(account_id, one) for one in found.users],
        "productPerformances": [_product(one) for one in found.products],
        "statusPerformances": _counts(found.stages),
        "sourcePerformances": _counts(found.sources),
        "typePerformances": _counts(types),
        "campaignProviderPerformances": _counts(found.providers),
    }


def _instant(request: Request, name: str) -> int:
    found = parsed(request, name, instant, INSTANT)
    if found is None:
        raise invalid(name, "instant_missing")
    return found


def _user(account_id: str, figures: UserFigures) -> dict[str, Any]:
    user = USER.show_in(blank_lead(account_id, "", 0), figures.user or NOBODY)
    return {
        "attributionUser": user,
        "id": user["id"],
        "userId": user["userId"],
        "userName": user["userName"],
        "name": user["userName"],
        "leadCount": figures.leads,
        "saleCount": figures.sales,
        "saleValueMicros": Decimal(figures.value_micros),
    }


def _product(figures: ProductFigures) -> dict[str, Any]:
    return {
        "id": figures.id or "",
        "name": figures.name or "",
        "count": MONEY.show(figures.amount_micros),
        "saleValue": MONEY.show(figures.value_micros),
    }


def _counts(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"key": key, "value": count} for key, count in counts.items()]

"""The routes of leadloop's own resources, and the handlers of the change feeds (semantics sections 9 and 10)."""

import asyncio
from functools import partial
from operator import attrgetter

from leadloop.api.call import Answer, Call, Route, Takes, lead_id_of
from leadloop.api.envelope import success
from leadloop.api.own import account, catalogue, keys, lead_counts, saved_views, search, users
from leadloop.api.own.insights import InsightsRoutes
from leadloop.api.own.lead_lists import LeadListRoutes
from leadloop.api.own.long_poll import FeedWatcher
from leadloop.api.own.paging import (
    FeedQuery,
    PositionOf,
    RecordEncoder,
    RecordReader,
    encode_cursor,
    read_feed_query,
    read_page,
)
from leadloop.api.own.revert import revert
from leadloop.api.own.webhooks import WebhookRoutes
from leadloop.api.own.wire import RecordRenderer
from leadloop.api.pages import make_within_limit
from leadloop.api.queries import read_number
from leadloop.core.writes import use_cases
from leadloop.webhooks.sending import SenderContext

PARAMETERS = ("after", "limit", "full")
MAX_WAIT_SECONDS = 30


class OwnRoutes:
    """`sender_context` is `None` if only the route table is needed."""

    def __init__(
        self, records: RecordRenderer, *, stopping: asyncio.Event, sender_context: SenderContext | None
    ) -> None:
        self._webhooks = WebhookRoutes(sender_context)
        self._insights = InsightsRoutes()
        self._lead_lists = LeadListRoutes(records)
        self._records = records
        self._feed_watcher = FeedWatcher(stopping)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/v1/changes", "leads:read", self.changes, query=(*PARAMETERS, "wait")),
            Route("GET", "/api/v1/leads/{lead_id}/changes", "leads:read", self.lead_changes, query=PARAMETERS),
            Route("POST", "/api/v1/leads/{lead_id}/revert", "leads:write", revert, Takes.LEAD_CHANGE),
            *self._lead_lists.routes(),
            *lead_counts.routes(),
            *self._insights.routes(),
            *catalogue.routes(),
            *account.routes(),
            *users.routes(),
            *keys.routes(),
            *saved_views.routes(),
            *search.routes(),
            *self._webhooks.routes(),
        ]

    async def changes(self, call: Call) -> Answer:
        """The account's change feed, by position."""
        account_id, store = call.caller.account_id, call.store
        query = read_feed_query(call.request, account_id)
        wait_seconds = read_number(call.request, "wait", 0, 0, MAX_WAIT_SECONDS)
        end = await store.changes.position(account_id)
        query.check(end)
        if query.after == end and wait_seconds:
            end = await self._feed_watcher.wait_beyond(call.request, store, account_id, end, wait_seconds)

        read = partial(store.changes.feed, account_id)
        render = partial(self._records.json, full=query.full)
        return await make_within_limit(call, partial(_answer, query, end, read, attrgetter("position"), render))

    async def lead_changes(self, call: Call) -> Answer:
        """One lead's change feed, by version."""
        account_id, store = call.caller.account_id, call.store
        lead_id = lead_id_of(call)
        query = read_feed_query(call.request, lead_id)
        lead = await use_cases.get(store, account_id, lead_id)
        query.check(lead.version)

        read = partial(store.changes.of_lead, account_id, lead_id)
        render = partial(self._records.json, full=query.full)
        return await make_within_limit(call, partial(_answer, query, lead.version, read, attrgetter("version"), render))


async def _answer(
    query: FeedQuery, end: int, read: RecordReader, position_of: PositionOf, render: RecordEncoder
) -> Answer:
    page = await read_page(query, end, read, position_of, render)
    data = {
        "changes": page.records,
        "nextCursor": encode_cursor(query.feed, page.last),
        "hasMore": page.last < end,
    }
    return success(data, size=page.size)

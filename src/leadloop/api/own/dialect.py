"""leadloop's own resources as a dialect: leads and errors have the form of the first registered dialect."""

import asyncio
from collections.abc import Sequence

from msgspec import structs

from leadloop.api.call import Dialect
from leadloop.api.own import webhook
from leadloop.api.own.routes import OwnRoutes
from leadloop.api.own.wire import RecordRenderer
from leadloop.webhooks.endpoints import STANDARD, ChangeView
from leadloop.webhooks.sending import SenderContext

NAME = "leadloop"


def own(
    dialects: Sequence[Dialect], *, stopping: asyncio.Event | None = None, sender_context: SenderContext | None = None
) -> Dialect:
    """The dialect. Without `stopping` and `sender_context` its handlers cannot run."""
    records = RecordRenderer(dialects)
    routes = OwnRoutes(records, stopping=stopping or asyncio.Event(), sender_context=sender_context).routes
    return structs.replace(dialects[0], name=NAME, routes=routes, webhook=webhook.shape(dialects[0], records))


def change_view(dialects: Sequence[Dialect]) -> ChangeView:
    """How the change feed and the bodies of webhooks show a change."""
    records = RecordRenderer(dialects)
    shapes = {STANDARD: webhook.shape(dialects[0], records)} | {dialect.name: dialect.webhook for dialect in dialects}
    return ChangeView(records.names, records.is_field, shapes)

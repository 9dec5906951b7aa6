"""Shared by the `webhooks` commands: an endpoint's settings as options, its id, and how to load it.

The options become a body as for the API, so that its rules also validate commands.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

from leadloop.app.records import SHAPES
from leadloop.cli.database import open_account, open_sender_context, require_account
from leadloop.cli.options import given_options, list_value, option, text_value, wire_name
from leadloop.cli.output import CommandError
from leadloop.settings import DatabaseSettings, WebhookSettings
from leadloop.webhooks import manage
from leadloop.webhooks.ports import Outbox, StoredEndpoint, WebhookStore

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext

T = TypeVar("T")

GONE = "there is no webhook with this id in the account: `leadloop webhooks list` shows them"

EndpointId = Annotated[str, Parameter(help="The id of the webhook.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointOptions:
    """All are texts: the API's rules for bodies validate them."""

    url: Annotated[str | None, option("The URL that receives the events.")] = None
    events: Annotated[str | None, option("Such as lead.created,lead.deleted; by default all events of leads.")] = None
    body: Annotated[str | None, option(f"The shape of the bodies: one of {', '.join(SHAPES)}.")] = None
    description: Annotated[str | None, option("A description for people.")] = None
    only_fields: Annotated[str | None, option("Only updates of these fields: pointers as in the change feed.")] = None
    stages: Annotated[str | None, option("Only leads in these stages, such as ACTIVE.")] = None
    statuses: Annotated[str | None, option("Only leads in these statuses, such as contacted.")] = None
    sources: Annotated[str | None, option("Only leads from these sources.")] = None
    tags: Annotated[str | None, option("Only leads with one of these tags, by id or name.")] = None
    header: Annotated[
        list[str] | None,
        option(
            'A custom header "Name: value"; may be repeated. An update replaces all: "Name: ********" keeps a value. '
            "Other users of the machine can see options."
        ),
    ] = None
    timeout_seconds: Annotated[str | None, option("The timeout of an attempt, 1 to 15.")] = None
    attempts: Annotated[str | None, option("Attempts until a delivery fails for good, 1 to 10.")] = None
    order: Annotated[str | None, option("per_lead (by default) or unordered.")] = None
    rate_per_second: Annotated[
        str | None, option("At most this many deliveries a second, from each sending process.")
    ] = None
    in_flight: Annotated[str | None, option("At most this many deliveries at a time, 1 to 64.")] = None

    def json(self) -> dict[str, Any]:
        """Raises `CommandError` for a header without a colon."""
        return {
            "headers" if name == "header" else wire_name(name): _READ.get(name, text_value)(value)
            for name, value in given_options(self).items()
        }


@asynccontextmanager
async def open_endpoint(
    settings: DatabaseSettings, account: str | None, endpoint_id: str
) -> AsyncIterator[tuple[WebhookStore, StoredEndpoint]]:
    """A store that is ready for use, and the endpoint. Raises `CommandError`."""
    async with open_account(settings, account) as (store, owner):
        yield store, await find(store, owner.id, endpoint_id)


@asynccontextmanager
async def open_account_sender(
    settings: WebhookSettings, account: str | None
) -> AsyncIterator[tuple["SenderContext", str]]:
    """The context to seal and to send, and the account's id. Raises `CommandError`."""
    async with open_sender_context(settings) as context:
        owner = await require_account(context.store, account)
        yield context, owner.id


async def find(store: Outbox, account: str, endpoint_id: str) -> StoredEndpoint:
    """Raises `CommandError`."""
    return require_endpoint(await manage.find(store, account, endpoint_id))


def with_all_targets(context: "SenderContext") -> "SenderContext":
    """Permits all addresses that an operator can permit: this process does not know the server's rules."""
    from leadloop.egress.addresses import Rules

    return context._replace(rules=Rules(allow_http=True, allow_private=True))


def require_endpoint(endpoint: T | None) -> T:
    if endpoint is None:
        raise CommandError(GONE)
    return endpoint


def _number(value: str) -> float | str | None:
    try:
        return float(value) if value else None
    except ValueError:
        return value


def _headers(lines: list[str]) -> dict[str, str] | None:
    if lines == [""]:
        return None
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise CommandError('--header takes "Name: value"')
        headers[name.strip()] = value.strip()
    return headers


_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("events", "only_fields", "stages", "statuses", "sources", "tags"), list_value),
    **dict.fromkeys(("timeout_seconds", "attempts", "rate_per_second", "in_flight"), _number),
    "header": _headers,
}

"""What the `webhooks` commands share: an endpoint's settings as options, its id, and finding it.

The options become the body that the API takes, so that its rules hold here too.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

from leadloop.app.records import SHAPES
from leadloop.cli.database import known_account, open_sender_context, opened_account
from leadloop.cli.options import given, list_value, option, text_value, wire_name
from leadloop.cli.output import Failed
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
    """All as text: what can not be a value is refused by the rules for the API's body."""

    url: Annotated[str | None, option("Where the events are sent.")] = None
    events: Annotated[str | None, option("Which, such as lead.created,lead.deleted; by default all of a lead's.")] = (
        None
    )
    body: Annotated[str | None, option(f"The shape of what is sent: one of {', '.join(SHAPES)}.")] = None
    description: Annotated[str | None, option("For people.")] = None
    only_fields: Annotated[str | None, option("Only updates of these fields: pointers of the change feed.")] = None
    stages: Annotated[str | None, option("Only leads in these stages, such as ACTIVE.")] = None
    statuses: Annotated[str | None, option("Only leads in these statuses, such as contacted.")] = None
    sources: Annotated[str | None, option("Only leads from these sources.")] = None
    tags: Annotated[str | None, option("Only leads with one of these tags, by id or name.")] = None
    header: Annotated[
        list[str] | None,
        option(
            'A "Name: value" that is sent along; may be repeated. On update these are all there are: "Name: ********" '
            "keeps a value. Other users of the machine can see options."
        ),
    ] = None
    timeout_seconds: Annotated[str | None, option("For one attempt, 1 to 15.")] = None
    attempts: Annotated[str | None, option("Until a delivery fails for good, 1 to 10.")] = None
    order: Annotated[str | None, option("per_lead (by default) or unordered.")] = None
    rate_per_second: Annotated[str | None, option("Most deliveries a second, of each process that sends.")] = None
    in_flight: Annotated[str | None, option("Most deliveries at a time, 1 to 64.")] = None

    def json(self) -> dict[str, Any]:
        """Raises `Failed` for a header without a colon."""
        return {
            "headers" if name == "header" else wire_name(name): _READ.get(name, text_value)(value)
            for name, value in given(self).items()
        }


@asynccontextmanager
async def opened_endpoint(
    settings: DatabaseSettings, account: str | None, endpoint_id: str
) -> AsyncIterator[tuple[WebhookStore, StoredEndpoint]]:
    """A store that is ready, and the endpoint. Raises `Failed`."""
    async with opened_account(settings, account) as (store, owner):
        yield store, await find(store, owner.id, endpoint_id)


@asynccontextmanager
async def sender_for_account(
    settings: WebhookSettings, account: str | None
) -> AsyncIterator[tuple["SenderContext", str]]:
    """What sealing and sending require, and the account's id. Raises `Failed`."""
    async with open_sender_context(settings) as context:
        owner = await known_account(context.store, account)
        yield context, owner.id


async def find(store: Outbox, account: str, endpoint_id: str) -> StoredEndpoint:
    """Raises `Failed`."""
    return there(await manage.find(store, account, endpoint_id))


def anywhere(context: "SenderContext") -> "SenderContext":
    """With every address that an operator can allow. What the server allows, this process does not know."""
    from leadloop.egress.addresses import Rules

    return context._replace(rules=Rules(allow_http=True, allow_private=True))


def there(endpoint: T | None) -> T:
    if endpoint is None:
        raise Failed(GONE)
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
            raise Failed('--header takes "Name: value"')
        headers[name.strip()] = value.strip()
    return headers


_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("events", "only_fields", "stages", "statuses", "sources", "tags"), list_value),
    **dict.fromkeys(("timeout_seconds", "attempts", "rate_per_second", "in_flight"), _number),
    "header": _headers,
}

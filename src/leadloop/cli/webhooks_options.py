"""What the `webhooks` commands share: an endpoint's settings as options, its id, and finding it.

The options become the body that the API takes, so that its rules hold here too.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

from leadloop.cli.database import known_account, opened, outside, run
from leadloop.cli.output import Failed
from leadloop.core.changes import pointer_parts
from leadloop.core.errors import InvalidFields
from leadloop.settings import DatabaseSettings, WebhookSettings
from leadloop.webhooks import manage
from leadloop.webhooks.ports import Outbox, Stored, WebhookStore

if TYPE_CHECKING:
    from leadloop.webhooks.sending import Outside

T = TypeVar("T")

GONE = "there is no webhook with this id in the account: `leadloop webhooks list` shows them"

EndpointId = Annotated[str, Parameter(help="The id of the webhook.")]


def _option(sentence: str) -> Parameter:
    return Parameter(help=sentence, show_default=False, negative=())


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointOptions:
    """All as text: what can not be a value is refused by the rules for the API's body."""

    url: Annotated[str | None, _option("Where the events are sent.")] = None
    events: Annotated[str | None, _option("Which, such as lead.created,lead.deleted; by default all of a lead's.")] = (
        None
    )
    body: Annotated[str | None, _option("The shape of what is sent: standard, expad or leadsail.")] = None
    description: Annotated[str | None, _option("For people.")] = None
    only_fields: Annotated[str | None, _option("Only updates of these fields: pointers of the change feed.")] = None
    stages: Annotated[str | None, _option("Only leads in these stages (Expad's status).")] = None
    statuses: Annotated[str | None, _option("Only leads in these statuses (LeadSail's).")] = None
    sources: Annotated[str | None, _option("Only leads from these sources.")] = None
    tags: Annotated[str | None, _option("Only leads with one of these tags, by id or name.")] = None
    header: Annotated[
        list[str] | None,
        _option(
            'A "Name: value" that is sent along; may be repeated. On update these are all there are: "Name: ********" '
            "keeps a value. Other users of the machine can see options."
        ),
    ] = None
    timeout_seconds: Annotated[str | None, _option("For one attempt, 1 to 15.")] = None
    attempts: Annotated[str | None, _option("Until a delivery fails for good, 1 to 10.")] = None
    order: Annotated[str | None, _option("per_lead (by default) or unordered.")] = None
    rate_per_second: Annotated[str | None, _option("Most deliveries a second, of each process that sends.")] = None
    in_flight: Annotated[str | None, _option("Most deliveries at a time, 1 to 64.")] = None

    def json(self) -> dict[str, Any]:
        """Raises `Failed` for a header without a colon."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {_wire_name(name): _READ.get(name, _text)(value) for name, value in given.items()}


def known_endpoint(
    settings: DatabaseSettings, account: str, endpoint_id: str, command: Callable[[WebhookStore, Stored], Awaitable[T]]
) -> T:
    """What `command` makes of the endpoint. Raises `Failed`."""

    async def found() -> T:
        async with opened(settings) as store:
            await known_account(store, account)
            return await command(store, await find(store, account, endpoint_id))

    return _run(settings, found)


def with_outside(settings: WebhookSettings, account: str, command: Callable[["Outside"], Awaitable[T]]) -> T:
    """What `command` does with all it takes to seal and to send. Raises `Failed`."""

    async def done() -> T:
        async with outside(settings) as found:
            await known_account(found.store, account)
            return await command(found)

    return _run(settings, done)


async def find(store: Outbox, account: str, endpoint_id: str) -> Stored:
    """Raises `Failed`."""
    return there(await manage.find(store, account, endpoint_id))


def there(found: T | None) -> T:
    if found is None:
        raise Failed(GONE)
    return found


def _run(settings: DatabaseSettings, command: Callable[[], Awaitable[T]]) -> T:
    """All problems are told at once, by the options that they are about."""

    async def done() -> T:
        try:
            return await command()
        except InvalidFields as error:
            problems = [f"{_option_name(problem.field)} {problem.text}" for problem in error.problems]
            raise Failed("; ".join(problems)) from None

    return run(settings, done)


def _wire_name(option: str) -> str:
    if option == "header":
        return "headers"
    first, *rest = option.split("_")
    return first + "".join(part.title() for part in rest)


def _option_name(field: str) -> str:
    """`--only-fields (2)` of `/onlyFields/1`."""
    name, *rest = pointer_parts(field)
    option = "--" + re.sub("[A-Z]", lambda match: f"-{match[0].lower()}", name).replace("headers", "header")
    return option + "".join(f" ({int(part) + 1 if part.isdigit() else part})" for part in rest)


def _text(value: str) -> str | None:
    return value or None


def _list(value: str) -> list[str] | None:
    return [item.strip() for item in value.split(",")] if value else None


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
    **dict.fromkeys(("events", "only_fields", "stages", "statuses", "sources", "tags"), _list),
    **dict.fromkeys(("timeout_seconds", "attempts", "rate_per_second", "in_flight"), _number),
    "header": _headers,
}

"""`leadloop webhooks`: where an account is told of its changes. A secret is shown once, when it is made."""

from typing import TYPE_CHECKING, Any

from cyclopts import App

from leadloop.app import clock
from leadloop.cli import webhooks_deliveries as past
from leadloop.cli.database import AccountId, known_account, opened, run
from leadloop.cli.output import AsJson, Failed, cell, note, printable, show_json, show_table
from leadloop.cli.reseal import reseal
from leadloop.cli.server_rules import Server, note_refusal
from leadloop.cli.webhooks_options import (
    EndpointId,
    EndpointOptions,
    anywhere,
    find,
    known_endpoint,
    there,
    with_sender_context,
)
from leadloop.settings import DATABASE_DEFAULTS, WEBHOOK_DEFAULTS, DatabaseSettings, WebhookSettings
from leadloop.webhooks import form, listing, manage
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import StoredEndpoint, WebhookStore

if TYPE_CHECKING:
    from leadloop.webhooks.sending import SenderContext

OPTIONS = EndpointOptions()

app = App(name="webhooks", help="Where an account is told of its changes, what was sent and what came of it.")
app.command(reseal)
app.command(past.deliveries)
app.command(past.attempts)
app.command(past.resend)
app.command(past.recover)
app.command(past.replay)


@app.command
def create(
    *,
    account: AccountId = None,
    options: EndpointOptions = OPTIONS,
    server: Server = None,
    json: AsJson = False,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Create a webhook and show its secret, this once: alone on stdout. Lists are separated by commas."""
    body = options.json()

    async def command(context: "SenderContext", account_id: str) -> manage.NewSecret:
        made = await manage.create(anywhere(context), account_id, body)
        if made is None:
            raise Failed(f"an account has at most {ENDPOINT_LIMIT} webhooks; delete one first")
        await note_refusal(settings, context.store, account_id, made.endpoint.url, server)
        return made

    made = with_sender_context(settings, account, command)
    _show_secret(made.endpoint, made.secret, "created the webhook", json)
    return 0


@app.command(name="list")
def list_all(*, account: AccountId = None, json: AsJson = False, settings: DatabaseSettings = DATABASE_DEFAULTS) -> int:
    """List an account's webhooks."""

    async def command() -> tuple[str, list[StoredEndpoint]]:
        async with opened(settings) as store:
            owner = await known_account(store, account)
            return owner.id, await store.endpoints.all(owner.id)

    account_id, endpoints = run(settings, command)
    shown = [form.show(stored.endpoint) for stored in endpoints]
    if json:
        show_json(shown)
    elif shown:
        show_table(["id", "url", "events", "body", "state", "last success"], [_row(endpoint) for endpoint in shown])
    else:
        print(f"no webhooks yet: leadloop webhooks create --account {account_id} --url https://...")
    return 0


@app.command
def show(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Show all there is to know of a webhook."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> Endpoint:
        return stored.endpoint

    _show(known_endpoint(settings, account, endpoint_id, command), json)
    return 0


@app.command
def update(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    options: EndpointOptions = OPTIONS,
    server: Server = None,
    json: AsJson = False,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Change a webhook; what is left out stays, an empty text gives back the default. Lists are separated by commas."""
    body = options.json()

    async def command(context: "SenderContext", account_id: str) -> Endpoint:
        endpoint = (await find(context.store, account_id, endpoint_id)).endpoint
        changed = there(await manage.update(anywhere(context), endpoint, body))
        if options.url is not None:
            await note_refusal(settings, context.store, account_id, changed.url, server)
        return changed

    _show(with_sender_context(settings, account, command), json)
    return 0


@app.command
def delete(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Delete a webhook, with all that was on its way to it."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> None:
        await store.endpoints.delete(stored.endpoint.account_id, stored.endpoint.id, clock())

    known_endpoint(settings, account, endpoint_id, command)
    if json:
        show_json({"id": endpoint_id, "deleted": True})
    else:
        print(f"deleted the webhook {endpoint_id}")
    return 0


@app.command
def rotate(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Give a webhook another secret and show it, this once. The old one signs along for a day."""

    async def command(context: "SenderContext", account_id: str) -> manage.NewSecret:
        endpoint = (await find(context.store, account_id, endpoint_id)).endpoint
        return there(await manage.rotate(context, endpoint))

    made = with_sender_context(settings, account, command)
    _show_secret(made.endpoint, made.secret, "there is a new secret for the webhook", json)
    return 0


@app.command
def test(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Send a webhook.test now, whatever state the webhook is in, and show what came of it; 1 if it did not arrive."""
    from leadloop.webhooks import sending

    async def command(context: sending.SenderContext, account_id: str) -> dict[str, Any]:
        stored = await find(context.store, account_id, endpoint_id)
        return listing.test(await sending.send_test(context, stored, context.clock()))

    result = with_sender_context(settings, account, command)
    if json:
        show_json(result)
    else:
        print(_result(result))
        if result["answer"]:
            print(printable(result["answer"]))
    return 0 if result["delivered"] else 1


@app.command
def pause(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Send nothing more until it is resumed; what comes up meanwhile waits, up to 14 days."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> Endpoint:
        return there(await manage.pause(store, stored.endpoint, clock()))

    _show_state(known_endpoint(settings, account, endpoint_id, command), json)
    return 0


@app.command
def resume(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Send again, and what has waited first."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> Endpoint:
        return there(await manage.resume(store, stored.endpoint, clock()))

    _show_state(known_endpoint(settings, account, endpoint_id, command), json)
    return 0


def _show(endpoint: Endpoint, json: bool) -> None:
    shown = form.show(endpoint)
    if json:
        show_json(shown)
    else:
        show_table(["setting", "value"], [[name, cell(value)] for name, value in shown.items()])


def _show_state(endpoint: Endpoint, json: bool) -> None:
    if json:
        show_json(form.show(endpoint))
    else:
        print(f"the webhook {endpoint.id} is {_state(form.show(endpoint))}")


def _show_secret(endpoint: Endpoint, secret: str, what: str, json: bool) -> None:
    if json:
        show_json({**form.show(endpoint), "secret": secret})
    else:
        note(f"{what} {endpoint.id} ({endpoint.url}); its secret is shown this once, keep it safe:")
        print(secret)


def _result(result: dict[str, Any]) -> str:
    parts = [
        str(result["status"] or ""),
        f"{result['error']}: {result['detail']}" if result["error"] else "",
        f"from {result['address']}" if result["address"] else "",
    ]
    outcome = "delivered" if result["delivered"] else "not delivered"
    return f"{outcome} after {result['durationMs']} ms: {' '.join(filter(None, parts))}"


def _row(shown: dict[str, Any]) -> list[str]:
    cells = [shown["id"], shown["url"], cell(shown["events"]), shown["body"], _state(shown)]
    return [*cells, cell(shown["lastSuccessAt"])]


def _state(shown: dict[str, Any]) -> str:
    return f"{shown['state']} ({shown['stateReason']})" if shown["stateReason"] else str(shown["state"])

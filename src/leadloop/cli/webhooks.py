"""`leadloop webhooks`: where an account is told of its changes. A secret is shown once, when it is made."""

from functools import partial
from typing import Any

from cyclopts import App

from leadloop.app import clock
from leadloop.cli import webhooks_deliveries as past
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, opened_account
from leadloop.cli.output import Failed, cell, note, printable, show_table, table
from leadloop.cli.reseal import reseal
from leadloop.cli.server_rules import Server, note_refusal
from leadloop.cli.webhooks_options import (
    EndpointId,
    EndpointOptions,
    anywhere,
    find,
    opened_endpoint,
    sender_for_account,
    there,
)
from leadloop.settings import DATABASE_DEFAULTS, WEBHOOK_DEFAULTS, DatabaseSettings, WebhookSettings
from leadloop.webhooks import form, listing, manage
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint

OPTIONS = EndpointOptions()

app = App(name="webhooks", help="Where an account is told of its changes, what was sent and what came of it.")
app.command(reseal)
app.command(past.deliveries)
app.command(past.attempts)
app.command(past.resend)
app.command(past.recover)
app.command(past.replay)


@app.command
@command
async def create(
    *,
    account: AccountId = None,
    options: EndpointOptions = OPTIONS,
    server: Server = None,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> Result:
    """Create a webhook and show its secret, this once: alone on stdout. Lists are separated by commas."""
    body = options.json()
    async with sender_for_account(settings, account) as (context, account_id):
        made = await manage.create(anywhere(context), account_id, body)
        if made is None:
            raise Failed(f"an account has at most {ENDPOINT_LIMIT} webhooks; delete one first")
        await note_refusal(settings, context.store, account_id, made.endpoint.url, server)
    return _secret(made, "created the webhook")


@app.command(name="list")
@command
async def list_all(*, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List an account's webhooks."""
    async with opened_account(settings, account) as (store, owner):
        endpoints = await store.endpoints.all(owner.id)
    shown = [form.show(stored.endpoint) for stored in endpoints]
    titles = ["id", "url", "events", "body", "state", "last success"]
    nothing = f"no webhooks yet: leadloop webhooks create --account {owner.id} --url https://..."
    return Result(shown, table(titles, [_row(endpoint) for endpoint in shown], nothing))


@app.command
@command
async def show(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Show all there is to know of a webhook."""
    async with opened_endpoint(settings, account, endpoint_id) as (_, stored):
        return _all_settings(stored.endpoint)


@app.command
@command
async def update(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    options: EndpointOptions = OPTIONS,
    server: Server = None,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> Result:
    """Change a webhook; what is left out stays, an empty text gives back the default. Lists are separated by commas."""
    body = options.json()
    async with sender_for_account(settings, account) as (context, account_id):
        endpoint = (await find(context.store, account_id, endpoint_id)).endpoint
        changed = there(await manage.update(anywhere(context), endpoint, body))
        if options.url is not None:
            await note_refusal(settings, context.store, account_id, changed.url, server)
    return _all_settings(changed)


@app.command
@command
async def delete(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Delete a webhook, with all that was on its way to it."""
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        await store.endpoints.delete(stored.endpoint.account_id, stored.endpoint.id, clock())
    return Result({"id": endpoint_id, "deleted": True}, f"deleted the webhook {endpoint_id}")


@app.command
@command
async def rotate(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: WebhookSettings = WEBHOOK_DEFAULTS
) -> Result:
    """Give a webhook another secret and show it, this once. The old one signs along for a day."""
    async with sender_for_account(settings, account) as (context, account_id):
        endpoint = (await find(context.store, account_id, endpoint_id)).endpoint
        made = there(await manage.rotate(context, endpoint))
    return _secret(made, "there is a new secret for the webhook")


@app.command
@command
async def test(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: WebhookSettings = WEBHOOK_DEFAULTS
) -> Result:
    """Send a webhook.test now, whatever state the webhook is in, and show what came of it; 1 if it did not arrive."""
    from leadloop.webhooks import sending

    async with sender_for_account(settings, account) as (context, account_id):
        stored = await find(context.store, account_id, endpoint_id)
        result = listing.test(await sending.send_test(context, stored, context.clock()))
    answer = f"\n{printable(result['answer'])}" if result["answer"] else ""
    return Result(result, f"{_outcome(result)}{answer}", exit_code=0 if result["delivered"] else 1)


@app.command
@command
async def pause(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Send nothing more until it is resumed; what comes up meanwhile waits, up to 14 days."""
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        return _new_state(there(await manage.pause(store, stored.endpoint, clock())))


@app.command
@command
async def resume(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Send again, and what has waited first."""
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        return _new_state(there(await manage.resume(store, stored.endpoint, clock())))


def _all_settings(endpoint: Endpoint) -> Result:
    shown = form.show(endpoint)
    rows = [[name, cell(value)] for name, value in shown.items()]
    return Result(shown, partial(show_table, ["setting", "value"], rows))


def _new_state(endpoint: Endpoint) -> Result:
    shown = form.show(endpoint)
    return Result(shown, f"the webhook {endpoint.id} is {_state(shown)}")


def _secret(made: manage.NewSecret, what: str) -> Result:
    return Result({**form.show(made.endpoint), "secret": made.secret}, partial(_show_secret, made, what))


def _show_secret(made: manage.NewSecret, what: str) -> None:
    note(f"{what} {made.endpoint.id} ({made.endpoint.url}); its secret is shown this once, keep it safe:")
    print(made.secret)


def _outcome(result: dict[str, Any]) -> str:
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

"""`leadloop webhooks`: manages webhook endpoints. Only `create` and `rotate` show a secret."""

from functools import partial
from typing import Any

from cyclopts import App

from leadloop.app import clock
from leadloop.cli import webhooks_deliveries
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId, open_account
from leadloop.cli.output import CommandError, cell, note, printable, show_table, table
from leadloop.cli.reseal import reseal
from leadloop.cli.server_rules import ServerOption, note_refusal
from leadloop.cli.webhooks_options import (
    EndpointId,
    EndpointOptions,
    find,
    open_account_sender,
    open_endpoint,
    require_endpoint,
    with_all_targets,
)
from leadloop.core.ids import system_stamp
from leadloop.settings import DATABASE_DEFAULTS, WEBHOOK_DEFAULTS, DatabaseSettings, WebhookSettings
from leadloop.webhooks import form, listing, manage
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint

OPTIONS = EndpointOptions()

app = App(name="webhooks", help="Manage webhooks, list their deliveries and attempts, and send deliveries again.")
app.command(reseal)
app.command(webhooks_deliveries.deliveries)
app.command(webhooks_deliveries.attempts)
app.command(webhooks_deliveries.resend)
app.command(webhooks_deliveries.recover)
app.command(webhooks_deliveries.replay)


@app.command
@command
async def create(
    *,
    account: AccountId = None,
    options: EndpointOptions = OPTIONS,
    server: ServerOption = None,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> Result:
    """Create a webhook and show its secret once, alone on stdout. Separate the items of a list by commas."""
    body = options.json()
    async with open_account_sender(settings, account) as (context, account_id):
        created = await manage.create(with_all_targets(context), system_stamp(clock()), account_id, body)
        if created is None:
            raise CommandError(f"an account has at most {ENDPOINT_LIMIT} webhooks; delete one first")
        await note_refusal(settings, context.store, account_id, created.endpoint.url, server)
    return _secret(created, "created the webhook")


@app.command(name="list")
@command
async def list_all(*, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS) -> Result:
    """List an account's webhooks."""
    async with open_account(settings, account) as (store, owner):
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
    """Show all settings of a webhook and its state."""
    async with open_endpoint(settings, account, endpoint_id) as (_, stored):
        return _all_settings(stored.endpoint)


@app.command
@command
async def update(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    options: EndpointOptions = OPTIONS,
    server: ServerOption = None,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> Result:
    """Change a webhook; omitted options stay unchanged, an empty text restores the default."""
    body = options.json()
    async with open_account_sender(settings, account) as (context, account_id):
        endpoint = (await find(context.store, account_id, endpoint_id)).endpoint
        changed = require_endpoint(
            await manage.update(with_all_targets(context), system_stamp(clock()), endpoint, body)
        )
        if options.url is not None:
            await note_refusal(settings, context.store, account_id, changed.url, server)
    return _all_settings(changed)


@app.command
@command
async def delete(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Delete a webhook and its pending deliveries."""
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
        await manage.delete(store, system_stamp(clock()), stored.endpoint)
    return Result({"id": endpoint_id, "deleted": True}, f"deleted the webhook {endpoint_id}")


@app.command
@command
async def rotate(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: WebhookSettings = WEBHOOK_DEFAULTS
) -> Result:
    """Give a webhook a new secret and show it once. The old one also signs for another day."""
    async with open_account_sender(settings, account) as (context, account_id):
        endpoint = (await find(context.store, account_id, endpoint_id)).endpoint
        rotated = require_endpoint(await manage.rotate(context, system_stamp(clock()), endpoint))
    return _secret(rotated, "created a new secret for the webhook")


@app.command
@command
async def test(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: WebhookSettings = WEBHOOK_DEFAULTS
) -> Result:
    """Send a webhook.test now, in any state of the webhook, and show the result. Exit code 1 if it fails."""
    from leadloop.webhooks import sending

    async with open_account_sender(settings, account) as (context, account_id):
        stored = await find(context.store, account_id, endpoint_id)
        result = listing.test(await sending.send_test(context, stored, context.clock()))
    answer = f"\n{printable(result['answer'])}" if result["answer"] else ""
    return Result(result, f"{_outcome(result)}{answer}", exit_code=0 if result["delivered"] else 1)


@app.command
@command
async def pause(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Pause a webhook until it is resumed; its deliveries wait for up to 14 days."""
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
        return _new_state(require_endpoint(await manage.pause(store, system_stamp(clock()), stored.endpoint)))


@app.command
@command
async def resume(
    endpoint_id: EndpointId, /, *, account: AccountId = None, settings: DatabaseSettings = DATABASE_DEFAULTS
) -> Result:
    """Resume a webhook; waiting deliveries are sent first."""
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
        return _new_state(require_endpoint(await manage.resume(store, system_stamp(clock()), stored.endpoint)))


def _all_settings(endpoint: Endpoint) -> Result:
    shown = form.show(endpoint)
    rows = [[name, cell(value)] for name, value in shown.items()]
    return Result(shown, partial(show_table, ["setting", "value"], rows))


def _new_state(endpoint: Endpoint) -> Result:
    shown = form.show(endpoint)
    return Result(shown, f"the webhook {endpoint.id} is {_state(shown)}")


def _secret(new: manage.NewSecret, action: str) -> Result:
    return Result({**form.show(new.endpoint), "secret": new.secret}, partial(_show_secret, new, action))


def _show_secret(new: manage.NewSecret, action: str) -> None:
    note(f"{action} {new.endpoint.id} ({new.endpoint.url}); the secret is shown only once, keep it safe:")
    print(new.secret)


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

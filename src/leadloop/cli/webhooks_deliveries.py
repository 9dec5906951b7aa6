"""`leadloop webhooks deliveries`, `attempts`, `resend`, `recover` and `replay`: what was sent, and sending it again."""

from typing import Annotated, Any

from cyclopts import Parameter, validators

from leadloop.app import clock
from leadloop.app.records import change_view
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId
from leadloop.cli.options import time_value
from leadloop.cli.output import Failed, note, printable, shortened, table
from leadloop.cli.webhooks_options import EndpointId, opened_endpoint
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings
from leadloop.webhooks import listing, redelivery

Limit = Annotated[int, Parameter(help="How many, the latest.", validator=validators.Number(gte=1, lte=1_000))]


@command
async def deliveries(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    failed: Annotated[bool, Parameter(negative=(), help="Only those that failed for good.")] = False,
    limit: Limit = 50,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List what was or is to be told to a webhook, the latest change first."""
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        endpoint = stored.endpoint
        records = await store.deliveries.page(endpoint.account_id, endpoint.id, None, limit, failed=failed)
    shown = [listing.delivery(record, endpoint, clock()) for record in records]
    titles = ["id", "lead", "version", "event", "changed", "state", "attempts", "next attempt"]
    nothing = f"nothing {'failed for good' if failed else 'was to be told to it'} in the last 14 days"
    return Result(shown, table(titles, [_delivery_row(delivery) for delivery in shown], nothing))


@command
async def attempts(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    limit: Limit = 50,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List the attempts to reach a webhook and what came of them, the latest first."""
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        records = await store.deliveries.attempts(stored.endpoint.account_id, stored.endpoint.id, None, limit)
    shown = [listing.attempt(record) for record in records]
    titles = ["when", "lead", "version", "attempt", "why", "result", "took", "answer", "next attempt"]
    nothing = "no attempt was made in the last 30 days"
    return Result(shown, table(titles, [_attempt_row(attempt) for attempt in shown], nothing))


@command
async def resend(
    endpoint_id: EndpointId,
    event_id: Annotated[str, Parameter(help="The id of the delivery (evt_...), which is its webhook-id.")],
    /,
    *,
    account: AccountId = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Have one delivery sent again by the server."""
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        resent = await redelivery.resend(store, stored.endpoint, event_id, change_view(settings), clock())
    if resent is None:
        raise Failed("there is no such delivery; `leadloop webhooks replay` reaches what is over 14 days old")
    reason = "it is on its way already, waits for an earlier version of its lead, or its body shows nothing of it"
    return Result({"resent": resent}, "it will be sent again" if resent else reason)


@command
async def recover(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    since: Annotated[str, Parameter(help="Of which changes: those since 2026-01-31T12:00:00Z, up to 14 days back.")],
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Have all that failed for good since a time sent again by the server."""
    since_ms = _instant("--since", since)
    recovered, more = 0, True
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        while more:
            result = await redelivery.recover(store, stored.endpoint, since_ms, clock())
            recovered, more = recovered + result.recovered, result.more
    return Result({"recovered": recovered}, f"failed deliveries that will be sent again: {recovered}")


@command
async def replay(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    since: Annotated[str, Parameter(help="The changes since this time, such as 2026-01-31T12:00:00Z.")],
    until: Annotated[str | None, Parameter(help="Up to this time, by default up to now.")] = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Have the server deliver the changes of a period to a webhook: again, or for the first time to a newer webhook."""
    since_ms = _instant("--since", since)
    until_ms = None if until is None else _instant("--until", until)
    replayed = examined = 0
    view = change_view(settings)
    async with opened_endpoint(settings, account, endpoint_id) as (store, stored):
        rest: redelivery.ReplayRange | None = redelivery.range_of(since_ms, until_ms, clock())
        while rest is not None:
            result = await redelivery.replay(store, stored.endpoint, rest, view, clock())
            replayed, examined, rest = replayed + result.replayed, examined + result.examined, result.rest
            if rest is not None:
                note(f"so far {replayed} of {examined} changes")
    return Result({"replayed": replayed, "examined": examined}, f"{replayed} of {examined} changes will be sent")


def _instant(option: str, text: str) -> int:
    """Milliseconds."""
    at_ms = time_value(text)
    if at_ms is None:
        raise Failed(f"{option} takes a time like 2026-01-31T12:00:00Z")
    return at_ms


def _delivery_row(shown: dict[str, Any]) -> list[str]:
    state = f"{shown['state']} (waits for {shown['waitsFor']})" if shown["waitsFor"] else shown["state"]
    cells = [shown["id"], shown["leadId"], str(shown["version"]), shown["event"], shown["changedAt"]]
    return [*cells, state, str(shown["attempts"]), shown["nextAttemptAt"] or ""]


def _attempt_row(shown: dict[str, Any]) -> list[str]:
    result = " ".join(str(part) for part in (shown["status"], shown["error"]) if part is not None)
    answer = shortened(printable(shown["answer"]))
    cells = [shown["at"], shown["leadId"], str(shown["version"]), str(shown["n"]), shown["trigger"], result]
    return [*cells, f"{shown['durationMs']} ms", answer, shown["nextAttemptAt"] or ""]

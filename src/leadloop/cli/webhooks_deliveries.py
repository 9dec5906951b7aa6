"""`leadloop webhooks deliveries`, `attempts`, `resend`, `recover` and `replay`: lists and repeats deliveries."""

from typing import Annotated, Any

from cyclopts import Parameter, validators

from leadloop.app import clock
from leadloop.app.records import change_view
from leadloop.cli.command import Result, command
from leadloop.cli.database import AccountId
from leadloop.cli.options import time_value
from leadloop.cli.output import CommandError, note, printable, shortened, table
from leadloop.cli.webhooks_options import EndpointId, open_endpoint
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings
from leadloop.webhooks import listing, redelivery

ListLimit = Annotated[
    int, Parameter(help="How many of the latest to list.", validator=validators.Number(gte=1, lte=1_000))
]


@command
async def deliveries(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    failed: Annotated[bool, Parameter(negative=(), help="Only deliveries that failed for good.")] = False,
    limit: ListLimit = 50,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List the deliveries to a webhook, the latest change first."""
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
        endpoint = stored.endpoint
        records = await store.deliveries.page(endpoint.account_id, endpoint.id, None, limit, failed=failed)
    shown = [listing.delivery(record, endpoint, clock()) for record in records]
    titles = ["id", "lead", "version", "event", "changed", "state", "attempts", "next attempt"]
    nothing = f"no {'failed ' if failed else ''}deliveries in the last 14 days"
    return Result(shown, table(titles, [_delivery_row(delivery) for delivery in shown], nothing))


@command
async def attempts(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    limit: ListLimit = 50,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """List the attempts to reach a webhook and their results, the latest first."""
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
        records = await store.deliveries.attempts(stored.endpoint.account_id, stored.endpoint.id, None, limit)
    shown = [listing.attempt(record) for record in records]
    titles = ["when", "lead", "version", "attempt", "why", "result", "took", "answer", "next attempt"]
    nothing = "no attempts in the last 30 days"
    return Result(shown, table(titles, [_attempt_row(attempt) for attempt in shown], nothing))


@command
async def resend(
    endpoint_id: EndpointId,
    event_id: Annotated[str, Parameter(help="The id of the delivery (evt_...): its webhook-id.")],
    /,
    *,
    account: AccountId = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Queue one delivery again; the server sends it."""
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
        resent = await redelivery.resend(store, stored.endpoint, event_id, change_view(settings), clock())
    if resent is None:
        raise CommandError("there is no such delivery; `leadloop webhooks replay` sends changes over 14 days old")
    reason = "not queued: it is in flight, waits for an earlier version, or its body does not show the change"
    return Result({"resent": resent}, "it will be sent again" if resent else reason)


@command
async def recover(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    since: Annotated[str, Parameter(help="For changes since 2026-01-31T12:00:00Z, at most 14 days ago.")],
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Queue all deliveries again that failed for good since a time; the server sends them."""
    since_ms = _instant("--since", since)
    recovered, more = 0, True
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
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
    since: Annotated[str, Parameter(help="Changes since this time, such as 2026-01-31T12:00:00Z.")],
    until: Annotated[str | None, Parameter(help="Changes before this time; by default until now.")] = None,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Queue the changes of a period for a webhook: again, or for the first time to a newer webhook."""
    since_ms = _instant("--since", since)
    until_ms = None if until is None else _instant("--until", until)
    replayed = examined = 0
    view = change_view(settings)
    async with open_endpoint(settings, account, endpoint_id) as (store, stored):
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
        raise CommandError(f"{option} must be a time such as 2026-01-31T12:00:00Z")
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

"""`leadloop webhooks deliveries`, `attempts`, `resend`, `recover` and `replay`: what was sent, and sending it again."""

from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter, validators

from leadloop.app import clock
from leadloop.app.records import change_view
from leadloop.cli.database import AccountId
from leadloop.cli.output import AsJson, Failed, note, printable, show_json, show_table
from leadloop.cli.webhooks_options import EndpointId, known_endpoint
from leadloop.settings import DATABASE_DEFAULTS, DatabaseSettings
from leadloop.webhooks import listing, redelivery
from leadloop.webhooks.ports import StoredEndpoint, WebhookStore

SHOWN_CHARACTERS = 60
"""Of an answer, in a table; `--json` has all that is kept."""

Limit = Annotated[int, Parameter(help="How many, the latest.", validator=validators.Number(gte=1, lte=1_000))]


def deliveries(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    failed: Annotated[bool, Parameter(negative=(), help="Only those that failed for good.")] = False,
    limit: Limit = 50,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """List what was or is to be told to a webhook, the latest change first."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> list[dict[str, Any]]:
        records = await store.deliveries.page(
            stored.endpoint.account_id, stored.endpoint.id, None, limit, failed=failed
        )
        return [listing.delivery(record, stored.endpoint, clock()) for record in records]

    records = known_endpoint(settings, account, endpoint_id, command)
    if json:
        show_json(records)
    elif records:
        titles = ["id", "lead", "version", "event", "changed", "state", "attempts", "next attempt"]
        show_table(titles, [_delivery_row(record) for record in records])
    else:
        print(f"nothing {'failed for good' if failed else 'was to be told to it'} in the last 14 days")
    return 0


def attempts(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    limit: Limit = 50,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """List the attempts to reach a webhook and what came of them, the latest first."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> list[dict[str, Any]]:
        records = await store.deliveries.attempts(stored.endpoint.account_id, stored.endpoint.id, None, limit)
        return [listing.attempt(record) for record in records]

    records = known_endpoint(settings, account, endpoint_id, command)
    if json:
        show_json(records)
    elif records:
        titles = ["when", "lead", "version", "attempt", "why", "result", "took", "answer", "next attempt"]
        show_table(titles, [_attempt_row(record) for record in records])
    else:
        print("no attempt was made in the last 30 days")
    return 0


def resend(
    endpoint_id: EndpointId,
    event_id: Annotated[str, Parameter(help="The id of the delivery (evt_...), which is its webhook-id.")],
    /,
    *,
    account: AccountId = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Have one delivery sent again by the server."""

    async def command(store: WebhookStore, stored: StoredEndpoint) -> int:
        resent = await redelivery.resend(store, stored.endpoint, event_id, change_view(settings), clock())
        if resent is None:
            raise Failed("there is no such delivery; `leadloop webhooks replay` reaches what is over 14 days old")
        return resent

    resent = known_endpoint(settings, account, endpoint_id, command)
    if json:
        show_json({"resent": resent})
    else:
        print(
            "it will be sent again"
            if resent
            else "it is on its way already, waits for an earlier version of its lead, or tells nothing that Expad shows"
        )
    return 0


def recover(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    since: Annotated[str, Parameter(help="Of which changes: those since 2026-01-31T12:00:00Z, up to 14 days back.")],
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Have all that failed for good since a time sent again by the server."""
    since_ms = _instant("--since", since)

    async def command(store: WebhookStore, stored: StoredEndpoint) -> int:
        recovered, more = 0, True
        while more:
            result = await redelivery.recover(store, stored.endpoint, since_ms, clock())
            recovered, more = recovered + result.recovered, result.more
        return recovered

    recovered = known_endpoint(settings, account, endpoint_id, command)
    if json:
        show_json({"recovered": recovered})
    else:
        print(f"failed deliveries that will be sent again: {recovered}")
    return 0


def replay(
    endpoint_id: EndpointId,
    /,
    *,
    account: AccountId = None,
    since: Annotated[str, Parameter(help="The changes since this time, such as 2026-01-31T12:00:00Z.")],
    until: Annotated[str | None, Parameter(help="Up to this time, by default up to now.")] = None,
    json: AsJson = False,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> int:
    """Have the server deliver the changes of a period to a webhook: again, or for the first time to a newer webhook."""
    since_ms = _instant("--since", since)
    until_ms = None if until is None else _instant("--until", until)

    async def command(store: WebhookStore, stored: StoredEndpoint) -> tuple[int, int]:
        replayed = examined = 0
        view = change_view(settings)
        rest: redelivery.ReplayRange | None = redelivery.range_of(since_ms, until_ms, clock())
        while rest is not None:
            result = await redelivery.replay(store, stored.endpoint, rest, view, clock())
            replayed, examined, rest = replayed + result.replayed, examined + result.examined, result.rest
            if rest is not None:
                note(f"so far {replayed} of {examined} changes")
        return replayed, examined

    replayed, examined = known_endpoint(settings, account, endpoint_id, command)
    if json:
        show_json({"replayed": replayed, "examined": examined})
    else:
        print(f"{replayed} of {examined} changes will be sent")
    return 0


def _instant(option: str, text: str) -> int:
    """Milliseconds; a time without a zone is UTC."""
    try:
        at = datetime.fromisoformat(text)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise Failed(f"{option} takes a time like 2026-01-31T12:00:00Z") from None


def _delivery_row(shown: dict[str, Any]) -> list[str]:
    state = f"{shown['state']} (waits for {shown['waitsFor']})" if shown["waitsFor"] else shown["state"]
    cells = [shown["id"], shown["leadId"], str(shown["version"]), shown["event"], shown["changedAt"]]
    return [*cells, state, str(shown["attempts"]), shown["nextAttemptAt"] or ""]


def _attempt_row(shown: dict[str, Any]) -> list[str]:
    result = " ".join(str(part) for part in (shown["status"], shown["error"]) if part is not None)
    answer = printable(shown["answer"])
    short = answer if len(answer) <= SHOWN_CHARACTERS else answer[: SHOWN_CHARACTERS - 1] + "…"
    cells = [shown["at"], shown["leadId"], str(shown["version"]), str(shown["n"]), shown["trigger"], result]
    return [*cells, f"{shown['durationMs']} ms", short, shown["nextAttemptAt"] or ""]

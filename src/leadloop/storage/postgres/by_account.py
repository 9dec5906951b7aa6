"""What a webhook worker reads and writes for all accounts, on a distributed database: one statement for each account,
which the database sends to the account's node. The counterparts for one machine are in `deliveries` and `changes`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.changes import decode_leads_and_changes
from leadloop.storage.postgres.deliveries import finished_keys, finished_rows, wake_next
from leadloop.storage.postgres.engine import Connection, Engine, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import AFTER_ANOTHER_MS, FOLLOWING, Claim, ClaimRequest, CompletedAttempt, FinishResult

SQL = statements(__file__)
T = TypeVar("T")
R = TypeVar("R")


async def claim(
    engine: Engine, requests: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int
) -> list[Claim]:
    """Raises an account's error only if nothing was claimed for the others: their deliveries must be sent."""

    async def of_account(connection: Connection, account_id: str, requests: Sequence[ClaimRequest]) -> list[Claim]:
        _, endpoints, most, early = zip(*requests, strict=True)
        parameters = account_id, endpoints, most, now_ms, until_ms, token, early, AFTER_ANOTHER_MS
        return [rows.read_claim(record, token) for record in await connection.fetch(SQL["claim"], *parameters)]

    claims, errors = await _each(engine, _by_account(requests, lambda request: request.account_id), of_account)
    claimed = [claim for part in claims for claim in part]
    if errors and not claimed:
        raise errors[0]
    return claimed


async def finish(engine: Engine, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
    """In one transaction for each account. Raises an account's error after the others are finished: finishing them
    again changes nothing."""

    async def of_account(connection: Connection, account_id: str, finished: Sequence[CompletedAttempt]) -> FinishResult:
        results = finished_rows(finished)
        async with transaction(connection):
            ours = await connection.fetch(SQL["finish"], account_id, as_json(results), at_ms)
            keys = {tuple(record) for record in ours}
            if attempts := [row for row in results if "at_ms" in row and _key(row) in keys]:
                await connection.execute(SQL["log_attempts"], account_id, as_json(attempts))
            return FinishResult(
                len(ours), await wake_next(connection, account_id, finished_keys(finished, ours), at_ms)
            )

    parts, errors = await _each(
        engine, _by_account(finished, lambda attempt: attempt.claimed.delivery.account_id), of_account
    )
    if errors:
        raise errors[0]
    return FinishResult(sum(part.ours for part in parts), {key for part in parts for key in part.woken})


async def leads_and_changes(engine: Engine, deliveries: Sequence[Delivery]) -> list[tuple[Lead, list[Change]] | None]:
    Numbered = tuple[int, Delivery]

    async def of_account(
        connection: Connection, account_id: str, numbered: Sequence[Numbered]
    ) -> list[tuple[int, tuple[Lead, list[Change]] | None]]:
        keys = [(delivery.lead_id, delivery.version) for _, delivery in numbered]
        records = await connection.fetch(SQL["leads_and_changes"], account_id, *zip(*keys, strict=True), FOLLOWING)
        results = await decode_leads_and_changes(records, len(keys))
        return [(n, result) for (n, _), result in zip(numbered, results, strict=True)]

    parts, errors = await _each(
        engine, _by_account(enumerate(deliveries), lambda numbered: numbered[1].account_id), of_account
    )
    if errors:
        raise errors[0]
    numbered_results = (result for part in parts for result in part)
    return [result for _, result in sorted(numbered_results, key=lambda numbered: numbered[0])]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in ("account_id", "endpoint_id", "lead_id", "version"))


def _by_account(items: Iterable[T], account_of: Callable[[T], str]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for item in items:
        groups[account_of(item)].append(item)
    return groups


async def _each(
    engine: Engine, items: dict[str, list[T]], work: Callable[[Connection, str, Sequence[T]], Awaitable[R]]
) -> tuple[list[R], list[Exception]]:
    """Runs `work` concurrently for each account and its items. Returns the results, and the errors of failed
    accounts."""
    results: list[R] = []
    errors: list[Exception] = []

    async def run(account_id: str, part: Sequence[T]) -> None:
        try:
            results.append(await engine.run(lambda connection: work(connection, account_id, part)))
        except Exception as error:
            errors.append(error)

    await asyncio.gather(*(run(account_id, part) for account_id, part in items.items()))
    return results, errors

"""What a webhook worker asks for all accounts, on a distributed database: one statement for each account.

An engine sends it to the node that has the account. The counterparts for one machine are in `deliveries` and `changes`.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.changes import decode_leads_and_changes
from leadloop.storage.postgres.deliveries import ended, finished_rows, wake_next
from leadloop.storage.postgres.engine import Connection, Engine, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import AFTER_ANOTHER_MS, FOLLOWING, Claim, ClaimRequest, CompletedAttempt, FinishResult

SQL = statements(__file__)
T = TypeVar("T")
R = TypeVar("R")


async def claim(engine: Engine, wanted: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int) -> list[Claim]:
    """Raises an error of one account only if nothing was claimed of the others: their claims must be sent."""

    async def of_account(connection: Connection, account_id: str, wanted: Sequence[ClaimRequest]) -> list[Claim]:
        _, endpoints, most, early = zip(*wanted, strict=True)
        asked = account_id, endpoints, most, now_ms, until_ms, token, early, AFTER_ANOTHER_MS
        return [rows.claimed(record, token) for record in await connection.fetch(SQL["claim"], *asked)]

    claims, errors = await _each(engine, _by_account(wanted, lambda one: one.account_id), of_account)
    claimed = [one for part in claims for one in part]
    if errors and not claimed:
        raise errors[0]
    return claimed


async def finish(engine: Engine, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
    """In one transaction for each account. Raises an error of one account when the others are finished: to finish them
    once more changes nothing."""

    async def of_account(connection: Connection, account_id: str, finished: Sequence[CompletedAttempt]) -> FinishResult:
        found = finished_rows(finished)
        async with transaction(connection):
            ours = await connection.fetch(SQL["finish"], account_id, as_json(found), at_ms)
            keys = {tuple(record) for record in ours}
            if attempts := [one for one in found if "at_ms" in one and _key(one) in keys]:
                await connection.execute(SQL["log_attempts"], account_id, as_json(attempts))
            return FinishResult(len(ours), await wake_next(connection, account_id, ended(finished, ours), at_ms))

    parts, errors = await _each(engine, _by_account(finished, lambda one: one.claimed.delivery.account_id), of_account)
    if errors:
        raise errors[0]
    return FinishResult(sum(part.ours for part in parts), {key for part in parts for key in part.woken})


async def leads_and_changes(engine: Engine, wanted: Sequence[Delivery]) -> list[tuple[Lead, list[Change]] | None]:
    Numbered = tuple[int, Delivery]

    async def of_account(
        connection: Connection, account_id: str, wanted: Sequence[Numbered]
    ) -> list[tuple[int, tuple[Lead, list[Change]] | None]]:
        asked = [(one.lead_id, one.version) for _, one in wanted]
        records = await connection.fetch(SQL["tell"], account_id, *zip(*asked, strict=True), FOLLOWING)
        found = await decode_leads_and_changes(records, len(asked))
        return [(n, one) for (n, _), one in zip(wanted, found, strict=True)]

    parts, errors = await _each(engine, _by_account(enumerate(wanted), lambda one: one[1].account_id), of_account)
    if errors:
        raise errors[0]
    return [one for _, one in sorted((one for part in parts for one in part), key=lambda numbered: numbered[0])]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in ("account_id", "endpoint_id", "lead_id", "version"))


def _by_account(items: Iterable[T], account_of: Callable[[T], str]) -> dict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for item in items:
        found[account_of(item)].append(item)
    return found


async def _each(
    engine: Engine, items: dict[str, list[T]], work: Callable[[Connection, str, Sequence[T]], Awaitable[R]]
) -> tuple[list[R], list[Exception]]:
    """Runs `work` for each account with its items, side by side: the results, and the errors of those that failed."""
    results: list[R] = []
    errors: list[Exception] = []

    async def run(account_id: str, part: Sequence[T]) -> None:
        try:
            results.append(await engine.run(lambda connection: work(connection, account_id, part)))
        except Exception as error:
            errors.append(error)

    await asyncio.gather(*(run(account_id, part) for account_id, part in items.items()))
    return results, errors

"""Deliveries: workers claim them and record their results. The writer queues them with their changes."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs

from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import (
    AFTER_ANOTHER_MS,
    AttemptRecord,
    Claim,
    ClaimRequest,
    CompletedAttempt,
    DeliveryRecord,
    FinishResult,
    PagePosition,
    Trigger,
)
from leadloop.webhooks.routing import QueuedDelivery

SQL = statements(__file__)


async def claim(
    connection: Connection, requests: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int
) -> list[Claim]:
    accounts, endpoints, most, early = zip(*requests, strict=True)
    parameters = accounts, endpoints, most, now_ms, until_ms, token, early, AFTER_ANOTHER_MS
    return [rows.read_claim(record, token) for record in await connection.fetch(SQL["claim"], *parameters)]


async def finish(connection: Connection, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
    """Waking the next deliveries is a second statement: it sees those queued while the first one waited for locks."""
    async with transaction(connection):
        ours = await connection.fetch(SQL["finish"], as_json(finished_rows(finished)), at_ms)
        return FinishResult(len(ours), await _wake_next(connection, finished_keys(finished, ours), at_ms))


def finished_rows(finished: Sequence[CompletedAttempt]) -> list[dict[str, Any]]:
    """In the order of their keys, so that two workers cannot deadlock."""
    return [_finish_row(attempt) for attempt in sorted(finished, key=rows.delivery_key)]


def finished_keys(finished: Sequence[CompletedAttempt], ours: Sequence[Any]) -> list[tuple[str, str, str, int]]:
    """The keys of those of `ours` that are done or have failed for good."""
    final_keys = {rows.delivery_key(attempt) for attempt in finished if attempt.state != "pending"}
    return sorted({tuple(record) for record in ours} & final_keys)


async def _wake_next(
    connection: Connection, keys: Sequence[tuple[str, str, str, int]], at_ms: int
) -> set[tuple[str, str]]:
    if not keys:
        return set()
    woken = await connection.fetch(SQL["wake_next"], *zip(*keys, strict=True), at_ms, AFTER_ANOTHER_MS)
    return {(account_id, endpoint_id) for account_id, endpoint_id in woken}


async def wake_next(
    connection: Connection, account_id: str, keys: Sequence[tuple[str, str, str, int]], at_ms: int
) -> set[tuple[str, str]]:
    """The same for one account's deliveries."""
    if not keys:
        return set()
    _, *columns = zip(*keys, strict=True)
    parameters = account_id, *columns, at_ms, AFTER_ANOTHER_MS
    woken = await connection.fetch(SQL["wake_next_of_account"], *parameters)
    return {(account_id, endpoint_id) for account_id, endpoint_id in woken}


def _finish_row(completed: CompletedAttempt) -> dict[str, Any]:
    account_id, endpoint_id, lead_id, version = rows.delivery_key(completed)
    attempt = {} if completed.attempt is None else structs.asdict(completed.attempt)
    return {
        **attempt,
        "account_id": account_id,
        "endpoint_id": endpoint_id,
        "lead_id": lead_id,
        "version": version,
        "token": completed.claimed.token,
        "state": completed.state,
        "attempts": completed.attempts,
        "due_at_ms": completed.due_at_ms,
        "cause": rows.next_trigger(completed),
    }


async def queue_again(
    connection: Connection, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int
) -> int:
    async with transaction(connection):
        return await _queue_again(connection, deliveries, trigger, at_ms)


async def _queue_again(
    connection: Connection, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int
) -> int:
    """Locks the unfinished deliveries: a worker that finishes one must see that another waits for it."""
    if not deliveries:
        return 0
    account_id, endpoint_id = deliveries[0].delivery.account_id, deliveries[0].delivery.endpoint_id
    lead_ids = sorted({queued.delivery.lead_id for queued in deliveries})
    unfinished = await connection.fetch(SQL["lock_unfinished"], account_id, endpoint_id, lead_ids)
    requeued = [
        row._asdict()
        for row in rows.requeued_rows(deliveries, [(lead_id, version) for lead_id, version in unfinished], at_ms)
    ]
    parameters = account_id, endpoint_id, msgspec.json.encode(requeued).decode(), trigger
    return len(await connection.fetch(SQL["queue_again"], *parameters))


async def recover(
    connection: Connection, account_id: str, endpoint_id: str, since_ms: int, at_ms: int, most: int, *, in_turn: bool
) -> int:
    async with transaction(connection):
        failed = await connection.fetch(SQL["lock_failed"], account_id, endpoint_id, since_ms, most)
        deliveries = [QueuedDelivery(rows.delivery(account_id, endpoint_id, record), in_turn) for record in failed]
        await _queue_again(connection, deliveries, "recover", at_ms)
        await connection.execute(SQL["make_retries_due"], account_id, endpoint_id, since_ms, at_ms, AFTER_ANOTHER_MS)
    return len(failed)


async def list_page(
    connection: Connection,
    account_id: str,
    endpoint_id: str,
    before: PagePosition | None,
    limit: int,
    *,
    failed: bool = False,
) -> list[DeliveryRecord]:
    at_ms, lead_id, version, _ = before or rows.FIRST_PAGE
    sql = SQL["list_failed" if failed else "list_deliveries"]
    records = await connection.fetch(sql, account_id, endpoint_id, at_ms, lead_id, version, limit)
    return [rows.delivery_record(account_id, endpoint_id, record) for record in records]


async def list_of_lead(
    connection: Connection,
    account_id: str,
    lead_id: str,
    endpoint_ids: Sequence[str],
    before: tuple[int, str] | None,
    limit: int,
) -> list[DeliveryRecord]:
    values = account_id, lead_id, endpoint_ids, *(before or rows.LATEST), limit
    records = await connection.fetch(SQL["list_deliveries_of_lead"], *values)
    return [rows.delivery_record(account_id, endpoint_id, columns) for endpoint_id, *columns in records]


async def list_at(connection: Connection, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
    records = await connection.fetch(SQL["list_deliveries_at"], account_id, endpoint_id, at_ms)
    return [rows.delivery_record(account_id, endpoint_id, record) for record in records]


async def attempts(
    connection: Connection, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
) -> list[AttemptRecord]:
    records = await connection.fetch(SQL["list_attempts"], account_id, endpoint_id, *(before or rows.FIRST_PAGE), limit)
    return [rows.attempt(record) for record in records]


async def purge(connection: Connection, now_ms: int, most: int) -> int:
    deleted = 0
    for record in await connection.fetch(SQL["list_purgeable"]):
        if deleted < most:
            deleted += await _purge(connection, rows.purge_cutoffs(record, now_ms), now_ms, most - deleted)
    return deleted


async def _purge(connection: Connection, cutoffs: rows.PurgeCutoffs, now_ms: int, most: int) -> int:
    key = cutoffs.account_id, cutoffs.endpoint_id
    deleted = _count(await connection.execute(SQL["delete_attempts"], *key, cutoffs.attempts_before_ms, most))
    if cutoffs.finished_before_ms:
        deleted += _count(await connection.execute(SQL["delete_finished"], *key, cutoffs.finished_before_ms, most))
    if cutoffs.held_before_ms:
        async with transaction(connection):
            held = await connection.fetch(SQL["delete_held"], *key, cutoffs.held_before_ms, most)
            await wake_next(connection, cutoffs.account_id, [tuple(record) for record in held], now_ms)
        deleted += len(held)
    if cutoffs.delete_leftover and not deleted:
        await connection.execute(SQL["delete_leftover"], *key)
    return deleted


def _count(tag: str) -> int:
    """The number of changed rows, which ends a command tag."""
    return int(tag.rpartition(" ")[2])

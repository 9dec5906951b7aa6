"""Deliveries: queued with their changes. Workers claim them and record their results."""

from collections.abc import Iterable, Sequence
from typing import Any

import apsw

from leadloop.storage import webhook_rows as rows
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

Key = tuple[str, str, str, int]
"""Of a delivery: account, endpoint, lead and version."""


def queue(connection: apsw.Connection, queued: Iterable[QueuedDelivery]) -> None:
    """Runs in the transaction of their change."""
    for delivery, in_turn in queued:
        row = (
            delivery.account_id,
            delivery.endpoint_id,
            delivery.lead_id,
            delivery.version,
            delivery.event,
            delivery.at_ms,
        )
        connection.execute(SQL["queue_delivery"], (*row, in_turn, AFTER_ANOTHER_MS, rows.initial_due_ms(delivery)))


def claim(
    connection: apsw.Connection, requests: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int
) -> list[Claim]:
    claims: list[Claim] = []
    for account_id, endpoint_id, most, early in requests:
        due_ms = AFTER_ANOTHER_MS - 1 if early else now_ms
        cursor = connection.execute(SQL["claim"], (account_id, endpoint_id, now_ms, most, until_ms, token, due_ms))
        claims += [rows.read_claim(row, token) for row in cursor]
    return claims


def release_claims(connection: apsw.Connection, now_ms: int) -> None:
    """Releases all claims. Call only while no other process sends: the processes that made them have stopped."""
    for row in connection.execute(SQL["list_purgeable"]).fetchall():
        connection.execute(SQL["release_claims"], (row[0], row[1], now_ms))


def finish(connection: apsw.Connection, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
    ours, woken = 0, set()
    for completed in finished:
        key, is_over = rows.delivery_key(completed), completed.state != "pending"
        result = (
            completed.state,
            completed.attempts,
            completed.due_at_ms,
            rows.next_trigger(completed),
            at_ms if is_over else None,
        )
        connection.execute(SQL["finish"], (*key, completed.claimed.token, *result))
        if not connection.changes():
            continue
        ours += 1
        if completed.attempt is not None:
            _log(connection, key, completed.attempt)
        if is_over and _wake_next(connection, key, at_ms):
            woken.add(key[:2])
    return FinishResult(ours, woken)


def _log(connection: apsw.Connection, key: Key, attempt: AttemptRecord) -> None:
    result = (attempt.duration_ms, attempt.status, attempt.error, attempt.address, attempt.answer, attempt.next_at_ms)
    event = (attempt.event, attempt.event_id)
    connection.execute(SQL["insert_attempt"], (*key, attempt.at_ms, attempt.n, attempt.trigger, *result, *event))


def _wake_next(connection: apsw.Connection, key: Sequence[Any], at_ms: int) -> bool:
    connection.execute(SQL["wake_next"], (*key, at_ms, AFTER_ANOTHER_MS))
    return connection.changes() > 0


def queue_again(connection: apsw.Connection, deliveries: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
    if not deliveries:
        return 0
    key = deliveries[0].delivery.account_id, deliveries[0].delivery.endpoint_id
    lead_ids = {queued.delivery.lead_id for queued in deliveries}
    unfinished = [row for lead_id in lead_ids for row in connection.execute(SQL["list_unfinished"], (*key, lead_id))]
    count = 0
    for row in rows.requeued_rows(deliveries, unfinished, at_ms):
        connection.execute(SQL["queue_again"], (*key, *row, trigger, AFTER_ANOTHER_MS))
        count += connection.changes()
    return count


def recover(
    connection: apsw.Connection,
    account_id: str,
    endpoint_id: str,
    since_ms: int,
    at_ms: int,
    most: int,
    *,
    in_turn: bool,
) -> int:
    failed = connection.execute(SQL["list_recoverable"], (account_id, endpoint_id, since_ms, most)).fetchall()
    deliveries = [QueuedDelivery(rows.delivery(account_id, endpoint_id, row), in_turn) for row in failed]
    queue_again(connection, deliveries, "recover", at_ms)
    connection.execute(SQL["make_retries_due"], (account_id, endpoint_id, since_ms, at_ms, AFTER_ANOTHER_MS))
    return len(failed)


def list_page(
    connection: apsw.Connection,
    account_id: str,
    endpoint_id: str,
    before: PagePosition | None,
    limit: int,
    *,
    failed: bool = False,
) -> list[DeliveryRecord]:
    at_ms, lead_id, version, _ = before or rows.FIRST_PAGE
    parameters = (account_id, endpoint_id, at_ms, lead_id, version, limit)
    cursor = connection.execute(SQL["list_failed" if failed else "list_deliveries"], parameters)
    return [rows.delivery_record(account_id, endpoint_id, row) for row in cursor]


def list_of_lead(
    connection: apsw.Connection,
    account_id: str,
    lead_id: str,
    endpoint_ids: Sequence[str],
    before: tuple[int, str] | None,
    limit: int,
) -> list[DeliveryRecord]:
    """The primary key has the deliveries of one endpoint in order, so it reads at most `limit` of each."""
    version, last_endpoint_id = before or rows.LATEST
    records = [
        rows.delivery_record(account_id, endpoint_id, row)
        for endpoint_id in endpoint_ids
        for row in connection.execute(
            SQL["list_deliveries_of_lead"],
            (account_id, endpoint_id, lead_id, version + (endpoint_id < last_endpoint_id), limit),
        )
    ]
    records.sort(key=lambda record: (record.delivery.version, record.delivery.endpoint_id), reverse=True)
    return records[:limit]


def list_at(connection: apsw.Connection, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
    cursor = connection.execute(SQL["list_deliveries_at"], (account_id, endpoint_id, at_ms))
    return [rows.delivery_record(account_id, endpoint_id, row) for row in cursor]


def attempts(
    connection: apsw.Connection, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
) -> list[AttemptRecord]:
    cursor = connection.execute(SQL["list_attempts"], (account_id, endpoint_id, *(before or rows.FIRST_PAGE), limit))
    return [rows.attempt(row) for row in cursor]


def purge(connection: apsw.Connection, now_ms: int, most: int) -> int:
    deleted = 0
    for record in connection.execute(SQL["list_purgeable"]).fetchall():
        if deleted < most:
            deleted += _purge(connection, rows.purge_cutoffs(record, now_ms), now_ms, most - deleted)
    return deleted


def _purge(connection: apsw.Connection, cutoffs: rows.PurgeCutoffs, now_ms: int, most: int) -> int:
    key = cutoffs.account_id, cutoffs.endpoint_id
    connection.execute(SQL["delete_attempts"], (*key, cutoffs.attempts_before_ms, most))
    deleted = connection.changes()
    if cutoffs.finished_before_ms:
        connection.execute(SQL["delete_finished"], (*key, cutoffs.finished_before_ms, most))
        deleted += connection.changes()
    if cutoffs.held_before_ms:
        held = connection.execute(SQL["delete_held"], (*key, cutoffs.held_before_ms, most)).fetchall()
        for held_key in held:
            _wake_next(connection, held_key, now_ms)
        deleted += len(held)
    if cutoffs.delete_leftover and not deleted:
        connection.execute(SQL["delete_leftover"], key)
    return deleted

"""Deliveries: filed with their changes, claimed by who sends them, finished by who holds the claim."""

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


def file(connection: apsw.Connection, filed: Iterable[QueuedDelivery]) -> None:
    """In the transaction of the change that they tell."""
    for one, in_turn in filed:
        row = (one.account_id, one.endpoint_id, one.lead_id, one.version, one.event, one.at_ms)
        connection.execute(SQL["file_delivery"], (*row, in_turn, AFTER_ANOTHER_MS, rows.due_at_once_ms(one)))


def claim(
    connection: apsw.Connection, wanted: Sequence[ClaimRequest], token: str, now_ms: int, until_ms: int
) -> list[Claim]:
    found: list[Claim] = []
    for account_id, endpoint_id, most, early in wanted:
        due_ms = AFTER_ANOTHER_MS - 1 if early else now_ms
        cursor = connection.execute(SQL["claim"], (account_id, endpoint_id, now_ms, most, until_ms, token, due_ms))
        found += [rows.claimed(row, token) for row in cursor]
    return found


def release_claims(connection: apsw.Connection, now_ms: int) -> None:
    """All of them: to be called only where no other process sends, so that whoever made them is gone."""
    for row in connection.execute(SQL["list_tidied"]).fetchall():
        connection.execute(SQL["release_claims"], (row[0], row[1], now_ms))


def finish(connection: apsw.Connection, finished: Sequence[CompletedAttempt], at_ms: int) -> FinishResult:
    ours, woken = 0, set()
    for one in finished:
        key, is_over = rows.delivery_key(one), one.state != "pending"
        told = (one.state, one.attempts, one.due_at_ms, rows.next_cause(one), at_ms if is_over else None)
        connection.execute(SQL["finish"], (*key, one.claimed.token, *told))
        if not connection.changes():
            continue
        ours += 1
        if one.attempt is not None:
            _log(connection, key, one.attempt)
        if is_over and _wake_next(connection, key, at_ms):
            woken.add(key[:2])
    return FinishResult(ours, woken)


def _log(connection: apsw.Connection, key: Key, made: AttemptRecord) -> None:
    how = (made.duration_ms, made.status, made.error, made.address, made.answer, made.next_at_ms)
    what = (made.event, made.event_id)
    connection.execute(SQL["insert_attempt"], (*key, made.at_ms, made.n, made.trigger, *how, *what))


def _wake_next(connection: apsw.Connection, key: Sequence[Any], at_ms: int) -> bool:
    connection.execute(SQL["wake_next"], (*key, at_ms, AFTER_ANOTHER_MS))
    return connection.changes() > 0


def queue_again(connection: apsw.Connection, again: Sequence[QueuedDelivery], trigger: Trigger, at_ms: int) -> int:
    if not again:
        return 0
    about = again[0].delivery.account_id, again[0].delivery.endpoint_id
    leads = {filed.delivery.lead_id for filed in again}
    unfinished = [row for lead in leads for row in connection.execute(SQL["list_unfinished"], (*about, lead))]
    count = 0
    for row in rows.refiled(again, unfinished, at_ms):
        connection.execute(SQL["file_again"], (*about, *row, trigger, AFTER_ANOTHER_MS))
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
    again = [QueuedDelivery(rows.delivery(account_id, endpoint_id, row), in_turn) for row in failed]
    queue_again(connection, again, "recover", at_ms)
    connection.execute(SQL["hasten"], (account_id, endpoint_id, since_ms, at_ms, AFTER_ANOTHER_MS))
    return len(failed)


def listed(
    connection: apsw.Connection,
    account_id: str,
    endpoint_id: str,
    before: PagePosition | None,
    limit: int,
    *,
    failed: bool = False,
) -> list[DeliveryRecord]:
    at_ms, lead_id, version, _ = before or rows.END
    asked = (account_id, endpoint_id, at_ms, lead_id, version, limit)
    cursor = connection.execute(SQL["list_failed" if failed else "list_deliveries"], asked)
    return [rows.delivery_record(account_id, endpoint_id, row) for row in cursor]


def listed_at(connection: apsw.Connection, account_id: str, endpoint_id: str, at_ms: int) -> list[DeliveryRecord]:
    cursor = connection.execute(SQL["list_deliveries_at"], (account_id, endpoint_id, at_ms))
    return [rows.delivery_record(account_id, endpoint_id, row) for row in cursor]


def attempts(
    connection: apsw.Connection, account_id: str, endpoint_id: str, before: PagePosition | None, limit: int
) -> list[AttemptRecord]:
    cursor = connection.execute(SQL["list_attempts"], (account_id, endpoint_id, *(before or rows.END), limit))
    return [rows.attempt(row) for row in cursor]


def purge(connection: apsw.Connection, now_ms: int, most: int) -> int:
    dropped = 0
    for row in connection.execute(SQL["list_tidied"]).fetchall():
        if dropped < most:
            dropped += _purge(connection, rows.tidied(row, now_ms), now_ms, most - dropped)
    return dropped


def _purge(connection: apsw.Connection, one: rows.Tidied, now_ms: int, most: int) -> int:
    about = one.account_id, one.endpoint_id
    connection.execute(SQL["drop_attempts"], (*about, one.attempts_before_ms, most))
    dropped = connection.changes()
    if one.finished_before_ms:
        connection.execute(SQL["drop_finished"], (*about, one.finished_before_ms, most))
        dropped += connection.changes()
    if one.held_before_ms:
        held = connection.execute(SQL["drop_held"], (*about, one.held_before_ms, most)).fetchall()
        for key in held:
            _wake_next(connection, key, now_ms)
        dropped += len(held)
    if one.forgotten and not dropped:
        connection.execute(SQL["forget_leftover"], about)
    return dropped

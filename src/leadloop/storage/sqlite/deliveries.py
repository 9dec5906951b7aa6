"""Deliveries: filed with their changes, claimed by who sends them, finished by who holds the claim."""

from collections.abc import Iterable, Sequence

import apsw

from leadloop.storage import webhook_rows as rows
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS, AttemptRecord, Claimed, Finished, Wanted
from leadloop.webhooks.routing import Filed

SQL = statements(__file__)


def file(connection: apsw.Connection, filed: Iterable[Filed]) -> None:
    """In the transaction of the change that they tell."""
    for one, in_turn in filed:
        row = (one.account_id, one.endpoint_id, one.lead_id, one.version, one.event, one.at_ms)
        connection.execute(SQL["file_delivery"], (*row, in_turn, AFTER_ANOTHER_MS))


def claim(
    connection: apsw.Connection, wanted: Sequence[Wanted], token: str, now_ms: int, until_ms: int
) -> list[Claimed]:
    found: list[Claimed] = []
    for account_id, endpoint_id, most in wanted:
        cursor = connection.execute(SQL["claim"], (account_id, endpoint_id, now_ms, most, until_ms, token))
        found += [rows.claimed(row, token) for row in cursor]
    return found


def finish(connection: apsw.Connection, finished: Sequence[Finished], at_ms: int) -> int:
    return sum(_finish(connection, one, at_ms) for one in finished)


def _finish(connection: apsw.Connection, one: Finished, at_ms: int) -> bool:
    key, is_over = rows.delivery_key(one), one.state != "pending"
    told = (one.state, one.attempts, one.due_at_ms, rows.next_cause(one), at_ms if is_over else None)
    connection.execute(SQL["finish"], (*key, one.claimed.token, *told))
    if not connection.changes():
        return False
    if (made := one.attempt) is not None:
        how = (made.duration_ms, made.status, made.error, made.address, made.answer, made.next_at_ms)
        connection.execute(SQL["insert_attempt"], (*key, made.at_ms, made.n, made.trigger, *how))
    if is_over:
        connection.execute(SQL["wake_next"], (*key, at_ms, AFTER_ANOTHER_MS))
    return True


def attempts(
    connection: apsw.Connection, account_id: str, endpoint_id: str, before_ms: int, limit: int
) -> list[AttemptRecord]:
    cursor = connection.execute(SQL["list_attempts"], (account_id, endpoint_id, before_ms, limit))
    return [rows.attempt(row) for row in cursor]

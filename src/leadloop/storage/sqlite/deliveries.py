"""Deliveries: filed with their changes, claimed by who sends them, finished by who holds the claim."""

from collections.abc import Iterable, Sequence

import apsw

from leadloop.storage import webhook_rows as rows
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import AttemptRecord, Claimed, Finished, Wanted

SQL = statements(__file__)

PUT_OFF_MS = 1_000
"""So long at least waits who is behind another one of its lead; when that is finished, it is woken."""


def file(connection: apsw.Connection, deliveries: Iterable[Delivery]) -> None:
    """In the transaction of the change that they tell."""
    for one in deliveries:
        row = (one.account_id, one.endpoint_id, one.lead_id, one.version, one.event, one.at_ms)
        connection.execute(SQL["file_delivery"], row)


def claim(
    connection: apsw.Connection, wanted: Sequence[Wanted], token: str, now_ms: int, until_ms: int
) -> list[Claimed]:
    claimed: list[Claimed] = []
    for account_id, endpoint_id, most, per_lead in wanted:
        due = connection.execute(SQL["due"], (account_id, endpoint_id, now_ms, most)).fetchall()
        for *row, blocked_until_ms in due:
            key = (account_id, endpoint_id, row[0], row[1])
            if per_lead and blocked_until_ms is not None:
                connection.execute(SQL["put_off"], (*key, max(blocked_until_ms, now_ms + PUT_OFF_MS)))
            else:
                connection.execute(SQL["claim"], (*key, until_ms, token))
                claimed.append(rows.claimed((account_id, endpoint_id, *row), token))
    return claimed


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
        connection.execute(SQL["wake_next"], (*key[:3], at_ms))
    return True


def attempts(
    connection: apsw.Connection, account_id: str, endpoint_id: str, before_ms: int, limit: int
) -> list[AttemptRecord]:
    cursor = connection.execute(SQL["list_attempts"], (account_id, endpoint_id, before_ms, limit))
    return [rows.attempt(row) for row in cursor]

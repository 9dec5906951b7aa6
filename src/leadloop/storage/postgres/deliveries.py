"""Deliveries: claimed by who sends them, finished by who holds the claim. The group writer files them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs

from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS, AttemptRecord, Claimed, Finished, Wanted

SQL = statements(__file__)


async def claim(
    connection: Connection, wanted: Sequence[Wanted], token: str, now_ms: int, until_ms: int
) -> list[Claimed]:
    accounts, endpoints, most = zip(*wanted, strict=True)
    found = await connection.fetch(SQL["claim"], accounts, endpoints, most, now_ms, until_ms, token)
    return [rows.claimed(record, token) for record in found]


async def finish(connection: Connection, finished: Sequence[Finished], at_ms: int) -> int:
    """Waking the next ones is a statement of its own: it sees what was filed while the first one waited."""
    told = msgspec.json.encode([_told(one) for one in sorted(finished, key=rows.delivery_key)]).decode()
    over = {rows.delivery_key(one) for one in finished if one.state != "pending"}
    async with transaction(connection):
        ours = await connection.fetch(SQL["finish"], told, at_ms)
        if ended := sorted({tuple(record) for record in ours} & over):
            await connection.execute(SQL["wake_next"], *zip(*ended, strict=True), at_ms, AFTER_ANOTHER_MS)
    return len(ours)


def _told(one: Finished) -> dict[str, Any]:
    account_id, endpoint_id, lead_id, version = rows.delivery_key(one)
    made = {} if one.attempt is None else structs.asdict(one.attempt)
    return {
        **made,
        "account_id": account_id,
        "endpoint_id": endpoint_id,
        "lead_id": lead_id,
        "version": version,
        "token": one.claimed.token,
        "state": one.state,
        "attempts": one.attempts,
        "due_at_ms": one.due_at_ms,
        "cause": rows.next_cause(one),
    }


async def attempts(
    connection: Connection, account_id: str, endpoint_id: str, before_ms: int, limit: int
) -> list[AttemptRecord]:
    records = await connection.fetch(SQL["list_attempts"], account_id, endpoint_id, before_ms, limit)
    return [rows.attempt(record) for record in records]

"""The answers that are kept under idempotency keys, read and dropped on their own; the group writer files them."""

from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)

FORGET_AT_ONCE = 10_000


async def kept(connection: Connection, account_id: str, once_key: str) -> StoredAnswer | None:
    record = await connection.fetchrow(SQL["get_kept"], account_id, once_key)
    return None if record is None else StoredAnswer(*record)


async def forget(connection: Connection, before_ms: int) -> int:
    return len(await connection.fetch(SQL["forget_kept"], before_ms, FORGET_AT_ONCE))

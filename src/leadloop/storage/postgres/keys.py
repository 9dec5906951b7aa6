"""API keys: file, find, list, revoke, and note their use."""

from collections.abc import Sequence

from leadloop.core.keys import ApiKey
from leadloop.storage import rows
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)


async def add_key(connection: Connection, key: ApiKey) -> None:
    await connection.execute(SQL["insert_key"], *rows.key_row(key))


async def key(connection: Connection, key_id: str) -> ApiKey | None:
    record = await connection.fetchrow(SQL["get_key"], key_id)
    return None if record is None else rows.key(record)


async def keys(connection: Connection, account_id: str) -> list[ApiKey]:
    return [rows.key(record) for record in await connection.fetch(SQL["list_keys"], account_id)]


async def revoke_key(connection: Connection, account_id: str, key_id: str, at_ms: int) -> bool:
    return await connection.fetchval(SQL["revoke_key"], account_id, key_id, at_ms) is not None


async def touch_keys(connection: Connection, used: Sequence[tuple[str, str, int]]) -> None:
    """One row a key, in the order of their keys, so that two processes do not lock them crosswise."""
    latest: dict[tuple[str, str], int] = {}
    for account_id, key_id, at_ms in used:
        latest[account_id, key_id] = max(at_ms, latest.get((account_id, key_id), at_ms))
    ordered = sorted(latest)
    accounts, ids = [account_id for account_id, _ in ordered], [key_id for _, key_id in ordered]
    await connection.execute(SQL["touch_keys"], accounts, ids, [latest[name] for name in ordered])

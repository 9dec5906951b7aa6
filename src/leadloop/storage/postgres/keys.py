"""API keys: file, find, list, revoke, and note their use."""

from collections import defaultdict
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


async def remove_key(connection: Connection, account_id: str, key_id: str) -> None:
    await connection.execute(SQL["remove_key"], account_id, key_id)


async def touch_keys(connection: Connection, used: Sequence[tuple[str, str, int]]) -> None:
    """A statement an account; one row a key, in their order, so that two processes do not lock them crosswise."""
    accounts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for account_id, key_id, at_ms in sorted(used):
        accounts[account_id][key_id] = at_ms
    for account_id, latest in accounts.items():
        await connection.execute(SQL["touch_keys"], account_id, list(latest), list(latest.values()))

"""Webhook endpoints: file, read, change, and whether an account's have changed."""

from collections.abc import Callable

from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import StoredEndpoint

SQL = statements(__file__)


async def add(connection: Connection, stored: StoredEndpoint, most: int) -> bool:
    """Moving the routes first keeps others from adding to the account until it is done."""
    async with transaction(connection):
        await connection.execute(SQL["move_routes"], stored.endpoint.account_id)
        await connection.execute(SQL["insert_endpoint"], *rows.endpoint_row(stored), most)
        return await get(connection, stored.endpoint.account_id, stored.endpoint.id) is not None


async def get(connection: Connection, account_id: str, endpoint_id: str) -> StoredEndpoint | None:
    record = await connection.fetchrow(SQL["get_endpoint"], account_id, endpoint_id)
    return None if record is None else rows.endpoint(record)


async def listed(connection: Connection, account_id: str | None) -> list[StoredEndpoint]:
    if account_id is None:
        return [rows.endpoint(record) for record in await connection.fetch(SQL["list_all_endpoints"])]
    return [rows.endpoint(record) for record in await connection.fetch(SQL["list_endpoints"], account_id)]


async def change(
    connection: Connection, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
) -> StoredEndpoint | None:
    async with transaction(connection):
        record = await connection.fetchrow(SQL["lock_endpoint"], account_id, endpoint_id)
        if record is None:
            return None
        changed = change(rows.endpoint(record))
        _, _, _, *row = rows.endpoint_row(changed)
        if row != [*record]:
            await connection.execute(SQL["update_endpoint"], account_id, endpoint_id, *row)
        if row[0] != record["doc"]:
            await connection.execute(SQL["move_routes"], account_id)
        return changed


async def delete(connection: Connection, account_id: str, endpoint_id: str, at_ms: int) -> None:
    async with transaction(connection):
        await connection.execute(SQL["leave_over"], account_id, endpoint_id, at_ms)
        await connection.execute(SQL["delete_endpoint"], account_id, endpoint_id)
        await connection.execute(SQL["move_routes"], account_id)

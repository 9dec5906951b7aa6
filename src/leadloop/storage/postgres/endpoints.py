"""Webhook endpoints: file, read, change, and whether an account's have changed."""

from collections.abc import Callable

from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import Stored
from leadloop.webhooks.sign import rotated

SQL = statements(__file__)


async def add(connection: Connection, stored: Stored, most: int) -> bool:
    """Moving the routes first keeps others from adding to the account until it is done."""
    async with transaction(connection):
        await connection.execute(SQL["move_routes"], stored.endpoint.account_id)
        await connection.execute(SQL["insert_endpoint"], *rows.endpoint_row(stored), most)
        return await get(connection, stored.endpoint.account_id, stored.endpoint.id) is not None


async def get(connection: Connection, account_id: str, endpoint_id: str) -> Stored | None:
    record = await connection.fetchrow(SQL["get_endpoint"], account_id, endpoint_id)
    return None if record is None else rows.endpoint(record)


async def listed(connection: Connection, account_id: str | None) -> list[Stored]:
    if account_id is None:
        return [rows.endpoint(record) for record in await connection.fetch(SQL["list_all_endpoints"])]
    return [rows.endpoint(record) for record in await connection.fetch(SQL["list_endpoints"], account_id)]


async def save(connection: Connection, endpoint: Endpoint) -> None:
    row = endpoint.account_id, endpoint.id, rows.endpoint_json(endpoint)
    async with transaction(connection):
        await connection.execute(SQL["update_endpoint"], *row)
        await connection.execute(SQL["move_routes"], endpoint.account_id)


async def rotate(connection: Connection, account_id: str, endpoint_id: str, newest: str, at_ms: int) -> None:
    async with transaction(connection):
        record = await connection.fetchrow(SQL["lock_endpoint"], account_id, endpoint_id)
        if record is not None:
            secrets = rows.secrets_json(rotated(rows.endpoint(record).secrets, newest, at_ms))
            await connection.execute(SQL["update_secrets"], account_id, endpoint_id, secrets)


async def reseal(
    connection: Connection, account_id: str, endpoint_id: str, seal_again: Callable[[Stored], Stored]
) -> None:
    async with transaction(connection):
        record = await connection.fetchrow(SQL["lock_endpoint"], account_id, endpoint_id)
        if record is not None:
            endpoint, secrets = seal_again(rows.endpoint(record))
            sealed = rows.endpoint_json(endpoint), rows.secrets_json(secrets)
            await connection.execute(SQL["reseal_endpoint"], account_id, endpoint_id, *sealed)


async def change_health(
    connection: Connection, account_id: str, endpoint_id: str, change: Callable[[Health], Health]
) -> Health | None:
    async with transaction(connection):
        was = await connection.fetchval(SQL["lock_health"], account_id, endpoint_id)
        if was is None:
            return None
        health = change(rows.health(was))
        if (now := rows.health_json(health)) != was:
            await connection.execute(SQL["update_health"], account_id, endpoint_id, now)
        return health


async def delete(connection: Connection, account_id: str, endpoint_id: str, at_ms: int) -> None:
    async with transaction(connection):
        await connection.execute(SQL["leave_over"], account_id, endpoint_id, at_ms)
        await connection.execute(SQL["delete_endpoint"], account_id, endpoint_id)
        await connection.execute(SQL["move_routes"], account_id)

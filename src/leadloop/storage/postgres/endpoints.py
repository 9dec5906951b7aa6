"""Webhook endpoints: file, read, change, and whether an account's have changed."""

from leadloop.storage import webhook_rows as rows
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health, State
from leadloop.webhooks.ports import Stored
from leadloop.webhooks.sign import rotated

SQL = statements(__file__)


async def add(connection: Connection, stored: Stored) -> None:
    async with connection.transaction():
        await connection.execute(SQL["insert_endpoint"], *rows.endpoint_row(stored))
        await connection.execute(SQL["move_routes"], stored.endpoint.account_id)


async def get(connection: Connection, account_id: str, endpoint_id: str) -> Stored | None:
    record = await connection.fetchrow(SQL["get_endpoint"], account_id, endpoint_id)
    return None if record is None else rows.endpoint(record)


async def listed(connection: Connection, account_id: str | None) -> list[Stored]:
    if account_id is None:
        return [rows.endpoint(record) for record in await connection.fetch(SQL["list_all_endpoints"])]
    return [rows.endpoint(record) for record in await connection.fetch(SQL["list_endpoints"], account_id)]


async def save(connection: Connection, endpoint: Endpoint) -> None:
    row = endpoint.account_id, endpoint.id, rows.endpoint_json(endpoint)
    async with connection.transaction():
        await connection.execute(SQL["update_endpoint"], *row)
        await connection.execute(SQL["move_routes"], endpoint.account_id)


async def rotate(connection: Connection, account_id: str, endpoint_id: str, newest: str, at_ms: int) -> None:
    async with connection.transaction():
        record = await connection.fetchrow(SQL["lock_endpoint"], account_id, endpoint_id)
        if record is not None:
            secrets = rows.secrets_json(rotated(rows.endpoint(record).secrets, newest, at_ms))
            await connection.execute(SQL["update_secrets"], account_id, endpoint_id, secrets)


async def save_health(
    connection: Connection, account_id: str, endpoint_id: str, health: Health, was: State | None
) -> None:
    await connection.execute(SQL["update_health"], account_id, endpoint_id, rows.health_json(health), was)


async def delete(connection: Connection, account_id: str, endpoint_id: str) -> None:
    async with connection.transaction():
        for name in ("delete_deliveries", "delete_attempts", "delete_endpoint"):
            await connection.execute(SQL[name], account_id, endpoint_id)
        await connection.execute(SQL["move_routes"], account_id)

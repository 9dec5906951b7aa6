"""Webhook endpoints: file, read, change, and whether an account's have changed."""

from collections.abc import Callable

import apsw

from leadloop.storage import webhook_rows as rows
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import Stored
from leadloop.webhooks.sign import rotated

SQL = statements(__file__)


def add(connection: apsw.Connection, stored: Stored, most: int) -> bool:
    connection.execute(SQL["insert_endpoint"], (*rows.endpoint_row(stored), most))
    connection.execute(SQL["move_routes"], (stored.endpoint.account_id,))
    return get(connection, stored.endpoint.account_id, stored.endpoint.id) is not None


def get(connection: apsw.Connection, account_id: str, endpoint_id: str) -> Stored | None:
    row = connection.execute(SQL["get_endpoint"], (account_id, endpoint_id)).fetchone()
    return None if row is None else rows.endpoint(row)


def listed(connection: apsw.Connection, account_id: str | None) -> list[Stored]:
    if account_id is None:
        return [rows.endpoint(row) for row in connection.execute(SQL["list_all_endpoints"])]
    return [rows.endpoint(row) for row in connection.execute(SQL["list_endpoints"], (account_id,))]


def save(connection: apsw.Connection, endpoint: Endpoint) -> None:
    row = endpoint.account_id, endpoint.id, rows.endpoint_json(endpoint)
    connection.execute(SQL["update_endpoint"], row)
    connection.execute(SQL["move_routes"], (endpoint.account_id,))


def rotate(connection: apsw.Connection, account_id: str, endpoint_id: str, newest: str, at_ms: int) -> None:
    stored = get(connection, account_id, endpoint_id)
    if stored is not None:
        secrets = rows.secrets_json(rotated(stored.secrets, newest, at_ms))
        connection.execute(SQL["update_secrets"], (account_id, endpoint_id, secrets))


def reseal(
    connection: apsw.Connection, account_id: str, endpoint_id: str, seal_again: Callable[[Stored], Stored]
) -> None:
    if (stored := get(connection, account_id, endpoint_id)) is not None:
        endpoint, secrets = seal_again(stored)
        sealed = rows.endpoint_json(endpoint), rows.secrets_json(secrets)
        connection.execute(SQL["reseal_endpoint"], (account_id, endpoint_id, *sealed))


def change_health(
    connection: apsw.Connection, account_id: str, endpoint_id: str, change: Callable[[Health], Health]
) -> Health | None:
    was = connection.execute(SQL["get_health"], (account_id, endpoint_id)).get
    if was is None:
        return None
    health = change(rows.health(was))
    if (now := rows.health_json(health)) != was:
        connection.execute(SQL["update_health"], (account_id, endpoint_id, now))
    return health


def delete(connection: apsw.Connection, account_id: str, endpoint_id: str, at_ms: int) -> None:
    connection.execute(SQL["leave_over"], (account_id, endpoint_id, at_ms))
    connection.execute(SQL["delete_endpoint"], (account_id, endpoint_id))
    connection.execute(SQL["move_routes"], (account_id,))


def routes_version(connection: apsw.Connection, account_id: str) -> int:
    """0 where the account never had an endpoint."""
    version: int = connection.execute(SQL["get_routes"], (account_id,)).get or 0
    return version

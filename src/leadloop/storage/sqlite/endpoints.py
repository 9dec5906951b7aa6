"""Webhook endpoints: file, read, change, and whether an account's have changed."""

import apsw

from leadloop.storage import webhook_rows as rows
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health, State
from leadloop.webhooks.ports import Stored
from leadloop.webhooks.sign import rotated

SQL = statements(__file__)


def add(connection: apsw.Connection, stored: Stored) -> None:
    connection.execute(SQL["insert_endpoint"], rows.endpoint_row(stored))
    connection.execute(SQL["move_routes"], (stored.endpoint.account_id,))


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


def save_health(
    connection: apsw.Connection, account_id: str, endpoint_id: str, health: Health, was: State | None
) -> None:
    connection.execute(SQL["update_health"], (account_id, endpoint_id, rows.health_json(health), was))


def delete(connection: apsw.Connection, account_id: str, endpoint_id: str) -> None:
    for name in ("delete_deliveries", "delete_attempts", "delete_endpoint"):
        connection.execute(SQL[name], (account_id, endpoint_id))
    connection.execute(SQL["move_routes"], (account_id,))


def routes_version(connection: apsw.Connection, account_id: str) -> int:
    """0 where the account never had an endpoint."""
    version: int = connection.execute(SQL["get_routes"], (account_id,)).get or 0
    return version

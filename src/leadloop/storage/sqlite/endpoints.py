"""Webhook endpoints: file, read, change, and whether an account's have changed."""

from collections.abc import Callable

import apsw

from leadloop.storage import webhook_rows as rows
from leadloop.storage.results import Failure
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import StoredEndpoint

SQL = statements(__file__)


def add(connection: apsw.Connection, stored: StoredEndpoint, most: int) -> bool:
    connection.execute(SQL["insert_endpoint"], (*rows.endpoint_row(stored), most))
    connection.execute(SQL["move_routes"], (stored.endpoint.account_id,))
    return get(connection, stored.endpoint.account_id, stored.endpoint.id) is not None


def get(connection: apsw.Connection, account_id: str, endpoint_id: str) -> StoredEndpoint | None:
    row = connection.execute(SQL["get_endpoint"], (account_id, endpoint_id)).fetchone()
    return None if row is None else rows.endpoint(row)


def listed(connection: apsw.Connection, account_id: str | None) -> list[StoredEndpoint]:
    if account_id is None:
        return [rows.endpoint(row) for row in connection.execute(SQL["list_all_endpoints"])]
    return [rows.endpoint(row) for row in connection.execute(SQL["list_endpoints"], (account_id,))]


def change(
    connection: apsw.Connection, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
) -> StoredEndpoint | Failure | None:
    row = connection.execute(SQL["get_endpoint"], (account_id, endpoint_id)).fetchone()
    if row is None:
        return None
    try:
        changed = change(rows.endpoint(row))
    except Exception as error:
        return Failure(error)
    _, _, _, *now = rows.endpoint_row(changed)
    if now != [*row]:
        connection.execute(SQL["update_endpoint"], (account_id, endpoint_id, *now))
    if now[0] != row[0]:
        connection.execute(SQL["move_routes"], (account_id,))
    return changed


def delete(connection: apsw.Connection, account_id: str, endpoint_id: str, at_ms: int) -> None:
    connection.execute(SQL["leave_over"], (account_id, endpoint_id, at_ms))
    connection.execute(SQL["delete_endpoint"], (account_id, endpoint_id))
    connection.execute(SQL["move_routes"], (account_id,))


def routes_version(connection: apsw.Connection, account_id: str) -> int:
    """0 where the account never had an endpoint."""
    version: int = connection.execute(SQL["get_routes"], (account_id,)).get or 0
    return version

"""API keys: file, find, list, revoke, and note their use."""

from collections.abc import Sequence

import apsw

from leadloop.core.keys import ApiKey
from leadloop.storage import rows
from leadloop.storage.sql import statements

SQL = statements(__file__)


def add_key(connection: apsw.Connection, key: ApiKey) -> None:
    connection.execute(SQL["insert_key"], rows.key_row(key))


def key(connection: apsw.Connection, key_id: str) -> ApiKey | None:
    row = connection.execute(SQL["get_key"], (key_id,)).fetchone()
    return None if row is None else rows.key(row)


def keys(connection: apsw.Connection, account_id: str) -> list[ApiKey]:
    return [rows.key(row) for row in connection.execute(SQL["list_keys"], (account_id,))]


def revoke_key(connection: apsw.Connection, account_id: str, key_id: str, at_ms: int) -> bool:
    return connection.execute(SQL["revoke_key"], (account_id, key_id, at_ms)).fetchone() is not None


def remove_key(connection: apsw.Connection, account_id: str, key_id: str) -> None:
    connection.execute(SQL["remove_key"], (account_id, key_id))


def touch_keys(connection: apsw.Connection, used: Sequence[tuple[str, str, int]]) -> None:
    connection.executemany(SQL["touch_key"], used)

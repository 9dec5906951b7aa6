"""The answers that are kept under idempotency keys: filed by the group's transaction, dropped by their age."""

from typing import Any

import apsw

from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.unit import Unit
from leadloop.storage.sql import statements

SQL = statements(__file__)

FORGET_AT_ONCE = 2_000
"""Other writers wait so long: some 10 ms."""


def keep(connection: apsw.Connection, unit: Unit[Any], kept: StoredAnswer) -> None:
    connection.execute(SQL["keep"], (unit.account_id, unit.once_key, *kept))


def kept(connection: apsw.Connection, account_id: str, once_key: str) -> StoredAnswer | None:
    row = connection.execute(SQL["get_kept"], (account_id, once_key)).fetchone()
    return None if row is None else StoredAnswer(*row)


def forget(connection: apsw.Connection, before_ms: int) -> int:
    connection.execute(SQL["forget_kept"], (before_ms, FORGET_AT_ONCE))
    return connection.changes()

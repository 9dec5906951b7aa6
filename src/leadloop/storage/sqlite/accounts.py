"""Accounts: file one, read them."""

from collections.abc import Callable

import apsw

from leadloop.core.accounts import Account, renewing
from leadloop.core.keys import ApiKey
from leadloop.storage import rows
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import catalogue
from leadloop.storage.sqlite.keys import add_key

SQL = statements(__file__)


def add_account(connection: apsw.Connection, account: Account, key: ApiKey | None) -> None:
    connection.execute(SQL["insert_account"], rows.account_row(account))
    if account.country is not None:
        catalogue.move(connection, account.id)
    if key is not None:
        add_key(connection, key)


def change(connection: apsw.Connection, account_id: str, change: Callable[[Account], Account]) -> Account | None:
    present = account(connection, account_id)
    if present is None:
        return None
    changed = renewing(present, change(present))
    if changed != present:
        connection.execute(SQL["update_account"], (account_id, changed.name, *rows.account_options(changed)))
        catalogue.move(connection, account_id)
    return changed


def account(connection: apsw.Connection, account_id: str) -> Account | None:
    row = connection.execute(SQL["get_account"], (account_id,)).fetchone()
    return None if row is None else rows.account(row)


def accounts(connection: apsw.Connection) -> list[Account]:
    return [rows.account(row) for row in connection.execute(SQL["list_accounts"])]

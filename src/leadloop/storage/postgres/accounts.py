"""Accounts: file one, read them."""

from collections.abc import Callable

from leadloop.core.accounts import Account, renewing
from leadloop.core.keys import ApiKey
from leadloop.storage import rows
from leadloop.storage.postgres import catalogue
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.postgres.keys import add_key
from leadloop.storage.sql import statements

SQL = statements(__file__)


async def add_account(connection: Connection, account: Account, key: ApiKey | None) -> None:
    async with connection.transaction():
        await connection.execute(SQL["insert_account"], *rows.account_row(account))
        if account.country is not None:
            await catalogue.move(connection, account.id)
        if key is not None:
            await add_key(connection, key)


async def change(connection: Connection, account_id: str, change: Callable[[Account], Account]) -> Account | None:
    async with transaction(connection):
        record = await connection.fetchrow(SQL["lock_account"], account_id)
        if record is None:
            return None
        present = rows.account(record)
        changed = renewing(present, change(present))
        if changed != present:
            await connection.execute(SQL["update_account"], account_id, changed.name, *rows.account_options(changed))
            await catalogue.move(connection, account_id)
        return changed


async def account(connection: Connection, account_id: str) -> Account | None:
    record = await connection.fetchrow(SQL["get_account"], account_id)
    return None if record is None else rows.account(record)


async def accounts(connection: Connection) -> list[Account]:
    return [rows.account(record) for record in await connection.fetch(SQL["list_accounts"])]

"""Accounts: file one, read them."""

from leadloop.core.accounts import Account
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
        if key is not None:
            await add_key(connection, key)


async def update_account(connection: Connection, account: Account) -> None:
    options = account.asks_version, account.auto_attribution
    async with transaction(connection):
        await connection.execute(SQL["update_account"], account.id, account.name, *options)
        await catalogue.move(connection, account.id)


async def account(connection: Connection, account_id: str) -> Account | None:
    record = await connection.fetchrow(SQL["get_account"], account_id)
    return None if record is None else rows.account(record)


async def accounts(connection: Connection) -> list[Account]:
    return [rows.account(record) for record in await connection.fetch(SQL["list_accounts"])]

"""Accounts: `core.store.AccountStore`."""

from collections.abc import Callable

from leadloop.core.accounts import Account, with_renewal
from leadloop.core.keys import ApiKey
from leadloop.storage import keys, rows
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class Accounts(Noun[ScriptRunner]):
    @writes
    def add(self, account: Account, key: ApiKey | None = None) -> Script[None]:
        yield Statement(SQL["insert_account"], rows.account_row(account))
        if account.auto_attribution or account.country or account.time_zone or account.currency:
            yield Statement(SQL["bump_catalogue_version"], (account.id,))
        if key is not None:
            yield keys.insert(key)

    @reads
    def get(self, account_id: str) -> Script[Account | None]:
        records = yield Statement(SQL["get_account"], (account_id,))
        return rows.account(records[0]) if records else None

    @reads
    def all(self) -> Script[list[Account]]:
        records = yield Statement(SQL["list_accounts"], ())
        return list(map(rows.account, records))

    @writes
    def change(self, account_id: str, change: Callable[[Account], Account]) -> Script[Account | None]:
        return (yield from change_account(account_id, change))


def lock_account(account_id: str) -> Script[Account | None]:
    records = yield Statement(SQL["lock_account"], (account_id,))
    return rows.account(records[0]) if records else None


def change_account(account_id: str, change: Callable[[Account], Account]) -> Script[Account | None]:
    account = yield from lock_account(account_id)
    if account is None:
        return None
    changed = with_renewal(account, change(account))
    if changed != account:
        yield Statement(SQL["update_account"], (account_id, changed.name, *rows.account_options(changed)))
        yield Statement(SQL["bump_catalogue_version"], (account_id,))
    return changed

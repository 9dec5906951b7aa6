"""Accounts: `core.store.AccountStore`."""

from collections.abc import Callable

from leadloop.core.accounts import Account, with_renewal
from leadloop.core.keys import ApiKey
from leadloop.storage import keys, rows
from leadloop.storage.nouns import Noun, reads, writes
from leadloop.storage.sql import statements
from leadloop.storage.steps import Statement, Steps

SQL = statements(__file__)


class Accounts(Noun):
    @writes
    def add(self, account: Account, key: ApiKey | None = None) -> Steps[None]:
        yield Statement(SQL["insert_account"], rows.account_row(account))
        if account.country is not None:
            yield Statement(SQL["move_catalogue"], (account.id,))
        if key is not None:
            yield keys.insert(key)

    @reads
    def get(self, account_id: str) -> Steps[Account | None]:
        found = yield Statement(SQL["get_account"], (account_id,))
        return rows.account(found[0]) if found else None

    @reads
    def all(self) -> Steps[list[Account]]:
        found = yield Statement(SQL["list_accounts"], ())
        return list(map(rows.account, found))

    @writes
    def change(self, account_id: str, change: Callable[[Account], Account]) -> Steps[Account | None]:
        found = yield Statement(SQL["lock_account"], (account_id,))
        if not found:
            return None
        present = rows.account(found[0])
        changed = with_renewal(present, change(present))
        if changed != present:
            yield Statement(SQL["update_account"], (account_id, changed.name, *rows.account_options(changed)))
            yield Statement(SQL["move_catalogue"], (account_id,))
        return changed

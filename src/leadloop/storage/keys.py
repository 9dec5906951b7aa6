"""API keys: `core.store.KeyStore`."""

from collections.abc import Sequence

from leadloop.core.keys import ApiKey
from leadloop.storage import rows
from leadloop.storage.nouns import Noun, reads, writes
from leadloop.storage.sql import statements
from leadloop.storage.steps import Statement, Steps

SQL = statements(__file__)


class Keys(Noun):
    @writes
    def add(self, key: ApiKey) -> Steps[None]:
        yield insert(key)

    @reads
    def get(self, key_id: str) -> Steps[ApiKey | None]:
        found = yield Statement(SQL["get_key"], (key_id,))
        return rows.key(found[0]) if found else None

    @reads
    def of_account(self, account_id: str) -> Steps[list[ApiKey]]:
        found = yield Statement(SQL["list_keys"], (account_id,))
        return list(map(rows.key, found))

    @writes
    def revoke(self, account_id: str, key_id: str, at_ms: int) -> Steps[bool]:
        revoked = yield Statement(SQL["revoke_key"], (account_id, key_id, at_ms))
        return bool(revoked)

    @writes
    def delete(self, account_id: str, key_id: str) -> Steps[None]:
        yield Statement(SQL["delete_key"], (account_id, key_id))

    @writes
    def touch(self, used: Sequence[tuple[str, str, int]]) -> Steps[None]:
        """In the order of the keys, so that two processes do not lock them crosswise."""
        for use in sorted(used):
            yield Statement(SQL["touch_key"], use)


def insert(key: ApiKey) -> Statement:
    return Statement(SQL["insert_key"], rows.key_row(key))

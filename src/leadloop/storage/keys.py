"""API keys: `core.store.KeyStore`."""

from collections.abc import Callable, Sequence

from leadloop.core.keys import ApiKey
from leadloop.core.writes.idempotency import AnswerKey
from leadloop.storage import rows, stored_answers
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class Keys(Noun[ScriptRunner]):
    @writes
    def add(self, key: ApiKey, answer_key: AnswerKey | None = None) -> Script[None]:
        yield from stored_answers.store(key.account_id, answer_key, key.id)
        yield insert(key)

    @reads
    def get(self, key_id: str) -> Script[ApiKey | None]:
        records = yield Statement(SQL["get_key"], (key_id,))
        return rows.key(records[0]) if records else None

    @reads
    def of_account(self, account_id: str) -> Script[list[ApiKey]]:
        records = yield Statement(SQL["list_keys"], (account_id,))
        return list(map(rows.key, records))

    @writes
    def revoke(self, account_id: str, key_id: str, at_ms: int) -> Script[bool]:
        revoked = yield Statement(SQL["revoke_key"], (account_id, key_id, at_ms))
        return bool(revoked)

    @writes
    def change(self, account_id: str, key_id: str, change: Callable[[ApiKey], ApiKey]) -> Script[ApiKey | None]:
        records = yield Statement(SQL["lock_key"], (account_id, key_id))
        if not records:
            return None
        changed = change(rows.key(records[0]))
        yield Statement(SQL["update_key"], (account_id, key_id, changed.name, changed.expires_at_ms))
        return changed

    @writes
    def delete(self, account_id: str, key_id: str) -> Script[None]:
        yield Statement(SQL["delete_key"], (account_id, key_id))

    @writes
    def touch(self, used: Sequence[tuple[str, str, int, str]]) -> Script[None]:
        """Updates in key order, so that two processes cannot deadlock."""
        for use in sorted(used):
            yield Statement(SQL["touch_key"], use)


def insert(key: ApiKey) -> Statement:
    return Statement(SQL["insert_key"], rows.key_row(key))

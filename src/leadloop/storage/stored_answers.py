"""The answers that are stored under idempotency keys: `core.store.AnswerStore`. Writing a lead adds them."""

from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)

DELETE_AT_ONCE = 2_000
"""Rows that one call deletes: some 10 ms, for which the embedded engine's other writes wait."""


class StoredAnswers(Noun[ScriptRunner]):
    @reads
    def get(self, account_id: str, key: str) -> Script[StoredAnswer | None]:
        records = yield Statement(SQL["get_answer"], (account_id, key))
        return StoredAnswer(*records[0]) if records else None

    @writes
    def delete_expired(self, before_ms: int) -> Script[int]:
        deleted = yield Statement(SQL["delete_expired"], (before_ms, DELETE_AT_ONCE))
        return len(deleted)

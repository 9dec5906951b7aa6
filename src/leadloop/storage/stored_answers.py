"""The answers that are stored under idempotency keys: `core.store.AnswerStore`. Writing a lead adds them."""

from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.storage.nouns import Noun, reads, writes
from leadloop.storage.sql import statements
from leadloop.storage.steps import Statement, Steps

SQL = statements(__file__)

DELETE_AT_ONCE = 2_000
"""Other writers of the embedded engine wait so long: some 10 ms."""


class StoredAnswers(Noun):
    @reads
    def get(self, account_id: str, key: str) -> Steps[StoredAnswer | None]:
        found = yield Statement(SQL["get_answer"], (account_id, key))
        return StoredAnswer(*found[0]) if found else None

    @writes
    def delete_expired(self, before_ms: int) -> Steps[int]:
        deleted = yield Statement(SQL["delete_expired"], (before_ms, DELETE_AT_ONCE))
        return len(deleted)

"""The answers that are stored under idempotency keys: `core.store.AnswerStore`.

Writing a lead adds them. Other creations store the id of what they created, by `store`.
"""

from leadloop.core.writes.idempotency import AnswerKey, StoredAnswer
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


def reject_repeat(account_id: str, key: AnswerKey | None, own_id: str | None = None) -> Script[None]:
    """Raises `AnsweredBefore`, `KeyReused` if something is stored under the key, except `own_id` by an earlier attempt
    of the same transaction."""
    if key is None:
        return
    records = yield Statement(SQL["get_answer"], (account_id, key.key))
    for answer in (StoredAnswer(*record) for record in records):
        if answer.lead_id != own_id:
            answer.reject_repeat(key.fingerprint)


def store(account_id: str, key: AnswerKey | None, created_id: str) -> Script[None]:
    """Stores the id of what the transaction creates. Raises `AnsweredBefore`, `KeyReused` if something else is stored
    under the key, and the transaction must not go on then."""
    if key is None:
        return
    row = account_id, key.key, key.fingerprint, key.at_ms, created_id
    if not (yield Statement(SQL["insert_answer"], row)):
        yield from reject_repeat(account_id, key, created_id)

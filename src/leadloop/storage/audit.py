"""The audit trail: `core.people.store.AuditStore`."""

from leadloop.core.people.model import AuditEntry
from leadloop.storage import people_rows as rows
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)

DELETE_AT_ONCE = 2_000
AFTER_ANY_ID = "~"
"""Greater than every id."""


class Audit(Noun[ScriptRunner]):
    @writes
    def add(self, entry: AuditEntry) -> Script[None]:
        yield Statement(SQL["insert_entry"], rows.entry_row(entry))

    @reads
    def page(
        self, account_id: str, before: str, limit: int, *, actor: str | None, action: str | None, since_ms: int
    ) -> Script[list[AuditEntry]]:
        values = account_id, before or AFTER_ANY_ID, limit, since_ms, actor or "", action or ""
        records = yield Statement(SQL["list_entries"], values)
        return list(map(rows.entry, records))

    @writes
    def purge(self, before_ms: int) -> Script[int]:
        deleted = yield Statement(SQL["delete_expired"], (before_ms, DELETE_AT_ONCE))
        return len(deleted)

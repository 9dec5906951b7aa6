"""Webhook endpoints: `webhooks.ports.EndpointStore`."""

from collections.abc import Callable

from leadloop.core.writes.idempotency import AnswerKey
from leadloop.storage import stored_answers
from leadloop.storage import webhook_rows as rows
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import StoredEndpoint

SQL = statements(__file__)


class Endpoints(Noun[ScriptRunner]):
    @writes
    def add(self, stored: StoredEndpoint, most: int, answer_key: AnswerKey | None = None) -> Script[bool]:
        """Bumping the routes version first locks the account's endpoints against other writers until the transaction
        ends."""
        key = account_id, endpoint_id = stored.endpoint.account_id, stored.endpoint.id
        yield Statement(SQL["bump_routes_version"], (account_id,))
        yield from stored_answers.reject_repeat(account_id, answer_key, endpoint_id)
        yield Statement(SQL["insert_endpoint"], (*rows.endpoint_row(stored), most))
        is_added = bool((yield Statement(SQL["get_endpoint"], key)))
        if is_added:
            yield from stored_answers.store(account_id, answer_key, endpoint_id)
        return is_added

    @reads
    def get(self, account_id: str, endpoint_id: str) -> Script[StoredEndpoint | None]:
        records = yield Statement(SQL["get_endpoint"], (account_id, endpoint_id))
        return rows.endpoint(records[0]) if records else None

    @reads
    def all(self, account_id: str | None = None) -> Script[list[StoredEndpoint]]:
        """Oldest first."""
        records = yield list_endpoints(account_id)
        return list(map(rows.endpoint, records))

    @writes
    def change(
        self, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
    ) -> Script[StoredEndpoint | None]:
        records = yield Statement(SQL["lock_endpoint"], (account_id, endpoint_id))
        if not records:
            return None
        changed = change(rows.endpoint(records[0]))
        _, _, _, *row = rows.endpoint_row(changed)
        if row != [*records[0]]:
            yield Statement(SQL["update_endpoint"], (account_id, endpoint_id, *row))
        if row[0] != records[0][0]:
            yield Statement(SQL["bump_routes_version"], (account_id,))
        return changed

    @writes
    def delete(self, account_id: str, endpoint_id: str, at_ms: int) -> Script[None]:
        yield Statement(SQL["insert_leftover"], (account_id, endpoint_id, at_ms))
        yield Statement(SQL["delete_endpoint"], (account_id, endpoint_id))
        yield Statement(SQL["bump_routes_version"], (account_id,))


def list_endpoints(account_id: str | None) -> Statement:
    if account_id is None:
        return Statement(SQL["list_all_endpoints"], ())
    return Statement(SQL["list_endpoints"], (account_id,))

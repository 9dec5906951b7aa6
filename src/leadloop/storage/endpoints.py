"""Webhook endpoints: `webhooks.ports.EndpointStore`."""

from collections.abc import Callable

from leadloop.storage import webhook_rows as rows
from leadloop.storage.nouns import Noun, reads, writes
from leadloop.storage.sql import statements
from leadloop.storage.steps import Statement, Steps
from leadloop.webhooks.ports import StoredEndpoint

SQL = statements(__file__)


class Endpoints(Noun):
    @writes
    def add(self, stored: StoredEndpoint, most: int) -> Steps[bool]:
        """Moving the routes first keeps others from adding to the account until the transaction ends."""
        about = stored.endpoint.account_id, stored.endpoint.id
        yield Statement(SQL["move_routes"], about[:1])
        yield Statement(SQL["insert_endpoint"], (*rows.endpoint_row(stored), most))
        return bool((yield Statement(SQL["get_endpoint"], about)))

    @reads
    def get(self, account_id: str, endpoint_id: str) -> Steps[StoredEndpoint | None]:
        found = yield Statement(SQL["get_endpoint"], (account_id, endpoint_id))
        return rows.endpoint(found[0]) if found else None

    @reads
    def all(self, account_id: str | None = None) -> Steps[list[StoredEndpoint]]:
        """Oldest first."""
        found = yield list_endpoints(account_id)
        return list(map(rows.endpoint, found))

    @writes
    def change(
        self, account_id: str, endpoint_id: str, change: Callable[[StoredEndpoint], StoredEndpoint]
    ) -> Steps[StoredEndpoint | None]:
        found = yield Statement(SQL["lock_endpoint"], (account_id, endpoint_id))
        if not found:
            return None
        changed = change(rows.endpoint(found[0]))
        _, _, _, *row = rows.endpoint_row(changed)
        if row != [*found[0]]:
            yield Statement(SQL["update_endpoint"], (account_id, endpoint_id, *row))
        if row[0] != found[0][0]:
            yield Statement(SQL["move_routes"], (account_id,))
        return changed

    @writes
    def delete(self, account_id: str, endpoint_id: str, at_ms: int) -> Steps[None]:
        yield Statement(SQL["leave_over"], (account_id, endpoint_id, at_ms))
        yield Statement(SQL["delete_endpoint"], (account_id, endpoint_id))
        yield Statement(SQL["move_routes"], (account_id,))


def list_endpoints(account_id: str | None) -> Statement:
    if account_id is None:
        return Statement(SQL["list_all_endpoints"], ())
    return Statement(SQL["list_endpoints"], (account_id,))

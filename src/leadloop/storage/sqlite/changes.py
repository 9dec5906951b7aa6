"""Reads the change log and the messages that belong to it."""

from collections.abc import Sequence

import apsw

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.pages import Page, make_page
from leadloop.core.store import NO_BYTE_LIMIT
from leadloop.storage import rows
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import lists
from leadloop.storage.sqlite.bounded import bounded_rows, documents
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import FOLLOWING

SQL = statements(__file__)


def of_lead(
    connection: apsw.Connection,
    account_id: str,
    lead_id: str,
    after_version: int,
    limit: int,
    most_bytes: int = NO_BYTE_LIMIT,
) -> list[Change]:
    values = account_id, lead_id, after_version, limit
    records, _ = bounded_rows(connection, SQL["list_lead_changes"], values, most_bytes)
    return [rows.change(account_id, record) for record in records]


def feed(
    connection: apsw.Connection, account_id: str, after_position: int, limit: int, most_bytes: int = NO_BYTE_LIMIT
) -> list[Change]:
    records, _ = bounded_rows(connection, SQL["list_changes"], (account_id, after_position, limit), most_bytes)
    return [rows.change(account_id, record) for record in records]


def position(connection: apsw.Connection, account_id: str) -> int:
    position: int | None = connection.execute(SQL["get_feed_position"], (account_id,)).get
    return position or 0


def version_at(connection: apsw.Connection, account_id: str, lead_id: str, at_ms: int) -> int:
    version: int | None = connection.execute(SQL["get_version_at"], (account_id, lead_id, at_ms)).get
    return version or 0


def messages(
    connection: apsw.Connection,
    account_id: str,
    lead_id: str,
    limit: int,
    before: tuple[int, str] | None = None,
    most_bytes: int = NO_BYTE_LIMIT,
) -> Page[Message]:
    values = account_id, lead_id, *(before or rows.NEWEST), limit
    docs, is_cut = documents(connection, SQL["list_messages"], values, most_bytes)
    return make_page(docs, rows.message, is_cut=is_cut)


def leads_and_changes(
    connection: apsw.Connection, deliveries: Sequence[Delivery]
) -> list[tuple[Lead, list[Change]] | None]:
    """Reads each lead before its records, so that these reach at least its version."""
    results: list[tuple[Lead, list[Change]] | None] = []
    for delivery in deliveries:
        lead = lists.lead(connection, delivery.account_id, delivery.lead_id)
        if lead is None or not 0 <= lead.version - delivery.version <= FOLLOWING:
            results.append(None)
            continue
        after, count = delivery.version - 1, lead.version - delivery.version + 1
        results.append((lead, of_lead(connection, delivery.account_id, delivery.lead_id, after, count)))
    return results

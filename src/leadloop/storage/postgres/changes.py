"""Reads the change log and the messages that belong to it, and reserves positions in the feed."""

from collections.abc import Sequence
from typing import Any

from leadloop.core.changes import Change
from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.pages import Page, make_page
from leadloop.core.store import NO_BYTE_LIMIT
from leadloop.core.threads import in_thread_if_large
from leadloop.storage import rows
from leadloop.storage.postgres.bounded import bounded_rows, documents
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements
from leadloop.webhooks.endpoints import Delivery
from leadloop.webhooks.ports import FOLLOWING

SQL = statements(__file__)
BYTES_OF_A_FIELD = 100
"""The rough size of a changed field as JSON, to decide whether records are decoded in a thread."""


async def of_lead(
    connection: Connection,
    account_id: str,
    lead_id: str,
    after_version: int,
    limit: int,
    most_bytes: int = NO_BYTE_LIMIT,
) -> list[Change]:
    values = account_id, lead_id, after_version, limit
    records, _ = await bounded_rows(connection, SQL["list_lead_changes"], values, limit, most_bytes)
    return await _decoded(account_id, records)


async def feed(
    connection: Connection, account_id: str, after_position: int, limit: int, most_bytes: int = NO_BYTE_LIMIT
) -> list[Change]:
    values = account_id, after_position, limit
    records, _ = await bounded_rows(connection, SQL["list_changes"], values, limit, most_bytes)
    return await _decoded(account_id, records)


async def position(connection: Connection, account_id: str) -> int:
    position: int | None = await connection.fetchval(SQL["get_feed_position"], account_id)
    return position or 0


async def version_at(connection: Connection, account_id: str, lead_id: str, at_ms: int) -> int:
    version: int | None = await connection.fetchval(SQL["get_version_at"], account_id, lead_id, at_ms)
    return version or 0


async def messages(
    connection: Connection,
    account_id: str,
    lead_id: str,
    limit: int,
    before: tuple[int, str] | None = None,
    most_bytes: int = NO_BYTE_LIMIT,
) -> Page[Message]:
    values = account_id, lead_id, *(before or rows.NEWEST), limit
    docs, is_cut = await documents(connection, SQL["list_messages"], values, limit, most_bytes)
    return make_page(docs, rows.message, is_cut=is_cut)


async def advance_feed(connection: Connection, account_id: str, records: int, leads: int) -> int:
    """Reserves positions for so many records at the end of the account's feed, and adds to its number of `leads`.
    Returns the last position."""
    position: int = await connection.fetchval(SQL["advance_feed"], account_id, records, leads)
    return position


async def leads_and_changes(
    connection: Connection, deliveries: Sequence[Delivery]
) -> list[tuple[Lead, list[Change]] | None]:
    keys = [(delivery.account_id, delivery.lead_id, delivery.version) for delivery in deliveries]
    records = await connection.fetch(SQL["leads_and_changes"], *zip(*keys, strict=True), FOLLOWING)
    return await decode_leads_and_changes(records, len(keys))


async def decode_leads_and_changes(records: Sequence[Any], count: int) -> list[tuple[Lead, list[Change]] | None]:
    """Decodes the rows of `leads_and_changes` for `count` deliveries."""

    def decode_all() -> list[tuple[Lead, list[Change]] | None]:
        results: list[tuple[Lead, list[Change]] | None] = [None] * count
        changes: list[Change] = []
        for n, doc, account_id, *record in records:
            if doc is not None:
                changes = []
                results[n - 1] = decode(doc), changes
            changes.append(rows.change(account_id, record))
        return results

    return await in_thread_if_large(_size(records), decode_all)


async def _decoded(account_id: str, records: Sequence[Any]) -> list[Change]:
    return await in_thread_if_large(_size(records), lambda: [rows.change(account_id, record) for record in records])


def _size(records: Sequence[Any]) -> int:
    """In changed fields, the last column of each record."""
    return sum(len(record[-1]) for record in records) // BYTES_OF_A_FIELD

"""Bulk-loads whole histories: one batch by COPY, in one transaction."""

from leadloop.core.catalogue.learn import entries_from
from leadloop.derived.columns import Columns
from leadloop.storage.batches import BulkBatch
from leadloop.storage.catalogues import CatalogueCache, PendingEntries
from leadloop.storage.postgres import insights, search
from leadloop.storage.postgres.catalogue import read, upsert
from leadloop.storage.postgres.changes import advance_feed
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.rows import Row
from leadloop.storage.sql import statements

SQL = statements(__file__)

COPY_TIMEOUT_S = 120.0
"""A batch takes some 0.3 s."""

LEADS = ("account_id", "id", "version", *Columns.__struct_fields__, "doc")
CHANGES = ("account_id", "lead_id", "version", "position", "at_ms", "actor", "dialect", "request_id", "fields", "stage")
MESSAGES = ("account_id", "lead_id", "id", "created_at_ms", "doc")


async def load(connection: Connection, batch: BulkBatch, catalogues: CatalogueCache) -> None:
    """Loads a batch. Skips leads that exist already, so a second run is harmless.

    Locks the feed's counter, which other writers of the account need too, as late as possible.
    """
    upserted: PendingEntries | None = None
    async with connection.transaction():
        existing = await connection.fetch(SQL["existing_leads"], batch.account_id, list(batch.leads))
        new = batch.without({lead_id for (lead_id,) in existing})
        if not new.leads:
            return
        await _copy(connection, "leads", LEADS, list(new.leads.values()))
        await _copy(connection, "messages", MESSAGES, list(new.messages.values()))
        await _copy(connection, insights.TABLE, insights.COLUMNS, new.facts)
        await search.load(connection, new.entries, new.terms)
        last_position = await advance_feed(connection, batch.account_id, len(new.records), new.lead_count)
        await _copy(connection, "changes", CHANGES, new.with_positions(last_position))
        catalogue = await read(connection, catalogues.of(batch.account_id))
        if entries_from(catalogue, references := new.references_in_order()):
            upserted = await upsert(connection, catalogue, references)
    if upserted is not None:
        upserted.apply()


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows, timeout=COPY_TIMEOUT_S)

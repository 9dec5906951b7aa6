"""Bulk-loads whole histories: one batch inside the writer's transaction."""

import apsw
import msgspec

from leadloop.storage.batches import BulkBatch
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import insights, search
from leadloop.storage.sqlite.catalogue import refresh, upsert
from leadloop.storage.sqlite.leads import SQL as LEADS_SQL
from leadloop.storage.sqlite.search import FullText

SQL = statements(__file__)


def load(connection: apsw.Connection, batch: BulkBatch, catalogues: CatalogueCache, full_text: FullText) -> None:
    """Loads a batch. Skips leads that exist already."""
    lead_ids = msgspec.json.encode(list(batch.leads)).decode()
    existing = {lead_id for (lead_id,) in connection.execute(SQL["existing_leads"], (batch.account_id, lead_ids))}
    new = batch.without(existing)
    if not new.leads:
        return
    feed = batch.account_id, len(new.records), new.lead_count
    last_position: int = connection.execute(LEADS_SQL["advance_feed"], feed).get
    connection.executemany(LEADS_SQL["insert_lead"], new.leads.values())
    insights.load(connection, new.facts)
    search.load(connection, full_text, new.entries, new.terms)
    connection.executemany(LEADS_SQL["insert_change"], new.with_positions(last_position))
    connection.executemany(LEADS_SQL["put_message"], new.messages.values())
    upsert(connection, refresh(connection, catalogues.of(batch.account_id)), new.references_in_order())

"""Loading whole histories: one batch by COPY, in one transaction."""

from leadloop.core.catalogue.learn import entries_from
from leadloop.derived.columns import Columns
from leadloop.storage.batches import Batch, Row
from leadloop.storage.catalogues import Catalogues, PendingEntries
from leadloop.storage.postgres import insights, search
from leadloop.storage.postgres.catalogue import read, teach
from leadloop.storage.postgres.changes import move_feed
from leadloop.storage.postgres.engine import Connection
from leadloop.storage.sql import statements

SQL = statements(__file__)

COPY_TIMEOUT_S = 120.0
"""A batch takes some 0.3 s."""

LEADS = ("account_id", "id", "version", *Columns.__struct_fields__, "doc")
CHANGES = ("account_id", "lead_id", "version", "position", "at_ms", "actor", "dialect", "request_id", "fields", "stage")
MESSAGES = ("account_id", "lead_id", "id", "created_at_ms", "doc")


async def load(connection: Connection, batch: Batch, catalogues: Catalogues) -> None:
    """Leads that are there already are left as they are, so that it may be done twice.

    The feed's counter, which other writers of the account need too, is taken as late as possible.
    """
    learnt: PendingEntries | None = None
    async with connection.transaction():
        known = await connection.fetch(SQL["known_leads"], batch.account_id, list(batch.leads))
        new = batch.without({lead_id for (lead_id,) in known})
        if not new.leads:
            return
        await _copy(connection, "leads", LEADS, list(new.leads.values()))
        await _copy(connection, "messages", MESSAGES, list(new.messages.values()))
        await _copy(connection, insights.TABLE, insights.COLUMNS, new.facts)
        await search.load(connection, new.entries, new.terms)
        last_position = await move_feed(connection, batch.account_id, len(new.records))
        await _copy(connection, "changes", CHANGES, new.positioned(last_position))
        catalogue = await read(connection, catalogues.of(batch.account_id))
        if entries_from(catalogue, named := new.named_in_order()):
            learnt = await teach(connection, catalogue, named)
    if learnt is not None:
        learnt.remember()


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows, timeout=COPY_TIMEOUT_S)

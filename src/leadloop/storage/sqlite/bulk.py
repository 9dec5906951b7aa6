"""Loading whole histories: one batch inside the writer's transaction."""

import apsw
import msgspec

from leadloop.storage.batches import Batch
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import insights, search
from leadloop.storage.sqlite.catalogue import current, teach
from leadloop.storage.sqlite.leads import SQL as LEADS_SQL
from leadloop.storage.sqlite.search import FullText

SQL = statements(__file__)


def load(connection: apsw.Connection, batch: Batch, catalogues: Catalogues, full_text: FullText) -> None:
    """Leads that are there already are left as they are."""
    asked = msgspec.json.encode(list(batch.leads)).decode()
    known = {lead_id for (lead_id,) in connection.execute(SQL["known_leads"], (batch.account_id, asked))}
    new = batch.without(known)
    if not new.leads:
        return
    last_position: int = connection.execute(SQL["move_feed"], (batch.account_id, len(new.records))).get
    connection.executemany(LEADS_SQL["insert_lead"], new.leads.values())
    insights.load(connection, new.facts)
    search.load(connection, full_text, new.entries, new.terms)
    connection.executemany(LEADS_SQL["insert_change"], new.positioned(last_position))
    connection.executemany(LEADS_SQL["put_message"], new.messages.values())
    teach(connection, current(connection, catalogues.of(batch.account_id)), new.named_in_order())

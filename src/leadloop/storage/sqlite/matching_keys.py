"""Recomputes the matching keys of stored leads, in batches. Until that is done, leads are found by former keys too."""

from typing import Any

import apsw

from leadloop.core.accounts import KEYS_FORMAT
from leadloop.core.leads.doc import decode
from leadloop.core.leads.matching import FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.derived.columns import columns
from leadloop.derived.words import phone_edit
from leadloop.storage.filters import json_texts
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import search
from leadloop.storage.sqlite.search import FullText

SQL = statements(__file__)

BATCH = 100
"""Leads whose keys are recomputed in one transaction, some 10 ms of the writer's time."""


def countries(connection: apsw.Connection) -> dict[str, str]:
    rows: list[Any] = connection.execute(SQL["countries"]).fetchall()
    return dict(rows)


def by_keys(connection: apsw.Connection, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
    parameters = account_id, json_texts(keys.emails), json_texts(keys.phones), limit
    return [decode(doc) for (doc,) in connection.execute(SQL["by_keys"], parameters)]


def renew(connection: apsw.Connection, full_text: FullText, account_id: str) -> bool:
    """Recomputes the keys of the next leads, inside the writer's transaction. Returns whether there are more."""
    progress = connection.execute(SQL["get_progress"], (account_id,)).fetchone()
    if progress is None or progress[0] == KEYS_FORMAT:
        return False
    _, last_lead, country = progress
    rows: list[Any] = connection.execute(SQL["next_leads"], (account_id, last_lead, BATCH)).fetchall()
    for doc, email_key, phone_key in rows:
        lead = decode(doc)
        last_lead, current = lead.id, columns(lead, lambda: country)
        if (email_key, phone_key) != (current.email_key, current.phone_key):
            connection.execute(SQL["put_keys"], (account_id, lead.id, current.email_key, current.phone_key))
        if phone_key != current.phone_key and lead.deleted_at_ms is None:
            search.edit_entry(connection, full_text, lead, phone_edit(lead, lambda: country))
    is_done = len(rows) < BATCH
    connection.execute(SQL["put_progress"], (account_id, KEYS_FORMAT if is_done else progress[0], last_lead))
    return not is_done

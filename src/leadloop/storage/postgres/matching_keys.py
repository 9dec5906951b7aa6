"""Recomputes the matching keys of stored leads, in batches. Until that is done, leads are found by former keys too."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from leadloop.core.accounts import KEYS_FORMAT
from leadloop.core.leads.doc import decode
from leadloop.core.leads.matching import Country, FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.derived.columns import columns
from leadloop.derived.words import phone_edit
from leadloop.storage.postgres import search
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 200
"""Leads whose keys are recomputed in one transaction."""


class KeysRow(Struct):
    id: str
    version: int
    email_key: str | None
    phone_key: str | None


async def countries(connection: Connection) -> dict[str, str]:
    rows: list[Any] = await connection.fetch(SQL["countries"])
    return dict(rows)


async def by_keys(connection: Connection, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
    records = await connection.fetch(SQL["by_keys"], account_id, list(keys.emails), list(keys.phones), limit)
    return [decode(doc) for (doc,) in records]


async def renew(connection: Connection, account_id: str) -> bool:
    """Recomputes the keys of the next leads. Returns whether there are more. A concurrent change of a lead writes its
    current keys itself."""
    async with transaction(connection):
        progress = await connection.fetchrow(SQL["lock_progress"], account_id)
        if progress is None or progress[0] == KEYS_FORMAT:
            return False
        keys_format, last_lead, country = progress
        rows = await connection.fetch(SQL["next_leads"], account_id, last_lead, BATCH)
        if rows:
            leads = [decode(doc) for doc, _, _ in rows]
            last_lead = leads[-1].id
            stored = [(email_key, phone_key) for _, email_key, phone_key in rows]
            await _update_keys(connection, account_id, leads, stored, lambda: country)
        is_done = len(rows) < BATCH
        await connection.execute(SQL["put_progress"], account_id, KEYS_FORMAT if is_done else keys_format, last_lead)
    return not is_done


async def _update_keys(
    connection: Connection,
    account_id: str,
    leads: Sequence[Lead],
    stored: Sequence[tuple[str | None, str | None]],
    country: Country,
) -> None:
    rows: list[KeysRow] = []
    phone_changed: list[Lead] = []
    for lead, keys in zip(leads, stored, strict=True):
        current = columns(lead, country)
        if keys != (current.email_key, current.phone_key):
            rows.append(KeysRow(lead.id, lead.version, current.email_key, current.phone_key))
        if keys[1] != current.phone_key and lead.deleted_at_ms is None:
            phone_changed.append(lead)
    if not rows:
        return
    saved = {lead_id for (lead_id,) in await connection.fetch(SQL["put_keys"], account_id, as_json(rows))}
    edited = [lead for lead in phone_changed if lead.id in saved]
    edits = [search.edit_row(account_id, phone_edit(lead, country), n) for n, lead in enumerate(edited, 1)]
    if edits:
        ids = [lead.id for lead in edited]
        await connection.execute(search.SQL["edit_entries"], account_id, ids, as_json(edits))

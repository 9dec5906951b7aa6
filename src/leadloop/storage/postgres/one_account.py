"""A group of one account, as distributed engines want it: every statement says `account_id = $1`, and writes one table.

An engine that keeps an account's rows together sends each statement, and so the transaction, to one place. The reads
have the names of their counterparts in leads.sql, and their parameters but for the account. Documents travel as text:
Citus refuses to convert bytes for each row of an UPDATE (`convert_from` is not immutable).
"""

from typing import Any

import asyncpg

from leadloop.storage.postgres import search
from leadloop.storage.postgres.batch import LeadState
from leadloop.storage.postgres.batch_rows import BatchRows
from leadloop.storage.postgres.changes import move_feed
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS

SQL = statements(__file__)


async def save(connection: Connection, account_id: str, tables: BatchRows) -> set[LeadState]:
    """The feed's counter, which other writers of the account need too, is taken as late as possible."""
    ids = [lead_id for _, lead_id in (row.key for row in tables.changed)]
    async with transaction(connection):
        won = await _save_leads(connection, account_id, tables)
        if messages := [message for message in tables.messages if message.n in won]:
            await connection.execute(SQL["save_messages"], account_id, ids, as_json(messages))
        if facts := [fact for fact in tables.facts if fact.n in won]:
            await connection.execute(SQL["save_facts"], account_id, ids, as_json(facts))
        await _save_index(connection, account_id, ids, won, tables)
        if deliveries := [delivery for delivery in tables.deliveries if delivery.n in won]:
            await connection.execute(SQL["file_deliveries"], account_id, ids, as_json(deliveries), AFTER_ANOTHER_MS)
        if records := [record for record in tables.records if record.n in won]:
            last_position = await move_feed(connection, account_id, len(records))
            for position, record in enumerate(records, last_position - len(records) + 1):
                record.place = position
            await connection.execute(SQL["file_changes"], account_id, ids, as_json(records))
        if kept := [row for row in tables.kept if row.n is None or row.n in won]:
            free = await connection.fetch(SQL["keep"], account_id, as_json(kept))
            if len(free) < len(kept):
                raise asyncpg.UniqueViolationError("an idempotency key is taken")
    return {tables.changed[n - 1] for n in won}


async def _save_leads(connection: Connection, account_id: str, tables: BatchRows) -> set[int]:
    """The numbers of the leads that nobody else has changed since."""
    number = {row.key: n for n, row in enumerate(tables.changed, 1)}
    won: set[int] = set()
    possible = await _claimed(connection, account_id, tables.leads)
    for name, is_new in (("update_leads", False), ("insert_leads", True)):
        if leads := [lead for lead in possible if (lead.read_version == 0) is is_new]:
            docs = [tables.docs[lead.n - 1].decode() for lead in leads]
            for place, lead in enumerate(leads, 1):
                lead.n = place
            saved = await connection.fetch(SQL[name], account_id, as_json(leads), docs)
            won |= {number[account_id, lead_id] for (lead_id,) in saved}
    return won


async def _claimed(connection: Connection, account_id: str, leads: list[Any]) -> list[Any]:
    """Without those that are new no more, since somebody else has made their claim."""
    claims = {lead.claim: lead.claim_version for lead in leads if lead.claim is not None}
    if not claims:
        return leads
    found = await connection.fetch(SQL["claim"], account_id, list(claims), list(claims.values()))
    mine = {key for (key,) in found}
    return [lead for lead in leads if lead.claim is None or lead.claim in mine]


async def _save_index(
    connection: Connection, account_id: str, ids: list[str], won: set[int], tables: BatchRows
) -> None:
    terms, entries, edits = tables.searched
    parts: dict[str, list[Any]] = {
        "delete_terms": [term for term in terms if not term.is_new],
        "insert_terms": [term for term in terms if term.is_new],
        "delete_entries": [entry for entry in entries if entry.words is None],
        "save_entries": [entry for entry in entries if entry.words is not None],
    }
    for name, part in parts.items():
        if rows := [row for row in part if row.n in won]:
            await connection.execute(search.SQL[name], account_id, ids, as_json(rows))
    if rows := [edit for edit in edits if edit.n in won]:
        found = await connection.fetch(search.SQL["edit_entries"], account_id, ids, as_json(rows))
        await search.restore(connection, tables.not_edited(won, {n for (n,) in found}))

"""Saves a batch of one account, for distributed engines: every statement has `account_id = $1` and writes one table.

An engine that keeps an account's rows together sends each statement, and so the transaction, to one node. The reads
have the names of their counterparts in leads.sql, and their parameters except the account. Documents are sent as text:
Citus cannot convert bytes in each row of an UPDATE (`convert_from` is not immutable).
"""

from typing import Any

import asyncpg

from leadloop.storage.postgres import search
from leadloop.storage.postgres.batch import LeadState
from leadloop.storage.postgres.batch_rows import BatchRows
from leadloop.storage.postgres.changes import advance_feed
from leadloop.storage.postgres.engine import Connection, transaction
from leadloop.storage.rows import as_json
from leadloop.storage.sql import statements
from leadloop.webhooks.ports import AFTER_ANOTHER_MS

SQL = statements(__file__)


async def save(connection: Connection, account_id: str, rows: BatchRows) -> set[LeadState]:
    """Locks the feed's counter, which other writers of the account need too, as late as possible."""
    ids = [lead_id for _, lead_id in (state.key for state in rows.changed)]
    async with transaction(connection):
        won = await _save_leads(connection, account_id, rows)
        if messages := [message for message in rows.messages if message.n in won]:
            await connection.execute(SQL["save_messages"], account_id, ids, as_json(messages))
        if facts := [fact for fact in rows.facts if fact.n in won]:
            await connection.execute(SQL["save_facts"], account_id, ids, as_json(facts))
        await _save_index(connection, account_id, ids, won, rows)
        if deliveries := [delivery for delivery in rows.deliveries if delivery.n in won]:
            await connection.execute(SQL["queue_deliveries"], account_id, ids, as_json(deliveries), AFTER_ANOTHER_MS)
        if records := [record for record in rows.records if record.n in won]:
            last_position = await advance_feed(
                connection, account_id, len(records), sum(record.leads for record in records)
            )
            for position, record in enumerate(records, last_position - len(records) + 1):
                record.place = position
            await connection.execute(SQL["insert_changes"], account_id, ids, as_json(records))
        if answers := [answer for answer in rows.answers if answer.n is None or answer.n in won]:
            free = await connection.fetch(SQL["insert_answers"], account_id, as_json(answers))
            if len(free) < len(answers):
                raise asyncpg.UniqueViolationError("an idempotency key is taken")
    return {rows.changed[n - 1] for n in won}


async def _save_leads(connection: Connection, account_id: str, rows: BatchRows) -> set[int]:
    """Saves the leads and returns the numbers of those that no other process has changed since."""
    numbers = {state.key: n for n, state in enumerate(rows.changed, 1)}
    won: set[int] = set()
    claimed = await _claimed(connection, account_id, rows.leads)
    for name, is_new in (("update_leads", False), ("insert_leads", True)):
        if leads := [lead for lead in claimed if (lead.read_version == 0) is is_new]:
            docs = [rows.docs[lead.n - 1].decode() for lead in leads]
            for place, lead in enumerate(leads, 1):
                lead.n = place
            saved = await connection.fetch(SQL[name], account_id, as_json(leads), docs)
            won |= {numbers[account_id, lead_id] for (lead_id,) in saved}
    return won


async def _claimed(connection: Connection, account_id: str, leads: list[Any]) -> list[Any]:
    """The leads whose uniqueness claims this batch wins, and those that need none."""
    claims = {lead.claim: lead.claim_version for lead in leads if lead.claim is not None}
    if not claims:
        return leads
    records = await connection.fetch(SQL["claim"], account_id, list(claims), list(claims.values()))
    own_claims = {key for (key,) in records}
    return [lead for lead in leads if lead.claim is None or lead.claim in own_claims]


async def _save_index(connection: Connection, account_id: str, ids: list[str], won: set[int], batch: BatchRows) -> None:
    terms, entries, edits = batch.index_rows
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
        edited = await connection.fetch(search.SQL["edit_entries"], account_id, ids, as_json(rows))
        await search.restore(connection, batch.not_edited(won, {n for (n,) in edited}))

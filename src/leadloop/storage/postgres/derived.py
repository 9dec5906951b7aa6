"""Recomputes the projections: one pass over the leads passes each batch to all projections."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS, index_entry
from leadloop.storage.postgres import insights, matching_keys, one_account, search
from leadloop.storage.postgres.batch_rows import FactChange
from leadloop.storage.postgres.engine import LONGEST_S, Connection, transaction
from leadloop.storage.postgres.search import EntryRow, TermChange
from leadloop.storage.rows import as_json
from leadloop.storage.spans import BATCH, SPAN, Span, by_lead, correction
from leadloop.storage.sql import statements

SQL = statements(__file__)

REFILL_BATCH = 2_000
"""Leads that are read together when a table is refilled: some 10 MB."""
EMPTY = {FACTS.name: "empty_facts", TERMS.name: "empty_terms", WORDS.name: "empty_words"}


async def hold_leads(connection: Connection) -> None:
    """Locks the leads against writes until the transaction ends. Waits for writers."""
    await connection.execute(SQL["hold_leads"], timeout=LONGEST_S)


async def rebuild(connection: Connection, projections: Collection[str], countries: Mapping[str, str]) -> None:
    """Empties the tables of these projections and refills them, as part of a migration and inside its transaction.
    `countries` has the countries of accounts."""
    for projection in projections:
        await connection.execute(SQL[EMPTY[projection]], timeout=LONGEST_S)
    cursor = await connection.cursor(SQL["all_leads"])
    while docs := await cursor.fetch(REFILL_BATCH):
        leads = [decode(doc) for (doc,) in docs]
        if FACTS.name in projections:
            await insights.load(connection, [row for lead in leads for row in FACTS.rows(lead)])
        terms = [term for lead in leads for term in TERMS.rows(lead)] if TERMS.name in projections else []
        text_entries = (index_entry(lead, partial(countries.get, lead.account_id)) for lead in leads)
        entries = (
            [text_entry for text_entry in text_entries if text_entry is not None] if WORDS.name in projections else []
        )
        await search.load(connection, entries, terms)


async def next_account(connection: Connection, account_id: str) -> str | None:
    """The first account after this one that has leads, or projection rows of missing leads."""
    next_id: str | None = await connection.fetchval(SQL["next_account"], account_id)
    return next_id


async def lead_surplus(connection: Connection, account_id: str) -> int | None:
    row = await connection.fetchrow(SQL["lead_surplus"], account_id, timeout=LONGEST_S)
    return 0 if row is None else row[0]


async def recount(connection: Connection, account_id: str) -> None:
    """Counts in a statement after the lock, which does not see what waiting writers have not committed: they add it."""
    async with transaction(connection):
        await connection.execute(SQL["hold_feed"], account_id)
        await connection.execute(SQL["recount"], account_id)


async def read_span(connection: Connection, account_id: str, after: str) -> Span:
    """Reads the projection rows of the account's next leads, those after `after`."""
    last: str | None = await connection.fetchval(SQL["last_lead"], account_id, after, SPAN - 1)
    between = account_id, after, last
    facts, terms, entries = [
        await connection.fetch(SQL[name], *between, timeout=LONGEST_S) for name in ("facts", "terms", "entries")
    ]
    return Span(*between, by_lead(facts, 0), by_lead(terms, 3), by_lead(entries, 0))


async def correct(connection: Connection, span: Span) -> Span | None:
    """Corrects the rows of the span's first leads, which it locks, and returns the rest of the span."""
    account_id, after, last, *_ = span
    async with transaction(connection):
        country = partial((await matching_keys.countries(connection)).get, account_id)
        docs = await connection.fetch(SQL["lock_leads"], account_id, after, last, BATCH)
        leads = [decode(doc) for (doc,) in docs]
        lead_ids = span.ids_to_correct(leads)
        entries = [
            text_entry for text_entry in (index_entry(lead, country) for lead in leads) if text_entry is not None
        ]
        numbers = {lead_id: n for n, lead_id in enumerate(lead_ids, 1)}
        removed = span.entries.keys() & set(lead_ids) - {text_entry.lead_id for text_entry in entries}
        changes: dict[str, Sequence[Any]] = {
            one_account.SQL["save_facts"]: _facts(span, leads, numbers),
            search.SQL["delete_terms"]: [term for term in _terms(span, leads, numbers) if not term.is_new],
            search.SQL["insert_terms"]: [term for term in _terms(span, leads, numbers) if term.is_new],
            search.SQL["delete_entries"]: [EntryRow(numbers[lead_id]) for lead_id in sorted(removed)],
            SQL["correct_entries"]: [
                search.entry_row(text_entry, numbers[text_entry.lead_id]) for text_entry in entries
            ],
        }
        for sql, rows in changes.items():
            if rows:
                await connection.execute(sql, account_id, lead_ids, as_json([*rows]))
    return span.after_correcting(leads)


def _facts(span: Span, leads: Sequence[Lead], numbers: Mapping[str, int]) -> list[FactChange]:
    expected = (row[1:] for lead in leads for row in FACTS.rows(lead))
    removed, added = correction(span.facts, numbers, expected)
    replaced = {row[:2] for row in added}
    rows = [FactChange(numbers[row[0]], *row[1:]) for row in added]
    return [*rows, *(FactChange(numbers[row[0]], row[1], None) for row in removed if row[:2] not in replaced)]


def _terms(span: Span, leads: Sequence[Lead], numbers: Mapping[str, int]) -> list[TermChange]:
    removed, added = correction(span.terms, numbers, (term[1:] for lead in leads for term in TERMS.rows(lead)))
    return [
        TermChange(numbers[lead_id], field, value, at_ms, is_new)
        for rows, is_new in ((removed, False), (added, True))
        for field, value, at_ms, lead_id in rows
    ]

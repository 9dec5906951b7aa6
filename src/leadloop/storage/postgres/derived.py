"""What follows from the leads, computed again: by one reader of leads that hands its batches to all projections."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from leadloop.core.leads.doc import decode
from leadloop.core.leads.model import Lead
from leadloop.derived.facts import FACTS
from leadloop.derived.terms import TERMS
from leadloop.derived.words import WORDS, entry
from leadloop.storage.postgres import insights, one_account, renewal, search
from leadloop.storage.postgres.batch_rows import FactRow
from leadloop.storage.postgres.engine import LONGEST_S, Connection, transaction
from leadloop.storage.postgres.search import EntryRow, TermRow
from leadloop.storage.rows import as_json
from leadloop.storage.spans import BATCH, SPAN, Span, by_lead, correction
from leadloop.storage.sql import statements

SQL = statements(__file__)

FILLED = 2_000
"""Leads that are read together when a table is filled: some 10 MB."""
EMPTY = {FACTS.name: "empty_facts", TERMS.name: "empty_terms", WORDS.name: "empty_words"}


async def hold_leads(connection: Connection) -> None:
    """Nobody writes leads until the transaction ends. Waits for those who do."""
    await connection.execute(SQL["hold_leads"], timeout=LONGEST_S)


async def rebuild(connection: Connection, projections: Collection[str], countries: Mapping[str, str]) -> None:
    """Empties the tables of these projections and fills them again, as a part of a migration and inside its
    transaction. `countries` are those of accounts."""
    for projection in projections:
        await connection.execute(SQL[EMPTY[projection]], timeout=LONGEST_S)
    cursor = await connection.cursor(SQL["all_leads"])
    while docs := await cursor.fetch(FILLED):
        leads = [decode(doc) for (doc,) in docs]
        if FACTS.name in projections:
            await insights.load(connection, [row for lead in leads for row in FACTS.rows(lead)])
        terms = [term for lead in leads for term in TERMS.rows(lead)] if TERMS.name in projections else []
        words = (entry(lead, partial(countries.get, lead.account_id)) for lead in leads)
        entries = [one for one in words if one is not None] if WORDS.name in projections else []
        await search.load(connection, entries, terms)


async def next_account(connection: Connection, account_id: str) -> str | None:
    """The first account behind this one that has leads, or rows that leads have left behind."""
    found: str | None = await connection.fetchval(SQL["next_account"], account_id)
    return found


async def span(connection: Connection, account_id: str, after: str) -> Span:
    """The rows of the next leads of an account."""
    last: str | None = await connection.fetchval(SQL["last_lead"], account_id, after, SPAN - 1)
    between = account_id, after, last
    facts, terms, entries = [
        await connection.fetch(SQL[name], *between, timeout=LONGEST_S) for name in ("facts", "terms", "entries")
    ]
    return Span(*between, by_lead(facts, 0), by_lead(terms, 3), by_lead(entries, 0))


async def correct(connection: Connection, found: Span) -> Span | None:
    """Corrects the rows of the first leads of the span, which cannot be written meanwhile; what is left of it."""
    account_id, after, last, *_ = found
    async with transaction(connection):
        country = partial((await renewal.countries(connection)).get, account_id)
        docs = await connection.fetch(SQL["lock_leads"], account_id, after, last, BATCH)
        leads = [decode(doc) for (doc,) in docs]
        ids = found.ids(leads)
        entries = [one for one in (entry(lead, country) for lead in leads) if one is not None]
        number = {lead_id: n for n, lead_id in enumerate(ids, 1)}
        gone = found.entries.keys() & set(ids) - {one.lead_id for one in entries}
        saved: dict[str, Sequence[Any]] = {
            one_account.SQL["save_facts"]: _facts(found, leads, number),
            search.SQL["delete_terms"]: [term for term in _terms(found, leads, number) if not term.is_new],
            search.SQL["insert_terms"]: [term for term in _terms(found, leads, number) if term.is_new],
            search.SQL["delete_entries"]: [EntryRow(number[lead_id]) for lead_id in sorted(gone)],
            SQL["correct_entries"]: [search.entry_row(one, number[one.lead_id]) for one in entries],
        }
        for sql, rows in saved.items():
            if rows:
                await connection.execute(sql, account_id, ids, as_json([*rows]))
    return found.moved(leads)


def _facts(found: Span, leads: Sequence[Lead], number: Mapping[str, int]) -> list[FactRow]:
    right = (row[1:] for lead in leads for row in FACTS.rows(lead))
    gone, added = correction(found.facts, number, right)
    kept = {row[:2] for row in added}
    rows = [FactRow(number[row[0]], *row[1:]) for row in added]
    return [*rows, *(FactRow(number[row[0]], row[1], None) for row in gone if row[:2] not in kept)]


def _terms(found: Span, leads: Sequence[Lead], number: Mapping[str, int]) -> list[TermRow]:
    gone, added = correction(found.terms, number, (term[1:] for lead in leads for term in TERMS.rows(lead)))
    return [
        TermRow(number[lead_id], field, value, at_ms, is_new)
        for rows, is_new in ((gone, False), (added, True))
        for field, value, at_ms, lead_id in rows
    ]
